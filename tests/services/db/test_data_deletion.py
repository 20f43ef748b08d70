"""Rows of a user who asked to be forgotten keep figures only, without words or ids."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from services.db import Store
from services.db.privacy import FORGOTTEN
from services.models import State
from tests.support.requests import NOON
from tests.support.versions import DAY, JOBS, PROVIDER, SENT, fill, job_id_of, request_of

OPEN = {State.SUBMITTING, SENT, State.RUNNING, State.READY}
"""States of jobs that go on without their user: the user id is removed when they are over."""
ENDED = [name for name in JOBS if name not in OPEN and name != State.UNCERTAIN]
NEXT_DAY = "2026-11-23"

Row = dict[str, object]


def rows_of(path: Path) -> dict[str, Row]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        rows = {row["id"]: dict(row) for row in db.execute("SELECT * FROM job")}
    return {name: rows[job_id_of(name)] for name in JOBS}


async def forget_all(store: Store) -> None:
    for name in JOBS:
        await store.personal.erase(request_of(name).user_id, now=NOON)


async def test_erase_removes_texts_channels_and_messages_from_rows(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider=PROVIDER) as store:
        await fill(store)
        before = rows_of(path)
        await forget_all(store)
        after = rows_of(path)
    for name in JOBS:
        row = after[name]
        assert (row["forgotten"], row["withheld"], row["prompt"]) == (1, 1, "")
        assert (row["channel_id"], row["message_id"], row["images"]) == (0, None, None)
        assert (row["source"], row["more"]) == ('{"url": ""}', "[]")
        assert "interaction-token" not in str(row)
        assert "Internal error" not in str(row)
        assert row["interaction_id"] != before[name]["interaction_id"]
        for kept in ("user_id", "day", "units", "cost_micro", "model", "created_at"):
            assert row[kept] == before[name][kept]
    assert len({row["interaction_id"] for row in after.values()}) == len(JOBS)


async def test_anonymize_removes_the_user_id_after_the_day_and_the_job(tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider=PROVIDER) as store:
        await fill(store)
        assert await store.personal.anonymize(today=NEXT_DAY) == 0  # no user asked for it
        await forget_all(store)
        cancelled = job_id_of(State.QUEUED)  # was queued; its user is not notified yet
        await store.jobs.mark_notified(cancelled, posted=False, now=NOON)
        await store.jobs.mark_notified(job_id_of(State.SUBMITTING), posted=False, now=NOON)

        assert await store.personal.anonymize(today=DAY.day) == 0  # it still counts today
        cut = await store.personal.anonymize(today=NEXT_DAY)
        after = rows_of(path)
        assert await store.personal.anonymize(today=NEXT_DAY) == 0

    gone = [name for name in JOBS if after[name]["user_id"] == FORGOTTEN]
    assert len(gone) == cut
    assert set(ENDED) <= set(gone) <= {*ENDED, State.SUBMITTING}
    for name in gone:
        row = after[name]
        assert (row["task_id"], row["channel_id"], row["message_id"]) == ("", 0, None)
    for name in (SENT, State.RUNNING, State.READY):
        assert after[name]["user_id"] == request_of(name).user_id
