"""Which Jobs hold a slot, and those that hold none: their images are there and to be fetched."""

from __future__ import annotations

from services.db.connection import DbConnection, fetch_all
from services.db.generation_times import LEARN_GENERATION
from services.db.job_queries import JobHints
from services.db.rows import generation_values
from services.db.sqlite_thread import writing
from services.models import Generation

OURS = " AND job.leased_by IN (0, :me)"
"""A step changes its Job only while no other process took that: one that stood still for longer
than its lease comes to itself and finds that nothing of what it does counts any more."""

HOLDS_SLOT = "job.state IN ('submitting', 'running') AND job.holds_slot = 1"
"""What of the Jobs counts against the provider's concurrency and its member's running Jobs."""

AT_WORK = (
    "holds_slot = 1, generated_at = NULL, fetch_tries = 0, unusable_tries = 0, fetched_bytes = 0"
)
"""What holds of a Job that goes to the provider, or is found there: it has nothing to fetch yet."""


class JobSlots(JobHints):
    """Takes slots away from Jobs; whatever brings a Job to the provider again gives it one."""

    @writing
    def release_slot(self, db: DbConnection, job_id: str) -> bool:
        """Let a running Job hold no slot any longer; True the first time.

        The Job stays `running` and due as its row says.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET holds_slot = 0 WHERE job.id = :id AND job.state = 'running'"
            f" AND job.holds_slot = 1{OURS} RETURNING id",
            {"id": job_id, "me": db.process_id},
        )
        db.notify()
        return any(rows)

    @writing
    def wait_without_slot(
        self, db: DbConnection, job_id: str, *, next_at: float, tries: int
    ) -> None:
        """Let a Job that surely was not accepted wait for `next_at`, while others may go on."""
        db.execute(
            "UPDATE job SET sent_at = NULL, holds_slot = 0, next_at = :next, tries = :tries,"
            f" leased_until = 0 WHERE job.id = :id AND job.state = 'submitting'{OURS}",
            {"next": next_at, "tries": tries, "id": job_id, "me": db.process_id},
        )
        db.notify()

    @writing
    def mark_generated(
        self, db: DbConnection, job_id: str, *, now: float, generation: Generation | None = None
    ) -> bool:
        """Note that the Task is over at the provider, with images; the Job holds no slot then.

        True the first time.
        """
        rows = fetch_all(
            db,
            f"UPDATE job SET generated_at = :now, holds_slot = 0, {LEARN_GENERATION}"
            " WHERE job.id = :id AND job.state = 'running' AND job.generated_at IS NULL"
            f"{OURS} RETURNING id",
            {"now": now, "id": job_id, "me": db.process_id, **generation_values(generation)},
        )
        db.notify()
        return any(rows)

    @writing
    def postpone_fetch(
        self,
        db: DbConnection,
        job_id: str,
        *,
        next_at: float,
        tries: int,
        unusable_tries: int,
        received: int,
    ) -> None:
        """Set when a running Job's images are fetched again, after so many tries in all.

        `unusable_tries` are those that brought what is no image; `received` are the bytes that the
        last one brought.
        """
        db.execute(
            "UPDATE job SET next_at = :next, fetch_tries = :tries, unusable_tries = :unusable,"
            " fetched_bytes = job.fetched_bytes + :received, leased_until = 0"
            f" WHERE job.id = :id AND job.state = 'running'{OURS}",
            {
                "next": next_at,
                "tries": tries,
                "unusable": unusable_tries,
                "received": received,
                "id": job_id,
                "me": db.process_id,
            },
        )
