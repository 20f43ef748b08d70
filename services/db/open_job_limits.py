"""Limits on the open jobs of one user: those at the provider, and those waiting."""

from __future__ import annotations

import math

from services.db.connection import DbConnection
from services.db.queue import units_in_flight
from services.db.usage import open_jobs
from services.errors import NothingMayWait, TooManyJobs, TooManyWaiting
from services.models import Limits, Request

_MINE = "SELECT job.units FROM job WHERE job.user_id = ? AND job.state = 'queued' ORDER BY job.id"

_OTHERS = """
SELECT COALESCE(SUM(job.units), 0) FROM job WHERE job.state = 'queued' AND job.user_id <> ?
"""

_CLOSED = "SELECT hold_until, paused_at FROM provider WHERE name = ?"


def check_open_jobs(
    db: DbConnection, provider: str, request: Request, limits: Limits, *, now: float
) -> int:
    """Raise an error if a user has too many open jobs; else return how many are open.

    Raises TooManyJobs; for a job that cannot start now, TooManyWaiting or NothingMayWait.
    """
    count = open_jobs(db, request.user_id)
    running, queued = limits.user_running, limits.user_queued
    if queued is None:
        return count
    if running and count >= running + queued:
        raise TooManyJobs(open_jobs=count, allowed=running + queued)
    if running and queued:
        return count
    free = _free_units(db, provider, request.user_id, limits.concurrency, now=now)
    waiting = _waiting(db, request, free)
    if waiting and not queued:
        raise NothingMayWait
    if waiting > queued:
        raise TooManyWaiting(waiting=waiting - 1, allowed=queued)
    return count


def _free_units(
    db: DbConnection, provider: str, user_id: int, concurrency: int, *, now: float
) -> float:
    """Return the units that remain for this user's jobs if all waiting jobs of others run first.

    While the provider is paused, one task at a time probes it, so 0 if any job is in flight or
    waits. Infinite if the operator set no concurrency.
    """
    [(others,)] = db.execute(_OTHERS, [user_id]).fetchall()
    taken = units_in_flight(db) + others
    for hold_until, paused_at in db.execute(_CLOSED, [provider]).fetchall():
        if now < hold_until or (paused_at is not None and taken):
            return 0
    return concurrency - taken if concurrency else math.inf


def _waiting(db: DbConnection, request: Request, free: float) -> int:
    """Return how many of a user's jobs, the new one included, cannot start with `free` units."""
    mine = [units for (units,) in db.execute(_MINE, [request.user_id]).fetchall()]
    mine.append(request.options.count)
    for number, units in enumerate(mine):
        if units > free:
            return len(mine) - number
        free -= units
    return 0
