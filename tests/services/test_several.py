"""Several processes on one PostgreSQL: what they know together, and what they say once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.claims import FleetClaims, OwnClaims, claims_of, machine_of
from services.engine import ProviderWatch
from services.engine.alerts import GAP_S, LASTS_S, QUIET_S, Alerts
from services.engine.parts import Parts, Rules
from services.engine.places import TELLER_S, Places
from services.engine.rhythms import FIRST_LOOK_S, first_look_s, usual_s
from services.errors import StoreUnavailable
from services.kling import Endpoint, Knowledge
from services.notices import Notices
from services.setting_values import Secret
from services.store import Store
from services.vault import DiskVault
from services.web.metrics import FLEET_WIDE, Metrics, MetricsPage
from services.write_watch import WriteWatch
from tests.services.store.conftest import Desk
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock
from tests.support.works import Channel

NOWHERE = Secret("postgresql://repaint@127.0.0.1:1/nowhere")


@dataclass
class Process:
    """What one process has of its own: its store, its memory, and what it said."""

    store: Store
    clock: HandClock
    channel: Channel = field(default_factory=Channel)
    provider: ProviderWatch = field(init=False)
    parts: Parts = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.provider = ProviderWatch(
            store=self.store, operators=self.channel, clock=self.clock, documented=Knowledge()
        )
        nothing = cast("Any", None)
        self.parts = Parts(
            store=self.store,
            kling=nothing,
            provider=self.provider,
            models=nothing,
            styles=nothing,
            sources=nothing,
            vault=nothing,
            delivery=self.channel,
            clock=self.clock,
            rules=Rules(),
            chance=random.Random(1),
        )
        self.places = Places(self.parts)

    async def take(self, *, units: int = 9) -> list[str]:
        """Claim what may be; return the Jobs' ids."""
        now = self.clock.now()
        taken = await self.store.jobs.take(now=now, lease_s=60, units=units, per_user=0)
        return [job.id for job in taken.jobs]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def two(postgresql_place: Secret, clock: HandClock) -> AsyncIterator[list[Process]]:
    one, other = (Store(postgresql_place, provider="provider") for _ in range(2))
    async with one, other:
        yield [Process(one, clock), Process(other, clock)]


async def until(met: Callable[[], object], clock: HandClock) -> None:
    """Let time pass, and real questions be answered, until something is true."""
    async with asyncio.timeout(60):
        while not met():
            clock.move_to(clock.now() + 1)
            await asyncio.sleep(0.02)


def said(two: list[Process]) -> list[str]:
    return [key for process in two for key in process.channel.alerts]


# --- Known together


async def test_a_pause_holds_for_all_and_is_told_once_at_its_begin_and_its_end(
    two: list[Process], clock: HandClock
) -> None:
    waiting = (await Desk(two[0].store).accept(a_request(user_id=3))).job
    refused = [
        each.provider.refuses_the_account("account_empty", reason="1102") for each in two * 3
    ]
    await asyncio.gather(*refused)

    assert said(two) == ["account_empty"]
    clock.move_to(clock.now() + 1)
    assert [await each.take() for each in two] == [[], []]
    await asyncio.gather(*(each.provider.load() for each in two))
    clock.move_to(clock.now() + 301)
    assert [await each.take() for each in two] == [[waiting.id], []], "one probes for all"
    proof = await Desk(two[1].store).job(waiting.id)
    await asyncio.gather(*(each.provider.accepted_a_task(proof) for each in two * 3))
    assert said(two).count("pause_over") == 1


async def test_a_hold_for_want_of_a_slot_holds_for_all(
    two: list[Process], clock: HandClock
) -> None:
    desk = Desk(two[0].store)
    await desk.accept()
    (job,) = await desk.take()
    await two[0].store.jobs.requeue(job, now=clock.now(), hold_s=30.0)

    assert [await each.take() for each in two] == [[], []]
    clock.move_to(clock.now() + 31)
    assert sorted(await two[1].take() + await two[0].take()) == [job.id]


