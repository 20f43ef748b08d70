"""Which Jobs hold a slot: units at the provider, and one of their member's running Jobs."""

from __future__ import annotations

from services.store.db import Db, found
from services.store.job_hints import JobHints
from services.store.thread import writing

OURS = " AND job.leased_by IN (0, :me)"
"""A step changes its Job only while no other process took that: one that stood still for longer
than its lease comes to itself and finds that nothing of what it does counts any more."""

HOLDS_SLOT = "job.state IN ('submitting', 'running') AND job.holds_slot = 1"
"""What of the Jobs counts against the provider's concurrency and its member's running Jobs."""


class JobSlots(JobHints):
    """Takes slots away from Jobs; whatever brings a Job to the provider again gives it one."""

    @writing
    def release_slot(self, db: Db, job_id: str) -> bool:
        """Let a running Job hold no slot any longer; True the first time.

        The Job stays `running` and due as its row says.
        """
        rows = found(
            db,
            "UPDATE job SET holds_slot = 0 WHERE job.id = :id AND job.state = 'running'"
            f" AND job.holds_slot = 1{OURS} RETURNING id",
            {"id": job_id, "me": db.holder},
        )
        db.notify()
        return any(rows)

    @writing
    def wait_without_slot(self, db: Db, job_id: str, *, next_at: float, tries: int) -> None:
        """Let a Job that surely was not accepted wait for `next_at`, while others may go on."""
        db.execute(
            "UPDATE job SET sent_at = NULL, holds_slot = 0, next_at = :next, tries = :tries,"
            f" leased_until = 0 WHERE job.id = :id AND job.state = 'submitting'{OURS}",
            {"next": next_at, "tries": tries, "id": job_id, "me": db.holder},
        )
        db.notify()
