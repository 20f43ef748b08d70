"""What is read of Jobs: one by one, the line of those that wait, what the past has taught."""

from __future__ import annotations

from services.db import queue
from services.db.connection import Backend, DbConnection, fetch_all
from services.db.generation_times import recent_generations
from services.db.rows import job_of, jobs_of, outcome_json, place_json, result_of
from services.db.sqlite_thread import reading, writing
from services.models import Job, Outcome, Result


class JobReads:
    """Reads Jobs; each call sees one instant of the database."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @reading
    def get(self, db: DbConnection, job_id: str) -> Job | None:
        """Read one Job."""
        rows = fetch_all(db, "SELECT * FROM job WHERE job.id = ?", [job_id])
        return next(map(job_of, rows), None)

    @reading
    def is_over(self, db: DbConnection, job_id: str) -> bool:
        """Tell whether nothing more will be done for a Job; True too when it is not known."""
        rows = db.execute("SELECT job.next_at FROM job WHERE job.id = ?", [job_id]).fetchall()
        return all(next_at is None for (next_at,) in rows)

    @reading
    def results(self, db: DbConnection, job_id: str) -> list[Result]:
        """Read a Job's pictures in order."""
        query = "SELECT * FROM result WHERE result.job_id = ? ORDER BY result.position"
        return [result_of(row) for row in fetch_all(db, query, [job_id])]

    @reading
    def waiting(self, db: DbConnection, *, limit: int = 50) -> list[tuple[Job, int]]:
        """Read the Jobs at the head of the queue, each with the number of Jobs before it.

        Rows that cannot be read are left out: `Jobs.take` names them.
        """
        rows = queue.line(db, limit=limit)
        ahead = {row["id"]: row["ahead"] for row in rows}
        return [(job, ahead[job.id]) for job in jobs_of(rows)[0]]

    @reading
    def task_ids(self, db: DbConnection, *, since: float) -> set[str]:
        """Read the ids of tasks that are known to be ours, submitted since an instant."""
        query = "SELECT job.task_id FROM job WHERE job.submitted_at >= ? AND job.task_id <> ''"
        return {row[0] for row in db.execute(query, [since])}

    @reading
    def durations(self, db: DbConnection, *, model: str, units: int) -> list[float]:
        """Read how long recent tasks of this model and size took, in seconds, newest first."""
        return recent_generations(db, model=model, units=units)


# What Jobs really cost, where the provider says so.


class Costs:
    """Writes into Jobs what was taken for them."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def note(self, db: DbConnection, job_id: str, *, deduction: float, cost_micro: int) -> None:
        """Keep the billing units that the provider took, and the cost that follows from them.

        Not for a Job that goes to the provider once more: what it will cost stays reserved.
        """
        db.execute(
            "UPDATE job SET deduction = ?, cost_micro = ?"
            " WHERE job.id = ? AND job.state NOT IN ('queued', 'submitting')",
            [deduction, cost_micro, job_id],
        )


# What others than the engine's own steps note of a Job, whichever process takes it next.


class JobHints(JobReads):
    """Notes; the engines hear of those that make something due."""

    @writing
    def make_due(self, db: DbConnection, job_id: str, *, now: float) -> bool:
        """Make the next look at a Job's Task due at `now`, never later than it was.

        Also where a submission's answer was lost: somebody knows of it. Not once the Task was seen
        over: then its images wait to be fetched. True if there is a look.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET next_at = CASE WHEN job.next_at < :now THEN job.next_at"
            " ELSE :now END WHERE job.id = :id"
            " AND ((job.state = 'running' AND job.generated_at IS NULL)"
            " OR (job.state = 'submitting' AND job.sent_at IS NOT NULL)"
            " OR (job.state = 'uncertain' AND job.told_at IS NOT NULL)) RETURNING id",
            {"now": now, "id": job_id},
        )
        db.notify()
        return any(rows)

    @writing
    def mark_acknowledged(self, db: DbConnection, job_id: str, message_id: int | None) -> None:
        """Let a Job be taken up: its member was answered, by that message if one is known."""
        db.execute(
            "UPDATE job SET message_id = COALESCE(?, job.message_id),"
            " leased_until = CASE WHEN job.state = 'queued' THEN 0 ELSE job.leased_until END"
            " WHERE job.id = ?",
            [message_id, job_id],
        )
        db.notify()

    @writing
    def withdraw(self, db: DbConnection, job_id: str, *, outcome: Outcome, now: float) -> bool:
        """End a queued Job that another process has taken too; there is nobody to tell."""
        rows = fetch_all(
            db,
            "UPDATE job SET state = 'cancelled', outcome = :outcome, given_back = 1,"
            " ended_at = :now, told_at = :now, next_at = NULL, leased_until = 0,"
            " place = json_set(job.place, '$.token', '')"
            " WHERE job.id = :id AND job.state = 'queued' RETURNING id",
            {"outcome": outcome_json(outcome), "now": now, "id": job_id},
        )
        return any(rows)

    @writing
    def count_opening(self, db: DbConnection, job_id: str) -> int:
        """Note that one of a Job's images is about to be opened; return how often that is noted.

        The note outlives a process that dies over the image; nothing waits for it (no notice).
        """
        rows = fetch_all(
            db,
            "UPDATE job SET open_tries = job.open_tries + 1 WHERE job.id = ? RETURNING open_tries",
            [job_id],
        )
        return next((row["open_tries"] for row in rows), 0)

    @writing
    def uncount_opening(self, db: DbConnection, job_id: str) -> None:
        """Take such a note back: the image is closed, and the process lives."""
        db.execute(
            "UPDATE job SET open_tries = job.open_tries - 1"
            " WHERE job.id = ? AND job.open_tries > 0",
            [job_id],
        )

    @writing
    def notify_again(self, db: DbConnection, job: Job, *, now: float) -> None:
        """Have it told once more how a Job ended, if it has been told: `job` is as it was before.

        With the token that it had then, for the telling puts that away.
        """
        db.execute(
            "UPDATE job SET told_at = NULL, next_at = :now, tries = 0, place = :place,"
            " state = CASE WHEN job.state = 'delivered' THEN 'ready' ELSE job.state END"
            " WHERE job.id = :id AND job.told_at IS NOT NULL AND job.state <> 'undelivered'"
            " AND job.withheld = 0 AND job.forgotten = 0",
            {"id": job.id, "now": now, "place": place_json(job.place)},
        )
        db.notify()

    @writing
    def place_message(self, db: DbConnection, job_id: str, message_id: int) -> None:
        """Keep which message stands for the Job."""
        db.execute("UPDATE job SET message_id = ? WHERE job.id = ?", [message_id, job_id])
