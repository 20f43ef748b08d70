"""Which process works on which Job: leases that end, by their process or after its death."""

from __future__ import annotations

from collections.abc import Collection

from services.db.connection import DbConnection
from services.db.slots import OURS, JobSlots
from services.db.sqlite_thread import writing


class JobLeases(JobSlots):
    """Frees Jobs; `Jobs.take` leases them."""

    @writing
    def release_expired(self, db: DbConnection) -> None:
        """Free what is held by this process or by one that died; for a process that starts.

        SQLite has one process, so whatever is held is what its predecessor held. Who belongs to a
        fleet is given up by that alone: its session may be lost only because the database was.
        """
        db.execute(
            "UPDATE job SET leased_until = 0 WHERE job.next_at IS NOT NULL"
            " AND job.leased_by NOT IN (SELECT fleet_process.holder FROM fleet_process)"
            " AND job.leased_until > 0 /* by nobody who lives */",
            {"me": db.process_id},
        )

    @writing
    def release_unknown(self, db: DbConnection, under_way: Collection[str]) -> None:
        """Free what this process took without knowing: what became of a `take` was not answered."""
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
        """Free a Job that was taken during its last step; it is due as its row says."""
        query = f"UPDATE job SET leased_until = 0 WHERE job.id = :id{OURS}"
        db.execute(query, {"id": job_id, "me": db.process_id})
