"""Slots: which jobs count against the provider's concurrency, and which wait without a slot."""

from __future__ import annotations

from services.db.connection import DbConnection, fetch_all
from services.db.generation_times import LEARN_GENERATION, NOT_POLLED
from services.db.job_queries import JobHints
from services.db.rows import generation_values
from services.db.sqlite_thread import writing
from services.models import Generation

OURS = " AND job.leased_by IN (0, :me)"
"""SQL condition: no other process has leased the job. A step changes its job only then, so if a
process was suspended for longer than its lease, its changes have no effect."""

HOLDS_SLOT = "job.state IN ('submitting', 'running') AND job.holds_slot = 1"
"""SQL condition for jobs that count against the provider's concurrency and their user's running
jobs."""

AT_WORK = (
    "holds_slot = 1, generated_at = NULL, fetch_tries = 0, unusable_tries = 0, fetched_bytes = 0"
)
"""SQL that resets columns when a job goes to the provider, or its task is found there: it has a
slot, and nothing to fetch yet."""

_NEXT_IS_IN_DOUBT = "(:spent = 1 AND COALESCE(job.sent_at, job.created_at) <= :restored)"
"""SQL condition: the failed task is no later than the latest submission in the restored backup. The
job's next task, and those after it, may exist at the provider without being in the backup."""

REQUEUE = f"""
UPDATE job SET
    state = CASE WHEN {_NEXT_IS_IN_DOUBT} THEN 'submitting' ELSE 'queued' END,
    sent_at = CASE WHEN {_NEXT_IS_IN_DOUBT} THEN job.created_at END,
    claimed_at = CASE WHEN {_NEXT_IS_IN_DOUBT} THEN :claimed END,
    next_at = CASE WHEN {_NEXT_IS_IN_DOUBT} THEN :now ELSE job.next_at END,
    tries = CASE WHEN {_NEXT_IS_IN_DOUBT} THEN 0 ELSE job.tries END,
    leased_until = 0, task_id = NULL, submitted_at = NULL, late = 0, images = NULL,
    {AT_WORK}, {NOT_POLLED}, attempt = job.attempt + :spent
WHERE job.id = :id AND job.state IN ('submitting', 'running'){OURS} RETURNING id
"""
"""SQL that puts a job back into the queue; if its next task is in doubt, the job goes on as one
whose submission was lost."""


class JobSlots(JobHints):
    """Releases the slots of jobs; a job that goes to the provider again gets one back."""

    @writing
    def wait_without_slot(
        self, db: DbConnection, job_id: str, *, next_at: float, tries: int
    ) -> None:
        """Postpone a submission that was not accepted; release its slot for other jobs."""
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
        """Record that a job's task is finished with images, and release the job's slot.

        Return False if that was recorded before.
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
        """Set when a running job's images are fetched again, and the counts of failed attempts.

        `tries` counts all attempts, `unusable_tries` those that returned no usable image;
        `received` are the bytes of the last attempt.
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
