"""Queries for jobs, and small changes to them by callers other than the engine's own steps."""

from __future__ import annotations

from services.db import queue
from services.db.connection import Backend, DbConnection, fetch_all
from services.db.generation_times import recent_generations
from services.db.rows import job_from_row, jobs_from_rows, outcome_json, place_json, result_from_row
from services.db.sqlite_thread import reading, writing
from services.models import Job, Outcome, Result


class JobReads:
    """Reads jobs; each call sees one instant of the database."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def get(self, db: DbConnection, job_id: str) -> Job | None:
        """Return a job, or None if there is none with this id."""
        rows = fetch_all(db, "SELECT * FROM job WHERE job.id = ?", [job_id])
        return next(map(job_from_row, rows), None)

    @reading
    def is_over(self, db: DbConnection, job_id: str) -> bool:
        """Return whether nothing is left to do for a job; True also for an unknown id."""
        rows = db.execute("SELECT job.next_at FROM job WHERE job.id = ?", [job_id]).fetchall()
        return all(next_at is None for (next_at,) in rows)

    @reading
    def results(self, db: DbConnection, job_id: str) -> list[Result]:
        """Return a job's results by position."""
        query = "SELECT * FROM result WHERE result.job_id = ? ORDER BY result.position"
        return [result_from_row(row) for row in fetch_all(db, query, [job_id])]

    @reading
    def waiting(self, db: DbConnection, *, limit: int = 50) -> list[tuple[Job, int]]:
        """Return the jobs at the head of the queue, each with the number of jobs before it.

        Unreadable rows are left out; `Jobs.fetch_due` reports those.
        """
        rows = queue.line(db, limit=limit)
        ahead = {row["id"]: row["ahead"] for row in rows}
        return [(job, ahead[job.id]) for job in jobs_from_rows(rows)[0]]

    @reading
    def task_ids(self, db: DbConnection, *, since: float) -> set[str]:
        """Return the provider's ids of our tasks that were submitted since an instant."""
        query = "SELECT job.task_id FROM job WHERE job.submitted_at >= ? AND job.task_id <> ''"
        return {row[0] for row in db.execute(query, [since])}

    @reading
    def durations(self, db: DbConnection, *, model: str, units: int) -> list[float]:
        """Return how many seconds recent tasks of this model and number of images took.

        The newest comes first.
        """
        return recent_generations(db, model=model, units=units)


# Actual costs of jobs, if the provider reports them.


class Costs:
    """Stores in jobs what the provider charged for them."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def record(self, db: DbConnection, job_id: str, *, deduction: float, cost_micro: int) -> None:
        """Store the billing units that the provider charged, and their price in micro-dollars.

        A job that will be submitted again is left unchanged: its expected cost stays reserved.
        """
        db.execute(
            "UPDATE job SET deduction = ?, cost_micro = ?"
            " WHERE job.id = ? AND job.state NOT IN ('queued', 'submitting')",
            [deduction, cost_micro, job_id],
        )


# Changes to jobs by callers other than the engine's steps; any process may make them.


class JobHints(JobReads):
    """Changes to jobs by other parts of the bot; engines are notified if one makes a job due."""

    @writing
    def make_due(self, db: DbConnection, job_id: str, *, now: float) -> bool:
        """Make the next poll of a job's task due at `now`, unless it is due earlier.

        Return whether there is one. If a submission's response was lost, its look-up becomes due: a
        callback proves that the task exists. False once the task was seen finished: then the job
        waits to fetch its images.
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
        """Release a queued job to be claimed: Discord has confirmed its first response.

        `message_id` is that response's message, if it is known.
        """
        db.execute(
            "UPDATE job SET message_id = COALESCE(?, job.message_id),"
            " leased_until = CASE WHEN job.state = 'queued' THEN 0 ELSE job.leased_until END"
            " WHERE job.id = ?",
            [message_id, job_id],
        )
        db.notify()

    @writing
    def withdraw(self, db: DbConnection, job_id: str, *, outcome: Outcome, now: float) -> bool:
        """End a queued job because another process answered its interaction; refund its units.

        The user is not notified. Return False if the job was no longer queued.
        """
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
        """Count that one of a job's images is about to be opened; return the count.

        The count outlives a process that crashes on the image. Engines are not notified.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET open_tries = job.open_tries + 1 WHERE job.id = ? RETURNING open_tries",
            [job_id],
        )
        return next((row["open_tries"] for row in rows), 0)

    @writing
    def uncount_opening(self, db: DbConnection, job_id: str) -> None:
        """Undo `count_opening`: the image was closed without a crash."""
        db.execute(
            "UPDATE job SET open_tries = job.open_tries - 1"
            " WHERE job.id = ? AND job.open_tries > 0",
            [job_id],
        )

    @writing
    def notify_again(self, db: DbConnection, job: Job, *, now: float) -> None:
        """Make the notification of a job's end due again, if it was sent already.

        `job` is the job as read before its end: its interaction token is stored again, since
        `mark_notified` has cleared it.
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
        """Store the id of the job's message."""
        db.execute("UPDATE job SET message_id = ? WHERE job.id = ?", [message_id, job_id])
