"""Deletion of prompts and other texts of old jobs; their numbers (units, times, cost) remain."""

from __future__ import annotations

from services.db.connection import Backend, DbConnection
from services.db.rows import mend_json
from services.db.sqlite_thread import writing

_UP_TO = "prompts_emptied"
"""Name of the note with the last job id that was processed, so that no row is processed twice."""

_OLD = """
SELECT job.id, job.next_at IS NULL AS is_over FROM job
WHERE job.id > :after AND job.id < :before ORDER BY job.id LIMIT :most
"""

_EMPTY = """
UPDATE job SET prompt = '', more = '[]',
    source = json_set(job.source, '$.name', '', '$.url', ''),
    outcome = CASE WHEN job.outcome IS NULL THEN NULL ELSE json_remove(job.outcome, '$.words') END
WHERE %s
"""
_SPAN = "job.id > :after AND job.id <= :last"


class Prompts:
    """Deletes the prompts and other texts of old jobs."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def empty(self, db: DbConnection, *, before: str, limit: int) -> int:
        """Delete the texts of at most `limit` of the oldest jobs with ids before `before`.

        Return how many were processed; 0: none is left. It stops at the first unfinished job and
        continues there the next time.
        """
        note = db.execute("SELECT text FROM note WHERE name = ?", [_UP_TO]).fetchone()
        span = {"after": note[0] if note else "", "before": before, "most": limit}
        done: list[str] = []
        for job_id, is_over in db.execute(_OLD, span):
            if not is_over:
                break
            done.append(job_id)
        if not done:
            return 0
        emptied = {"after": span["after"], "last": done[-1]}
        mend_json(db, _SPAN, emptied)
        db.execute(_EMPTY % _SPAN, emptied)
        db.execute(
            "INSERT INTO note (name, text) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            [_UP_TO, done[-1]],
        )
        return len(done)