async def test_a_closed_model_is_closed_for_all_and_told_once(two: list[Process]) -> None:
    closing = [
        each.provider.refuses_the_model("kling-v9", reason="1203", asked_at=NOON) for each in two
    ]
    await asyncio.gather(*closing)
    await asyncio.gather(*(each.provider.load() for each in two))

    assert [each.provider.is_closed("kling-v9") for each in two] == [True, True]
    assert said(two) == ["model"]


async def test_what_a_path_answers_is_learned_for_all(two: list[Process]) -> None:
    for endpoint in (Endpoint.GENERATIONS, Endpoint.EXPAND):
        await two[0].provider.learn(Knowledge(external_id=True, list_call=False), endpoint)
    await two[1].provider.load()

    for endpoint in (Endpoint.GENERATIONS, Endpoint.EXPAND):
        known = two[1].provider.knowledge_of(endpoint)
        assert (known.external_id, known.list_call) == (True, False)


async def test_the_rhythm_is_learned_from_the_tasks_of_all(
    two: list[Process], clock: HandClock
) -> None:
    desk = Desk(two[0].store)
    for user in range(20):
        job = await desk.running(a_request(user_id=user))
        ready_at = (job.submitted_at or 0.0) + 17
        await two[0].store.jobs.mark_ready(job.id, [], now=ready_at)
    job = await desk.running()
    clock.move_to(clock.now() + 100)

    assert await first_look_s(two[1].parts, job) == pytest.approx(17)
    assert await usual_s(two[1].parts, job) == pytest.approx(17)
    assert FIRST_LOOK_S < 17


async def test_identifies_keep_one_pace(two: list[Process]) -> None:
    waits = [await each.store.fleet.reserve("identify 0", every_s=5.0) for each in (*two, *two)]

    assert waits == pytest.approx([0, 5, 10, 15], abs=1.0)


async def test_commands_are_registered_by_one_at_a_time(two: list[Process]) -> None:
    one, other = (each.store.fleet for each in two)
    assert await one.begin("commands", "a", lease_s=60)
    assert not await other.begin("commands", "b", lease_s=60)
    await one.finish("commands", "a")
    assert await other.begin("commands", "b", lease_s=60)


# --- Told once


async def test_trouble_that_several_meet_is_told_once(two: list[Process], clock: HandClock) -> None:
    alerts = [each.provider.alerts for each in two]
    for _ in range(3):
        await asyncio.gather(*(each.once("results", reason="r") for each in alerts))
    assert said(two) == ["results"]

    await asyncio.gather(*(each.once("uncertain", reason="r") for each in alerts))
    assert sorted(said(two)) == ["results", "uncertain"]


async def test_it_is_told_again_when_it_is_still_met_much_later(two: list[Process]) -> None:
    claims = [FleetClaims(each.store) for each in two]
    now = [NOON]
    for each in two:
        each.store.fleet._now = lambda _db: now[0]

    assert await claims[0].claim("told x", for_s=QUIET_S) is True
    now[0] += QUIET_S - 1
    assert await claims[1].claim("told x", for_s=QUIET_S) is False
    now[0] += 2
    assert [await each.claim("told x", for_s=QUIET_S) for each in claims] == [True, False]


async def test_without_the_database_each_speaks(clock: HandClock) -> None:
    channel = Channel()
    store = Store(NOWHERE, provider="p")
    with pytest.raises(StoreUnavailable):
        await store.fleet.claim("x", for_s=1.0)
    alerts = [Alerts(channel, clock, claims=claims_of(store)) for _ in range(2)]
    for each in alerts * 2:
        await each.once("results", reason="r")

    assert channel.alerts == ["results"] * 2


async def test_what_lasts_is_judged_by_each_and_told_by_one(
    two: list[Process], clock: HandClock
) -> None:
    for _ in range(int(LASTS_S / (GAP_S / 2)) + 2):
        clock.move_to(clock.now() + GAP_S / 2)
        for each in two:
            await each.provider.alerts.if_it_lasts("rate_lasts", reason="r")

    assert said(two) == ["rate_lasts"]


