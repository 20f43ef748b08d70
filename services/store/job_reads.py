"""What is read of Jobs: one by one, the line of those that wait, what the past has taught."""

from __future__ import annotations

from services.models import Job, Result
from services.store import queue
from services.store.db import Db, Transactions, found
from services.store.generations import recent_generations
from services.store.rows import job_of, jobs_of, result_of
from services.store.thread import reading


class JobReads:
    """Reads Jobs; each call sees one instant of the database."""

    def __init__(self, thread: Transactions) -> None:
        """Take the database."""
        self._thread = thread

    @reading
    def get(self, db: Db, job_id: str) -> Job | None:
        """Read one Job."""
        rows = found(db, "SELECT * FROM job WHERE job.id = ?", [job_id])
        return next(map(job_of, rows), None)

    @reading
    def is_over(self, db: Db, job_id: str) -> bool:
        """Tell whether nothing more will be done for a Job; True too when it is not known."""
        rows = db.execute("SELECT job.next_at FROM job WHERE job.id = ?", [job_id]).fetchall()
        return all(next_at is None for (next_at,) in rows)

    @reading
    def results(self, db: Db, job_id: str) -> list[Result]:
        """Read a Job's pictures in order."""
        query = "SELECT * FROM result WHERE result.job_id = ? ORDER BY result.position"
        return [result_of(row) for row in found(db, query, [job_id])]

    @reading
    def waiting(self, db: Db, *, most: int = 50) -> list[tuple[Job, int]]:
        """Read the Jobs at the head of the queue, each with the number of Jobs before it.

        Rows that cannot be read are left out: `Jobs.take` names them.
        """
        rows = queue.line(db, most=most)
        ahead = {row["id"]: row["ahead"] for row in rows}
        return [(job, ahead[job.id]) for job in jobs_of(rows)[0]]

    @reading
    def task_ids(self, db: Db, *, since: float) -> set[str]:
        """Read the ids of tasks that are known to be ours, submitted since an instant."""
        query = "SELECT job.task_id FROM job WHERE job.submitted_at >= ? AND job.task_id <> ''"
        return {row[0] for row in db.execute(query, [since])}

    @reading
    def durations(self, db: Db, *, model: str, units: int) -> list[float]:
        """Read how long recent tasks of this model and size took, in seconds, newest first."""
        return recent_generations(db, model=model, units=units)
