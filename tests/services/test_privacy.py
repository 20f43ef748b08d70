"""Forgotten data is gone from rows, file, log and disk; what stays does not identify the user."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.common.durations import DAY_S
from services.db import Store
from services.history import privacy
from services.history.privacy import EVERY_S, PersonalData
from services.models import Limits, Outcome, Request, Source, State
from services.storage import LocalStorage
from services.storage.retention import RetentionPolicy, run_retention
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request
from tests.support.sqlite import thread_of
from tests.support.time import HandClock

PROMPT = "canary-prompt-7f3a " * 300
"""Longer than a page, so that some of it lies on pages of their own."""
TOKEN = "canary-token-91bc"
CANARIES = (b"canary-prompt", b"canary-token", b"canary-name", b"canary-address")


@dataclass
class PrivacyHarness:
    """One user's data in a database of its own, and the wake-ups of the engine."""

    path: Path
    store: Store
    harness: StoreHarness
    data: PersonalData
    clock: HandClock
    woken: list[None] = field(default_factory=list)

    def bytes(self) -> bytes:
        """Everything that is on the disk of the database: the file, its log, its index."""
        return b"".join(one.read_bytes() for one in sorted(self.path.parent.glob("repaint.db*")))

    def row(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
async def member(tmp_path: Path) -> AsyncIterator[PrivacyHarness]:
    clock, path, woken = HandClock(), tmp_path / "db" / "repaint.db", list[None]()
    async with Store(path, provider="provider") as store:
        data = PersonalData(
            store=store,
            storage=LocalStorage(tmp_path / "pictures"),
            zone=ZoneInfo("UTC"),
            clock=clock,
            wake=lambda: woken.append(None),
        )
        yield PrivacyHarness(path, store, StoreHarness(store, limits=Limits()), data, clock, woken)


def delicate(number: int = 0) -> Request:
    address = f"https://cdn.example/canary-address-{number}.png"
    source = Source(url=address, name="canary-name.png")
    return a_request(user_id=1, prompt=PROMPT, token=TOKEN, source=source)


async def ended(member: PrivacyHarness, state: State = State.CANCELLED) -> str:
    """Finish a request and mark its user as notified."""
    job = (await member.harness.accept(delicate())).job
    await member.store.jobs.finish(
        job.id,
        state,
        from_states=[State.QUEUED],
        outcome=Outcome(key="cancelled", words="canary-prompt quoted"),
        give_back=True,
        now=member.harness.now,
    )
    await member.store.jobs.mark_notified(job.id, posted=True, now=member.harness.now)
    return job.id


async def test_erase_leaves_no_text_or_token_in_any_database_file(
    member: PrivacyHarness,
) -> None:
    for number in range(30):
        await member.harness.accept(delicate(number))
    assert all(canary in member.bytes() for canary in CANARIES)

    await member.data.erase(1)

    assert [canary for canary in CANARIES if canary in member.bytes()] == []


async def test_pages_that_were_freed_are_written_over(member: PrivacyHarness) -> None:
    for number in range(10):
        await member.harness.accept(delicate(number))
    await member.data.erase(1)

    [(free,)] = member.row("PRAGMA freelist_count")
    assert free
    assert b"canary" not in member.path.read_bytes()


async def test_erase_leaves_other_users_texts(member: PrivacyHarness) -> None:
    kept = (await member.harness.accept(a_request(user_id=2, prompt="bobs dog"))).job
    await member.harness.accept(delicate())
    await member.data.erase(1)

    assert (await member.harness.job(kept.id)).request.prompt == "bobs dog"


async def test_forgetting_beside_a_reader_is_finished_by_the_hourly_loop(
    member: PrivacyHarness,
) -> None:
    await member.harness.accept(delicate())
    with closing(sqlite3.connect(member.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM job").fetchone()
        await member.data.erase(1)
        assert b"canary-prompt" in member.bytes()
        reader.execute("COMMIT")
    await hour(member)

    assert b"canary-prompt" not in member.bytes()


async def test_words_emptied_by_age_are_in_no_file_either(member: PrivacyHarness) -> None:
    await ended(member)
    await one_sweep(member, days=1, at=member.harness.now + 2 * DAY_S)

    assert b"canary-prompt" not in member.bytes()


async def test_forgetting_wakes_the_engine(member: PrivacyHarness) -> None:
    await member.data.erase(1)

    assert len(member.woken) == 1


async def test_settled_job_has_no_token_left(member: PrivacyHarness) -> None:
    job_id = await ended(member)

    assert (await member.harness.job(job_id)).request.place.token == ""
    [(place,)] = member.row("SELECT place FROM job")
    assert json.loads(str(place))["token"] == ""


@pytest.mark.parametrize("posted", [True, False])
async def test_ready_job_has_no_token_left_once_it_is_settled(
    member: PrivacyHarness, *, posted: bool
) -> None:
    job = await member.harness.running(delicate())
    await member.store.jobs.mark_ready(job.id, [], now=member.harness.now)
    assert (await member.harness.job(job.id)).request.place.token == TOKEN
    await member.store.jobs.mark_notified(job.id, posted=posted, now=member.harness.now)

    assert (await member.harness.job(job.id)).request.place.token == ""


# --- The round robin


async def test_erase_keeps_the_round_robin_position(member: PrivacyHarness) -> None:
    """The user who was served last stays last in the round robin."""
    await member.harness.accept(a_request(user_id=2))
    await member.harness.take(units=1)
    await member.harness.accept(a_request(user_id=1))
    await member.harness.take(units=9)
    await member.data.erase(1)
    mine = (await member.harness.accept(a_request(user_id=1))).job.id
    others = (await member.harness.accept(a_request(user_id=2))).job.id

    taken = [job.id for job in await member.harness.take(units=9)]
    assert [job_id for job_id in taken if job_id in (mine, others)] == [others, mine]


async def test_place_in_the_round_robin_goes_with_the_last_row(member: PrivacyHarness) -> None:
    await ended(member)
    await member.harness.accept(a_request(user_id=1))
    await member.harness.accept(a_request(user_id=2))
    await member.harness.take(units=9)
    await member.data.erase(1)
    assert {user for (user,) in member.row("SELECT user_id FROM turn")} == {1, 2}
    thread = thread_of(member.store)
    await thread.run(thread.db.execute, "UPDATE job SET next_at = NULL, state = 'cancelled'")
    member.clock.move_to(NOON + DAY_S)
    await hour(member)

    assert {user for (user,) in member.row("SELECT user_id FROM turn")} == {2}


# --- The hourly loop


async def hour(member: PrivacyHarness) -> None:
    """Run one round of the hourly loop."""
    asleep = member.clock.next_sleep()
    loop = asyncio.create_task(member.data.keep_cutting_ties())
    await asleep
    loop.cancel()


async def test_loop_takes_members_out_of_forgotten_rows_once_their_day_is_over(
    member: PrivacyHarness,
) -> None:
    await ended(member)
    await ended(member)
    await member.data.erase(1)
    other = await ended(member)  # asked after it, and not forgotten
    asleep = member.clock.next_sleep()
    loop = asyncio.create_task(member.data.keep_cutting_ties())
    await asleep
    assert {user for (user,) in member.row("SELECT user_id FROM job")} == {1}

    for _ in range(13):  # from noon to one
        asleep = member.clock.next_sleep()
        member.clock.move_to(member.clock.now() + EVERY_S)
        await asleep
    loop.cancel()

    rows = {str(row[0]): row[1] for row in member.row("SELECT id, user_id FROM job")}
    assert rows.pop(other) == 1
    assert set(rows.values()) == {0}
    assert {task for (task,) in member.row("SELECT task_id FROM job WHERE user_id = 0")} == {""}


async def test_row_whose_job_is_not_over_keeps_its_member(member: PrivacyHarness) -> None:
    job = await member.harness.running(delicate())
    await member.data.erase(1)
    member.clock.move_to(NOON + 2 * DAY_S)
    await hour(member)

    assert member.row("SELECT id, user_id FROM job") == [(job.id, 1)]


# --- The export


async def test_small_export_is_plain_json(member: PrivacyHarness) -> None:
    await ended(member)
    export = await member.data.export(1)

    assert export.name == "my-data.json"
    assert json.loads(export.body)["requests"][0]["prompt"] == PROMPT
    assert TOKEN.encode() not in export.body


async def test_large_export_is_packed_and_whole(
    member: PrivacyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(250):  # more than one page of rows
        await member.harness.accept(delicate())
    plain = await member.data.export(1)
    monkeypatch.setattr(privacy, "FILE_BYTES", len(plain.body) - 1)

    packed = await member.data.export(1)

    assert packed.name == "my-data.json.gz"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    assert len(json.loads(plain.body)["requests"]) == 250


async def test_export_of_exactly_the_limit_stays_plain(
    member: PrivacyHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = await member.data.export(1)
    monkeypatch.setattr(privacy, "FILE_BYTES", len(plain.body))

    assert (await member.data.export(1)).name == "my-data.json"


# --- The first sweep


async def one_sweep(member: PrivacyHarness, *, days: float, at: float) -> None:
    member.clock.move_to(at)
    asleep = member.clock.next_sleep()
    loop = asyncio.create_task(
        run_retention(
            member.store,
            LocalStorage(member.path.parent / "pictures"),
            keeping=RetentionPolicy(prompts_days=days),
            clock=member.clock,
        )
    )
    await asleep
    loop.cancel()


async def test_first_sweep_empties_old_prompts_and_leaves_new_ones(member: PrivacyHarness) -> None:
    old = [await ended(member) for _ in range(3)]
    member.harness.now += 10 * DAY_S
    new = [await ended(member) for _ in range(3)]
    await one_sweep(member, days=9, at=member.harness.now + DAY_S / 2)

    assert [(await member.harness.job(one)).request.prompt for one in old] == [""] * 3
    assert [(await member.harness.job(one)).request.prompt for one in new] == [PROMPT] * 3


async def test_first_sweep_empties_nothing_that_is_young(member: PrivacyHarness) -> None:
    kept = await ended(member)
    await one_sweep(member, days=1, at=member.harness.now + DAY_S / 2)

    assert (await member.harness.job(kept)).request.prompt == PROMPT


async def test_sweep_without_a_limit_empties_nothing(member: PrivacyHarness) -> None:
    kept = await ended(member)
    await one_sweep(member, days=0, at=member.harness.now + 1000 * DAY_S)

    assert (await member.harness.job(kept)).request.prompt == PROMPT
