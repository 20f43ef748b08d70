"""What is kept about one member: handed out, and forgotten; the books stay as bare numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.db.access import keep_excluded
from services.db.connection import Backend, DbConnection, Row, fetch_all
from services.db.pending_deletes import note
from services.db.rows import jobs_of, mend_json, outcome_json, result_of
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
"""Empties what is personal in a row: what is left are states, times, units and cost."""

KEPT = frozenset({
    "job", "turn", "member_grant", "member_block", "member_reset", "blocked_user", "opt_out",
})  # fmt: skip
"""Tables with members in them that forgetting does not clear: the books, what moderators and
operators decided, the wish that others leave their images alone, and a member's place in the round
robin, which goes with the last of their rows: or they would be first again. Whatever else has a
`user_id` is the member's own, tables of later steps too."""


FORGOTTEN = 0
"""Whose a Job is when its day is over and it counts against nobody's limit any more."""


_NO_TURN = """
DELETE FROM turn WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.user_id = turn.user_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A Job of a member with its pictures."""

    job: Job
    results: Sequence[Result]


class Personal:
    """Reads and empties one member's rows."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @reading
    def jobs(self, db: DbConnection, user_id: int, *, after: str, limit: int = 200) -> list[Kept]:
        """Read a member's Jobs, the oldest first, from behind an id on."""
        rows = fetch_all(
            db,
            "SELECT * FROM job WHERE job.user_id = ? AND job.id > ? AND job.forgotten = 0"
            " ORDER BY job.id LIMIT ?",
            [user_id, after, limit],
        )
        return [_kept(db, job) for job in jobs_of(rows)[0]]

    @reading
    def of_member(self, db: DbConnection, user_id: int) -> dict[str, list[Row]]:
        """Read what else there is about a member, by kind."""
        return {
            table: fetch_all(db, f"SELECT * FROM {table} WHERE user_id = ?", [user_id])
            for table in db.tables_with("user_id")
            if table != "job"
        }

    @writing
    def forget(self, db: DbConnection, user_id: int, *, now: float) -> list[str]:
        """Cancel what waits, empty every row of a member; return the ids of all Jobs emptied.

        The member's id stays in the rows until the day they count in is over: limits hold.
        What is painted already goes on without them and is thrown away when it comes.
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
        """Empty one Job again: what came in after it was forgotten."""
        _empty(db, "job.forgotten = 1 AND job.id = ?", job_id)
        note(db, job_id)

    @writing
    def anonymize(self, db: DbConnection, *, today: str) -> int:
        """Take the member out of forgotten rows whose day is over; return how many there were."""
        cut = db.execute(
            "UPDATE job SET user_id = ?, task_id = '', channel_id = 0, message_id = NULL"
            " WHERE job.forgotten = 1 AND job.user_id <> 0 AND job.day < ?"
            " AND job.next_at IS NULL",
            [FORGOTTEN, today],
        ).rowcount
        if cut:
            db.execute(_NO_TURN)
        return cut


def _empty(db: DbConnection, where: str, value: int | str) -> None:
    mend_json(db, where, [value])
    for table in ("result", "posting"):
        jobs = f"SELECT job.id FROM job WHERE {where}"
        db.execute(f"DELETE FROM {table} WHERE {table}.job_id IN ({jobs})", [value])
    db.execute(_EMPTY % where, [value])


def _kept(db: DbConnection, job: Job) -> Kept:
    query = "SELECT * FROM result WHERE result.job_id = ? ORDER BY result.position"
    return Kept(job=job, results=[result_of(one) for one in fetch_all(db, query, [job.id])])
