"""Personal data of one user: export and deletion; usage and cost remain without a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.db.access import keep_excluded
from services.db.connection import Backend, DbConnection, Row, fetch_all
from services.db.pending_deletes import note
from services.db.rows import jobs_from_rows, mend_json, outcome_json, result_from_row
from services.db.sqlite_thread import reading, writing
from services.models import Job, Outcome, Result

_CANCEL_ALL = """
UPDATE job SET state = 'cancelled', outcome = :outcome, given_back = 1, ended_at = :now,
    next_at = :now, tries = 0, leased_until = 0
WHERE job.user_id = :user_id
AND (job.state = 'queued' OR (job.state = 'submitting' AND job.sent_at IS NULL))
"""

_EMPTY = """
UPDATE job SET forgotten = 1, withheld = 1, prompt = '', images = NULL,
    source = '{"url": ""}', options = json_set(job.options, '$.style', NULL),
    outcome = CASE WHEN job.outcome IS NULL THEN NULL
        ELSE '{"key": "' || json_extract(job.outcome, '$.key') || '"}' END,
    place = '{"application_id": 0, "token": "", "asked_at": ' || job.created_at || '}',
    channel_id = 0, message_id = NULL, interaction_id = -job.rowid,
    more = '[]'
WHERE %s
"""
"""SQL that deletes the personal fields of rows; states, times, units and cost remain."""

KEPT = frozenset({
    "job", "turn", "member_grant", "member_block", "member_reset", "blocked_user", "opt_out",
})  # fmt: skip
"""Tables with user ids that a deletion of personal data does not clear: jobs (usage and cost),
decisions of moderators and operators, the opt-out of images, and the user's round-robin position.
That position is deleted with the last of their rows; otherwise they would be first again. Any other
table with a `user_id` holds the user's own data and is cleared, including tables of later migration
steps."""


FORGOTTEN = 0
"""The user id of a job whose user deleted their data, once its quota day is over and it counts
against no user's limit."""


_DELETE_TURN = """
DELETE FROM turn WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.user_id = turn.user_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A user's job with its results."""

    job: Job
    results: Sequence[Result]


class Personal:
    """Reads and deletes one user's data."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def jobs(
        self, db: DbConnection, user_id: int, *, after: str, limit: int = 200
    ) -> list[StoredJob]:
        """Return a user's jobs with ids after `after`, the oldest first, without emptied ones."""
        rows = fetch_all(
            db,
            "SELECT * FROM job WHERE job.user_id = ? AND job.id > ? AND job.forgotten = 0"
            " ORDER BY job.id LIMIT ?",
            [user_id, after, limit],
        )
        return [_stored_job(db, job) for job in jobs_from_rows(rows)[0]]

    @reading
    def read_rows(self, db: DbConnection, user_id: int) -> dict[str, list[Row]]:
        """Return all rows with a user's id, by table; the table of jobs is left out."""
        return {
            table: fetch_all(db, f"SELECT * FROM {table} WHERE user_id = ?", [user_id])
            for table in db.tables_with("user_id")
            if table != "job"
        }

    @writing
    def erase(self, db: DbConnection, user_id: int, *, now: float) -> list[str]:
        """Cancel a user's waiting jobs and delete their data; return the ids of all emptied jobs.

        The user id remains in the rows until the quota day in which they count is over, so that
        limits hold. Images that are being generated are deleted when they arrive.
        """
        outcome = outcome_json(Outcome(key="cancelled"))
        db.execute(_CANCEL_ALL, {"user_id": user_id, "outcome": outcome, "now": now})
        ids = [
            row[0]
            for row in db.execute(
                "SELECT job.id FROM job WHERE job.user_id = ? AND job.forgotten = 0", [user_id]
            )
        ]
        keep_excluded(db, user_id)
        _empty(db, "job.user_id = ?", user_id)
        for table in db.tables_with("user_id") - KEPT:
            db.execute(f"DELETE FROM {table} WHERE user_id = ?", [user_id])
        for job_id in ids:
            note(db, job_id)
        return ids

    @writing
    def wipe(self, db: DbConnection, job_id: str) -> None:
        """Empty a job's row again: a step may have written to it after the user's deletion."""
        _empty(db, "job.forgotten = 1 AND job.id = ?", job_id)
        note(db, job_id)

    @writing
    def anonymize(self, db: DbConnection, *, today: str) -> int:
        """Remove the user id from emptied rows whose quota day is over; return their number."""
        cut = db.execute(
            "UPDATE job SET user_id = ?, task_id = '', channel_id = 0, message_id = NULL"
            " WHERE job.forgotten = 1 AND job.user_id <> 0 AND job.day < ?"
            " AND job.next_at IS NULL",
            [FORGOTTEN, today],
        ).rowcount
        if cut:
            db.execute(_DELETE_TURN)
        return cut


def _empty(db: DbConnection, where: str, value: int | str) -> None:
    mend_json(db, where, [value])
    for table in ("result", "posting"):
        jobs = f"SELECT job.id FROM job WHERE {where}"
        db.execute(f"DELETE FROM {table} WHERE {table}.job_id IN ({jobs})", [value])
    db.execute(_EMPTY % where, [value])


def _stored_job(db: DbConnection, job: Job) -> StoredJob:
    query = "SELECT * FROM result WHERE result.job_id = ? ORDER BY result.position"
    return StoredJob(
        job=job, results=[result_from_row(one) for one in fetch_all(db, query, [job.id])]
    )
