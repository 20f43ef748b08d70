"""A problem that several processes meet is reported once; without the database, by each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from services.db import Store
from services.engine.queue_positions import LEADER_S
from services.errors import StoreUnavailable
from services.fleet.claims import FleetClaims, OwnClaims, get_machine_name, make_claims
from services.monitoring.alerts import GAP_S, LASTS_S, QUIET_S, Alerts
from services.monitoring.notices import OperatorNotices
from services.monitoring.write_check import WriteCheck
from services.settings.types import Secret
from services.storage import LocalStorage
from tests.services.db.conftest import StoreHarness
from tests.support.engine_harness import Channel
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock
from tests.system.multi_process.conftest import ProcessHarness, said

NOWHERE = Secret("postgresql://repaint@127.0.0.1:1/nowhere")


async def until(met: Callable[[], object], clock: HandClock) -> None:
    """Move time on, giving real I/O time to answer, until a condition is true."""
    async with asyncio.timeout(60):
        while not met():
            clock.move_to(clock.now() + 1)
            await asyncio.sleep(0.02)


async def test_problem_of_several_processes_is_reported_once(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    alerts = [each.provider.alerts for each in two]
    for _ in range(3):
        await asyncio.gather(*(each.alert_once("results", reason="r") for each in alerts))
    assert said(two) == ["results"]

    await asyncio.gather(*(each.alert_once("uncertain", reason="r") for each in alerts))
    assert sorted(said(two)) == ["results", "uncertain"]


async def test_problem_still_met_much_later_is_reported_again(two: list[ProcessHarness]) -> None:
    claims = [FleetClaims(each.store) for each in two]
    now = [NOON]
    for each in two:
        each.store.fleet._now = lambda _db: now[0]

    assert await claims[0].claim("told x", for_s=QUIET_S) is True
    now[0] += QUIET_S - 1
    assert await claims[1].claim("told x", for_s=QUIET_S) is False
    now[0] += 2
    assert [await each.claim("told x", for_s=QUIET_S) for each in claims] == [True, False]


async def test_problem_without_the_database_is_reported_by_each(clock: HandClock) -> None:
    channel = Channel()
    store = Store(NOWHERE, provider="p")
    with pytest.raises(StoreUnavailable):
        await store.fleet.claim("x", for_s=1.0)
    alerts = [Alerts(channel, clock, claims=make_claims(store)) for _ in range(2)]
    for each in alerts * 2:
        await each.alert_once("results", reason="r")

    assert channel.alerts == ["results"] * 2


async def test_lasting_problem_is_reported_by_one_process(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    for _ in range(int(LASTS_S / (GAP_S / 2)) + 2):
        clock.move_to(clock.now() + GAP_S / 2)
        for each in two:
            await each.provider.alerts.alert_if_persistent("rate_lasts", reason="r")

    assert said(two) == ["rate_lasts"]


def watches(two: list[ProcessHarness], folder: Path, *machines: str) -> list[WriteCheck]:
    return [
        WriteCheck(
            memory=each.store.notes,
            folder=folder,
            storage=LocalStorage(folder),
            operators=each.channel,
            clock=each.clock,
            database="DATABASE_URL",
            claims=make_claims(each.store),
            machine=machine,
        )
        for each, machine in zip(two, machines, strict=True)
    ]


async def test_unwritable_folder_is_reported_once_per_machine(
    two: list[ProcessHarness], tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.write_text("in the way")
    for machines, often in ((("a", "a"), 1), (("a", "b"), 2)):
        both = watches(two, folder, *machines)
        for each in both * 2:
            await each.look()
        assert said(two) == ["unwritable"] * often
        folder.unlink()
        for each in both * 2:
            await each.look()
        assert sorted(said(two)) == [*["unwritable"] * often, *["writable"] * often]
        folder.rmdir()
        folder.write_text("in the way")
        for process in two:
            process.channel.alerts.clear()


async def test_full_disk_notice_names_its_machine(
    two: list[ProcessHarness],
) -> None:
    def on(process: ProcessHarness, machine: str) -> OperatorNotices:
        notes = process.store.notes
        return OperatorNotices(operators=process.channel, memory=notes, machine=machine)

    full = [on(two[0], "a"), on(two[1], "a")]
    await asyncio.gather(*(each.disk_full(full=True, free="1 MiB") for each in full * 2))
    await on(two[1], "b").disk_full(full=False, free="90 MiB")
    assert said(two) == ["disk_full"]
    await on(two[1], "b").disk_full(full=True, free="2 MiB")
    assert said(two) == ["disk_full"] * 2


async def test_sqlite_store_claims_notices_itself(tmp_path: Path) -> None:
    store = Store(tmp_path / "repaint.db", provider="p")

    assert isinstance(make_claims(store), OwnClaims)
    assert get_machine_name(store) == ""


def places_shown(two: list[ProcessHarness]) -> list[tuple[str, int]]:
    shown = [one for each in two for one in each.channel.shown]
    return [(job_id, progress.ahead) for job_id, progress in shown]


async def test_queue_positions_are_shown_by_one_process(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    harness = StoreHarness(two[0].store)
    ids = [(await harness.accept(a_request(user_id=user))).job.id for user in range(4)]
    for each in two:
        each.places.moved()
    await until(lambda: len(places_shown(two)) >= 4, clock)
    assert places_shown(two) == [(job_id, ahead) for ahead, job_id in enumerate(ids)]

    (quiet,) = (each for each in two if not each.channel.shown)
    assert await quiet.take(units=1) == ids[:1]
    await until(lambda: len(places_shown(two)) >= 7, clock)
    assert places_shown(two)[4:] == [(job_id, ahead) for ahead, job_id in enumerate(ids[1:])]
    assert not quiet.channel.shown
    for each in two:
        await each.places.close()


async def test_queue_positions_are_taken_over_by_another_process(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    harness = StoreHarness(two[0].store)
    await harness.accept()
    now = [NOON]
    for each in two:
        each.store.fleet._now = lambda _db: now[0]
    assert await two[0].places._may_update()
    assert not await two[1].places._may_update()

    now[0] += LEADER_S + 1  # killed: it released nothing
    assert await two[1].places._may_update()
    assert not await two[0].places._may_update()
    await two[1].places.close()
    assert await two[0].places._may_update()


async def test_queue_positions_lease_is_released_when_done(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    assert await two[0].places._may_update()
    assert not await two[1].places._may_update()
    await two[0].places._notify_changes([])

    assert await two[1].places._may_update(), "nobody waits, so nobody has the turn"
