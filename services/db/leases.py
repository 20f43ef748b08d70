"""Leases of jobs: which process works on which job, until it finishes or dies."""

from __future__ import annotations

from collections.abc import Collection

from services.db.connection import DbConnection
from services.db.slots import OURS, JobSlots
from services.db.sqlite_thread import writing


class JobLeases(JobSlots):
    """Releases leases; `Jobs.fetch_due` takes them."""

    @writing
    def release_expired(self, db: DbConnection) -> None:
        """Release the leases of this process and of dead processes; called at start.

        SQLite has one process, so any lease is left from its predecessor. A member of a fleet is
        skipped, since its database session may be lost only because the database was; `Fleet`
        releases its leases.
        """
        db.execute(
            "UPDATE job SET leased_until = 0 WHERE job.next_at IS NOT NULL"
            " AND job.leased_by NOT IN (SELECT fleet_process.holder FROM fleet_process)"
            " AND job.leased_until > 0 /* by nobody who lives */",
            {"me": db.process_id},
        )

    @writing
    def release_unknown(self, db: DbConnection, under_way: Collection[str]) -> None:
        """Release leases that this process took without knowing, after a failed `fetch_due`.

        `under_way` are the jobs that it knows about.
        """
        held = db.execute(
            "SELECT job.id FROM job WHERE job.leased_by = ? AND job.leased_until > 0"
            " AND job.next_at IS NOT NULL AND job.state <> 'queued'",
            [db.process_id],
        )
        for (job_id,) in held.fetchall():
            if job_id not in under_way:
                db.execute("UPDATE job SET leased_until = 0 WHERE job.id = ?", [job_id])

    @writing
    def release(self, db: DbConnection, job_id: str) -> None:
        """Release a job that was leased again during its last step; it is due as its row says."""
        query = f"UPDATE job SET leased_until = 0 WHERE job.id = :id{OURS}"
        db.execute(query, {"id": job_id, "me": db.process_id})
