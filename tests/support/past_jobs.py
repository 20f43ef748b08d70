"""Rows of past jobs, inserted directly into the database: any number, in any state."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from services.common.ids import new_job_id
from services.db import Store
from services.db.connection import DbConnection, Row, insert
from services.db.rows import job_row
from services.models import Job, State
from tests.support.requests import NOON, a_request

TODAY = "2026-11-22"
_interactions = count(10_000_000)


def past_job(
    *,
    user_id: int = 1,
    guild_id: int | None = 5,
    day: str = TODAY,
    units: int = 1,
    state: State = State.DELIVERED,
    wait_s: float | None = None,
    **columns: Any,
) -> Row:
    """Return the row of a job as it is later; `wait_s` is from acceptance to ready."""
    request = a_request(user_id=user_id, guild_id=guild_id, count=units)
    job = Job(
        id=new_job_id(NOON), request=request, state=state, units=units, day=day, created_at=NOON
    )
    ready_at = None if wait_s is None else NOON + wait_s
    later: Row = {"ready_at": ready_at, "task_id": "task", "given_back": 0, "cost_micro": 0}
    later["interaction_id"] = next(_interactions)
    return job_row(job, next_at=NOON) | later | columns


def copies(row: Row, number: int) -> Iterable[Row]:
    """Yield copies of a row, each with an id of its own."""
    for _ in range(number):
        yield row | {"id": new_job_id(NOON), "interaction_id": next(_interactions)}


async def write(store: Store, rows: Iterable[Row]) -> None:
    """Insert rows in one transaction."""

    def write_all(db: DbConnection) -> None:
        for row in rows:
            insert(db, "job", row)

    await store._thread.transact(write_all, writes=True)
