"""The database's work for one job does not grow with the number of past jobs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.db import Store
from services.models import Limits, Result
from tests.services.db.conftest import StoreHarness
from tests.support.sqlite import thread_of

LIMITS = Limits(
    user_daily=10,
    guild_daily=100,
    bot_daily=1000,
    guild_daily_micro=10**9,
    bot_daily_micro=10**9,
    user_running=1,
    user_queued=2,
    user_cooldown_s=10,
)
OPEN_ONLY = ("job_waiting", "job_at_provider")
"""Indexes of open rows only: reading one from end to end does not become slower over time."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """SQLite alone: these are its own."""
    return tmp_path / "repaint.db"


@pytest.fixture
async def statements(store: Store) -> list[str]:
    """Return every statement that SQLite is given, values filled in."""
    seen: list[str] = []
    thread = thread_of(store)
    await thread.run(lambda: thread.db.conn.set_trace_callback(seen.append))
    return seen


async def life(harness: StoreHarness) -> None:
    """Take a job through all steps of a successful one."""
    harness.limits = LIMITS
    job_id = (await harness.accept()).job.id
    jobs, now = harness.store.jobs, harness.now
    await harness.take()
    await jobs.mark_sent(job_id, now=now)
    await jobs.mark_running(job_id, task_id="t-1", now=now, next_at=now)
    await jobs.durations(model="kling-v3", units=1)
    await harness.take()
    await jobs.reschedule(job_id, next_at=now, tries=0)
    await harness.take()
    result = Result(position=0, path=Path("a.png"), url="u", width=1, height=1, size=1)
    await jobs.mark_ready(job_id, [result], now=now)
    await harness.take()
    await jobs.mark_notified(job_id, posted=True, now=now)


def plans(path: Path, statements: list[str]) -> dict[str, list[str]]:
    """Return SQLite's query plans of statements on jobs, from a connection of our own."""
    asked = [one for one in dict.fromkeys(statements) if re.search(r"\bjob\b", one)]
    asked = [
        one for one in asked if re.match(r"\s*(WITH|SELECT|UPDATE|INSERT)", one, re.IGNORECASE)
    ]
    with closing(sqlite3.connect(path)) as db, db:
        return {one: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {one}")] for one in asked}


def reads_every_job(step: str) -> bool:
    return re.match(r"SCAN (job|due|mine)\b", step) is not None and not any(
        f"COVERING INDEX {index}" in step for index in OPEN_ONLY
    )


async def test_query_plans_of_a_jobs_steps_scan_no_job_table(
    harness: StoreHarness, statements: list[str], tmp_path: Path
) -> None:
    await life(harness)

    found = plans(tmp_path / "repaint.db", statements)

    assert len(found) > 10
    assert {one: steps for one, steps in found.items() if any(map(reads_every_job, steps))} == {}


async def test_job_takes_at_most_eleven_transactions(
    harness: StoreHarness, statements: list[str]
) -> None:
    await life(harness)

    assert statements.count("COMMIT") <= 11
    assert sum(one.startswith("BEGIN") for one in statements) == statements.count("COMMIT")


async def test_accept_takes_at_most_thirty_statements(
    harness: StoreHarness, statements: list[str]
) -> None:
    harness.limits = LIMITS
    await harness.accept()

    assert len([one for one in statements if "sqlite_master" not in one]) <= 30
