"""Leases of jobs: which process works on which job, until it finishes or dies."""

from __future__ import annotations

from collections.abc import Collection

from services.db.connection import DbConnection
from services.db.slots import OURS, JobSlots
from services.db.sqlite_thread import writing


class JobLeases(JobSlots):
    """Releases the leases of jobs; `Jobs.fetch_due` takes them."""

    @writing
    def release_expired(self, db: DbConnection) -> None:
        """Release, at start, the leases of this process and of processes that have died.

        A SQLite file has one process, so any lease is left from its predecessor. Processes of a
        fleet are skipped, since their database session may be lost only because the database was
        unavailable; `Fleet` releases their leases.
        """
        db.execute(
            "UPDATE job SET leased_until = 0 WHERE job.next_at IS NOT NULL"
            " AND job.leased_by NOT IN (SELECT fleet_process.holder FROM fleet_process)"
            " AND job.leased_until > 0 /* by nobody who lives */",
            {"me": db.process_id},
        )

    @writing
    def release_unknown(self, db: DbConnection, under_way: Collection[str]) -> None:
        """Release leases that a `fetch_due` took whose response did not reach this process.

        `under_way` are the jobs whose steps run in this process.
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
        """Release a job's lease without changing its row otherwise; it is due when its row says."""
        query = f"UPDATE job SET leased_until = 0 WHERE job.id = :id{OURS}"
        db.execute(query, {"id": job_id, "me": db.process_id})
