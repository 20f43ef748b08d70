"""Each update changes one job, in the states that it is for, and no other row."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from services.models import Generation, Job, Outcome, State
from tests.support.requests import NOON
from tests.support.versions import JOBS, PROVIDER, SENT, fill, job_id_of

LATER = NOON + 5_000
CANCELLED = Outcome(key="cancelled")
ALL = frozenset(JOBS)
WAITING = frozenset({State.QUEUED, State.SUBMITTING, SENT, State.RUNNING})
BEING_SENT = frozenset({State.SUBMITTING, SENT})

Change = Callable[[Store, Job], Awaitable[object]]
Rows = dict[str, dict[str, object]]


async def _end_running(store: Store, job: Job) -> object:
    return await store.jobs.finish(
        job.id,
        State.FAILED,
        from_states=[State.RUNNING],
        outcome=CANCELLED,
        give_back=True,
        now=LATER,
    )


CHANGES: dict[str, tuple[Change, Iterable[str]]] = {
    "mark_sent": (lambda s, j: s.jobs.mark_sent(j.id, now=LATER), BEING_SENT),
    "mark_not_sent": (
        lambda s, j: s.jobs.mark_not_sent(j.id, next_at=LATER, tries=3),
        BEING_SENT,
    ),
    "mark_running": (
        lambda s, j: s.jobs.mark_running(j.id, task_id="new", now=LATER, next_at=LATER),
        BEING_SENT | {State.UNCERTAIN},
    ),
    "forget_images": (lambda s, j: s.jobs.forget_images(j.id, next_at=LATER), {State.RUNNING}),
    "requeue": (
        lambda s, j: s.jobs.requeue(j, now=LATER, spent_id=True),
        BEING_SENT | {State.RUNNING},
    ),
    "postpone": (
        lambda s, j: s.jobs.reschedule(
            j.id, next_at=LATER, tries=3, polled_at=LATER, generation=Generation(seconds=3.0)
        ),
        WAITING | {State.READY, State.UNCERTAIN},
    ),
    "mark_late": (lambda s, j: s.jobs.mark_late(j.id), {State.RUNNING}),
    "mark_ready": (lambda s, j: s.jobs.mark_ready(j.id, [], now=LATER), {State.RUNNING}),
    "end": (_end_running, {State.RUNNING}),
    "settle": (lambda s, j: s.jobs.mark_notified(j.id, posted=True, now=LATER), ALL),
    "hurry": (
        lambda s, j: s.jobs.make_due(j.id, now=NOON - 900),
        {SENT, State.RUNNING, State.UNCERTAIN},
    ),
    "answered": (lambda s, j: s.jobs.mark_acknowledged(j.id, 12), ALL),
    "withdraw": (lambda s, j: s.jobs.withdraw(j.id, outcome=CANCELLED, now=LATER), {State.QUEUED}),
    "tell_again": (
        lambda s, j: s.jobs.notify_again(j, now=LATER),
        {
            State.DELIVERED,
            State.FAILED,
            State.REFUSED,
            State.UNCERTAIN,
            State.EXPIRED,
            State.CANCELLED,
        },
    ),
    "place_message": (lambda s, j: s.jobs.place_message(j.id, 12), ALL),
    "cancel": (
        lambda s, j: s.member_jobs.cancel(j.id, outcome=CANCELLED, now=LATER),
        {State.QUEUED, State.SUBMITTING},
    ),
    "withhold": (lambda s, j: s.member_jobs.withhold(j.id), WAITING),
    "take_ping": (lambda s, j: s.member_jobs.take_ping(j.id, now=LATER), ALL),
    "note_posting": (
        lambda s, j: s.member_jobs.note_posting(j.id, message_id=4, channel_id=5, guild_id=6),
        {State.UNDELIVERED},
    ),
    "wipe": (lambda s, j: s.personal.wipe(j.id), ()),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with one job in each state."""
    path = tmp_path_factory.mktemp("filled") / "repaint.db"

    async def made() -> None:
        async with Store(path, provider=PROVIDER) as store:
            await fill(store)

    with asyncio.Runner() as runner:
        runner.run(made())
    return path


def rows_of(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return {row["id"]: dict(row) for row in db.execute("SELECT * FROM job")}


async def changed_by(change: Change, name: str, database: Path) -> set[str]:
    """Return the ids of the rows that a change of one job has changed."""
    before = rows_of(database)
    async with Store(database, provider=PROVIDER) as store:
        job = await store.jobs.get(job_id_of(name))
        assert job is not None
        await change(store, job)
    after = rows_of(database)
    assert after.keys() == before.keys()
    return {job_id for job_id, row in after.items() if row != before[job_id]}


@pytest.mark.parametrize("change", CHANGES)
async def test_change_concerns_its_job_in_its_states_alone(
    change: str, filled: Path, tmp_path: Path
) -> None:
    make, states = CHANGES[change]
    changed: set[str] = set()
    for name in JOBS:
        database = tmp_path / f"{name}.db"
        shutil.copyfile(filled, database)
        ids = await changed_by(make, name, database)
        assert ids <= {job_id_of(name)}
        changed |= {name} if ids else set()
    assert changed == set(states)
