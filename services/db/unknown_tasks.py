"""Records of tasks that the provider may not know, and of lost submissions."""

from __future__ import annotations

from services.db.connection import DbConnection, fetch_all
from services.db.leases import JobLeases
from services.db.rows import jobs_from_rows
from services.db.slots import OURS
from services.db.sqlite_thread import reading, writing
from services.models import Job, SourceForm

_RUNNING = """
SELECT * FROM job
WHERE job.state IN ('submitting', 'running') AND job.state = 'running'
    AND job.sent_at > ? AND job.task_id <> '' AND job.images IS NULL AND job.unknown_polls = 0
ORDER BY job.sent_at DESC LIMIT ?
"""

_SENT = """
SELECT * FROM job
WHERE job.submitted_at > ? AND job.sent_at IS NOT NULL AND job.task_id <> '' AND job.given_back = 0
ORDER BY job.submitted_at DESC LIMIT ?
"""


class JobDoubts(JobLeases):
    """Counts polls of unknown tasks, refunds their jobs, allows one resend of a lost submission."""

    @reading
    def running_since(self, db: DbConnection, sent_at: float, *, most: int = 20) -> list[Job]:
        """Return at most `most` unfinished jobs whose submissions were sent later, newest first.

        Left out are jobs whose task the provider did not know at the last poll.
        """
        return jobs_from_rows(fetch_all(db, _RUNNING, [sent_at, most]))[0]

    @reading
    def sent_since(self, db: DbConnection, sent_at: float, *, most: int = 200) -> list[Job]:
        """Return at most `most` jobs with a task that was submitted later, the newest first."""
        return jobs_from_rows(fetch_all(db, _SENT, [sent_at, most]))[0]

    @writing
    def allow_resend(self, db: DbConnection, job_id: str) -> bool:
        """Allow a second submission of a job whose first is proven to be absent; once per job.

        Clear `sent_at`, so that the job counts as not sent. Return False if it was allowed before,
        or the job has moved on.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET sent_at = NULL, resends = job.resends + 1, tries = 0"
            " WHERE job.id = :id AND job.state = 'submitting' AND job.sent_at IS NOT NULL"
            f" AND job.resends = 0{OURS} RETURNING id",
            {"id": job_id, "me": db.process_id},
        )
        return any(rows)

    @writing
    def note_unknown(self, db: DbConnection, job_id: str, *, now: float) -> tuple[int, float]:
        """Count a poll at which the provider definitely did not know a running job's task.

        Return how many such polls there were in a row, and when the first was (Unix seconds).
        """
        rows = fetch_all(
            db,
            "UPDATE job SET unknown_polls = job.unknown_polls + 1,"
            " unknown_since = COALESCE(job.unknown_since, :now)"
            f" WHERE job.id = :id AND job.state = 'running'{OURS}"
            " RETURNING unknown_polls, unknown_since",
            {"id": job_id, "now": now, "me": db.process_id},
        )
        return next(((row["unknown_polls"], row["unknown_since"]) for row in rows), (0, now))

    @writing
    def note_known(self, db: DbConnection, job_id: str) -> None:
        """Reset the count of polls at which the provider did not know the task."""
        db.execute(
            "UPDATE job SET unknown_polls = 0, unknown_since = NULL"
            f" WHERE job.id = :id AND job.unknown_polls > 0{OURS}",
            {"id": job_id, "me": db.process_id},
        )

    @writing
    def give_back_unknown(self, db: DbConnection, job_id: str) -> bool:
        """Refund a running job whose task stays unknown, and release its slot.

        Return False if nothing changed, because both were done before or the job has moved on.
        """
        rows = fetch_all(
            db,
            "UPDATE job SET given_back = 1, holds_slot = 0"
            " WHERE job.id = :id AND job.state = 'running'"
            f" AND (job.given_back = 0 OR job.holds_slot = 1){OURS}"
            " RETURNING id",
            {"id": job_id, "me": db.process_id},
        )
        db.notify()
        return any(rows)

    @writing
    def mark_not_sent(
        self,
        db: DbConnection,
        job_id: str,
        *,
        next_at: float,
        tries: int,
        form: SourceForm | None = None,
    ) -> None:
        """Record that the provider definitely does not have a job's submission.

        It is sent again at `next_at`. `form`: the form of its sources from then on; None leaves it
        unchanged.
        """
        db.execute(
            "UPDATE job SET sent_at = NULL, next_at = :next, tries = :tries, leased_until = 0,"
            " source_form = COALESCE(:form, job.source_form)"
            f" WHERE job.id = :id AND job.state = 'submitting'{OURS}",
            {"next": next_at, "tries": tries, "form": form, "id": job_id, "me": db.process_id},
        )
