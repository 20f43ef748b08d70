"""What others than the engine's own steps note of a Job, whichever process takes it next."""

from __future__ import annotations

from services.models import Job, Outcome
from services.store.db import Db, found
from services.store.job_reads import JobReads
from services.store.rows import outcome_json, place_json
from services.store.thread import writing


class JobHints(JobReads):
    """Notes; the engines hear of those that make something due."""

    @writing
    def hurry(self, db: Db, job_id: str, *, now: float) -> bool:
        """Make the next look at a Job's Task due at `now`, never later than it was.

        Also where a submission's answer was lost: somebody knows of it. Not once the Task was seen
        over: then its images wait to be fetched. True if there is a look.
        """
        rows = found(
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
    def answered(self, db: Db, job_id: str, message_id: int | None) -> None:
        """Let a Job be taken up: its member was answered, by that message if one is known."""
        db.execute(
            "UPDATE job SET message_id = COALESCE(?, job.message_id),"
            " leased_until = CASE WHEN job.state = 'queued' THEN 0 ELSE job.leased_until END"
            " WHERE job.id = ?",
            [message_id, job_id],
        )
        db.notify()

    @writing
    def withdraw(self, db: Db, job_id: str, *, outcome: Outcome, now: float) -> bool:
        """End a queued Job that another process has taken too; there is nobody to tell."""
        rows = found(
            db,
            "UPDATE job SET state = 'cancelled', outcome = :outcome, given_back = 1,"
            " ended_at = :now, told_at = :now, next_at = NULL, leased_until = 0,"
            " place = json_set(job.place, '$.token', '')"
            " WHERE job.id = :id AND job.state = 'queued' RETURNING id",
            {"outcome": outcome_json(outcome), "now": now, "id": job_id},
        )
        return any(rows)

    @writing
    def count_opening(self, db: Db, job_id: str) -> int:
        """Note that one of a Job's images is about to be opened; return how often that is noted.

        The note outlives a process that dies over the image; nothing waits for it (no notice).
        """
        rows = found(
            db,
            "UPDATE job SET open_tries = job.open_tries + 1 WHERE job.id = ? RETURNING open_tries",
            [job_id],
        )
        return next((row["open_tries"] for row in rows), 0)

    @writing
    def uncount_opening(self, db: Db, job_id: str) -> None:
        """Take such a note back: the image is closed, and the process lives."""
        db.execute(
            "UPDATE job SET open_tries = job.open_tries - 1"
            " WHERE job.id = ? AND job.open_tries > 0",
            [job_id],
        )

    @writing
    def tell_again(self, db: Db, job: Job, *, now: float) -> None:
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
    def place_message(self, db: Db, job_id: str, message_id: int) -> None:
        """Keep which message stands for the Job."""
        db.execute("UPDATE job SET message_id = ? WHERE job.id = ?", [message_id, job_id])