def watches(two: list[Process], folder: Path, *machines: str) -> list[WriteWatch]:
    return [
        WriteWatch(
            memory=each.store.notes,
            folder=folder,
            vault=DiskVault(folder),
            operators=each.channel,
            clock=each.clock,
            database="DATABASE_URL",
            claims=claims_of(each.store),
            machine=machine,
        )
        for each, machine in zip(two, machines, strict=True)
    ]


async def test_a_folder_that_can_not_be_written_is_told_once_a_machine(
    two: list[Process], tmp_path: Path
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


async def test_a_disk_that_is_nearly_full_is_told_by_the_name_of_its_machine(
    two: list[Process],
) -> None:
    def on(process: Process, machine: str) -> Notices:
        notes = process.store.notes
        return Notices(operators=process.channel, memory=notes, machine=machine)

    full = [on(two[0], "a"), on(two[1], "a")]
    await asyncio.gather(*(each.disk_full(full=True, free="1 MiB") for each in full * 2))
    await on(two[1], "b").disk_full(full=False, free="90 MiB")
    assert said(two) == ["disk_full"]
    await on(two[1], "b").disk_full(full=True, free="2 MiB")
    assert said(two) == ["disk_full"] * 2


async def test_a_file_asks_nobody(tmp_path: Path) -> None:
    store = Store(tmp_path / "repaint.db", provider="p")

    assert isinstance(claims_of(store), OwnClaims)
    assert machine_of(store) == ""


# --- Figures


async def figures(process: Process, folder: Path) -> dict[str, list[float]]:
    meter = Metrics()
    page = MetricsPage(
        meter,
        store=process.store,
        is_connected=bool,
        concurrency=9,
        disks={"pictures": folder},
        clock=process.clock,
    )
    answer = await page.show(cast("Any", None))
    assert isinstance(answer.body, bytes)
    families = text_string_to_metric_families(answer.body.decode())
    return {family.name: [one.value for one in family.samples] for family in families}


async def test_what_is_the_fleets_is_the_same_at_every_process(
    two: list[Process], clock: HandClock, tmp_path: Path
) -> None:
    desk = Desk(two[0].store)
    for user in range(3):
        await desk.running(a_request(user_id=user, count=2))
    await Desk(two[1].store).accept()
    clock.move_to(clock.now() + 60)
    await two[1].provider.refuses_the_account("account_empty", reason="1102")
    one, other = [await figures(each, tmp_path) for each in two]

    assert {name: one[name] for name in FLEET_WIDE} == {name: other[name] for name in FLEET_WIDE}
    assert one["repaint_units_in_flight"] == [6]
    assert one["repaint_jobs"] == [1, 0, 3, 0]
    assert (one["repaint_provider_paused"], one["repaint_bot_paused"]) == ([1], [0])


# --- Places in the queue


def places_shown(two: list[Process]) -> list[tuple[str, int]]:
    shown = [one for each in two for one in each.channel.shown]
    return [(job_id, progress.ahead) for job_id, progress in shown]


async def test_one_process_tells_places_whoever_moves_the_queue(
    two: list[Process], clock: HandClock
) -> None:
    desk = Desk(two[0].store)
    ids = [(await desk.accept(a_request(user_id=user))).job.id for user in range(4)]
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


async def test_another_tells_places_when_the_one_that_did_is_gone(
    two: list[Process], clock: HandClock
) -> None:
    desk = Desk(two[0].store)
    await desk.accept()
    now = [NOON]
    for each in two:
        each.store.fleet._now = lambda _db: now[0]
    assert await two[0].places._has_turn()
    assert not await two[1].places._has_turn()

    now[0] += TELLER_S + 1  # killed: it gave nothing back
    assert await two[1].places._has_turn()
    assert not await two[0].places._has_turn()
    await two[1].places.close()
    assert await two[0].places._has_turn()


async def test_whoever_has_told_all_lets_others_begin(two: list[Process], clock: HandClock) -> None:
    assert await two[0].places._has_turn()
    assert not await two[1].places._has_turn()
    await two[0].places._tell_changes([])

    assert await two[1].places._has_turn(), "nobody waits, so nobody has the turn"
