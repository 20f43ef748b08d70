"""Pictures that are to be deleted and are still on the disk, written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.db.connection import Backend, DbConnection
from services.db.sqlite_thread import reading, writing

FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0
"""What the disk refused is tried again after a minute, then twice as long, at most an hour."""

_DOUBLINGS = 6

_NOTE = """
INSERT INTO pending_delete (job_id, reason, tries, next_at) VALUES (:job_id, :reason, 1, :next_at)
ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, tries = pending_delete.tries + 1,
    next_at = :now + CASE WHEN pending_delete.tries < :doublings
    THEN :wait * (1 << pending_delete.tries) ELSE :longest END
"""


class Deletions:
    """Reads and writes which Jobs' pictures still have to go."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def settle(
        self, db: DbConnection, job_ids: Iterable[str], *, left: Mapping[str, str], now: float
    ) -> None:
        """Strike out what is deleted; note what is `left`, by its id, with the disk's words."""
        for job_id in job_ids:
            if job_id not in left:
                strike(db, job_id)
        for job_id, reason in left.items():
            waits = {"wait": FIRST_WAIT_S, "longest": LONGEST_WAIT_S, "doublings": _DOUBLINGS}
            values = {"job_id": job_id, "reason": reason, "now": now}
            db.execute(_NOTE, values | waits | {"next_at": now + FIRST_WAIT_S})

    @reading
    def due(self, db: DbConnection, *, now: float, most: int) -> list[str]:
        """Return the ids that may be tried now, the longest waiting first."""
        query = (
            "SELECT pending_delete.job_id FROM pending_delete WHERE pending_delete.next_at <= ?"
            " ORDER BY pending_delete.next_at, pending_delete.job_id LIMIT ?"
        )
        return [job_id for (job_id,) in db.execute(query, [now, most]).fetchall()]

    @reading
    def refused(self, db: DbConnection) -> tuple[int, str]:
        """Count Jobs whose pictures the disk did not let go, and give its latest words."""
        query = "SELECT COUNT(*), COALESCE(MAX(reason), '') FROM pending_delete WHERE reason <> ''"
        count, reason = db.execute(query).fetchone()
        return count, reason


def note(db: DbConnection, job_id: str) -> None:
    """Note, in the transaction that empties a row, that its pictures have to go."""
    db.execute(
        "INSERT INTO pending_delete (job_id) VALUES (?) ON CONFLICT (job_id) DO NOTHING", [job_id]
    )


def strike(db: DbConnection, job_id: str) -> None:
    """Strike one out."""
    db.execute("DELETE FROM pending_delete WHERE job_id = ?", [job_id])
