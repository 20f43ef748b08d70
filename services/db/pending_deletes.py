"""Jobs whose images have to be deleted from storage but are not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.db.connection import Backend, DbConnection
from services.db.sqlite_thread import reading, writing

FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0
"""Seconds until a refused deletion is retried: a minute, then twice as long each time, at most an
hour."""

_DOUBLINGS = 6

_NOTE = """
INSERT INTO pending_delete (job_id, reason, tries, next_at) VALUES (:job_id, :reason, 1, :next_at)
ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, tries = pending_delete.tries + 1,
    next_at = :now + CASE WHEN pending_delete.tries < :doublings
    THEN :wait * (1 << pending_delete.tries) ELSE :longest END
"""


class Deletions:
    """Reads and writes the records of jobs whose images still have to be deleted."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def settle(
        self, db: DbConnection, job_ids: Iterable[str], *, left: Mapping[str, str], now: float
    ) -> None:
        """Remove the records of jobs whose images are deleted; plan a retry for those `left`.

        `left` maps the ids of jobs whose images remain to the error text of the disk.
        """
        for job_id in job_ids:
            if job_id not in left:
                strike(db, job_id)
        for job_id, reason in left.items():
            waits = {"wait": FIRST_WAIT_S, "longest": LONGEST_WAIT_S, "doublings": _DOUBLINGS}
            values = {"job_id": job_id, "reason": reason, "now": now}
            db.execute(_NOTE, values | waits | {"next_at": now + FIRST_WAIT_S})

    @reading
    def due(self, db: DbConnection, *, now: float, most: int) -> list[str]:
        """Return the ids of at most `most` jobs whose deletion is due, the longest due first."""
        query = (
            "SELECT pending_delete.job_id FROM pending_delete WHERE pending_delete.next_at <= ?"
            " ORDER BY pending_delete.next_at, pending_delete.job_id LIMIT ?"
        )
        return [job_id for (job_id,) in db.execute(query, [now, most]).fetchall()]

    @reading
    def refused(self, db: DbConnection) -> tuple[int, str]:
        """Return how many jobs' images could not be deleted, and the error text of one of them."""
        query = "SELECT COUNT(*), COALESCE(MAX(reason), '') FROM pending_delete WHERE reason <> ''"
        count, reason = db.execute(query).fetchone()
        return count, reason


def note(db: DbConnection, job_id: str) -> None:
    """Record, in the transaction that empties a job's row, that its images have to be deleted."""
    db.execute(
        "INSERT INTO pending_delete (job_id) VALUES (?) ON CONFLICT (job_id) DO NOTHING", [job_id]
    )


def strike(db: DbConnection, job_id: str) -> None:
    """Remove the record that a job's images have to be deleted."""
    db.execute("DELETE FROM pending_delete WHERE job_id = ?", [job_id])
