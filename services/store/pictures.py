"""Pictures as rows: which came out of which, and what is forgotten once they are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from services.models import Ancestor, Job
from services.store.db import Db, Transactions, found
from services.store.deletions import note
from services.store.rows import job_of, mend_json
from services.store.thread import reading, writing


class Pictures:
    """Reads and forgets pictures."""

    def __init__(self, thread: Transactions) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def forget(self, db: Db, job_id: str) -> None:
        """Drop a Job's results and every address that leads to one of its pictures.

        Its files are noted as still to be deleted.
        """
        note(db, job_id)
        db.execute("DELETE FROM result WHERE result.job_id = ?", [job_id])
        mend_json(db, "job.id = ?", [job_id])
        db.execute(
            "UPDATE job SET source = json_set(job.source, '$.url', ''), images = NULL,"
            " more = (SELECT json_group_array(json_set(each.value, '$.url', ''))"
            " FROM json_each(job.more) AS each) WHERE job.id = ?",
            [job_id],
        )

    @reading
    def ancestors(self, db: Db, job: Job, *, most: int) -> list[Ancestor]:
        """Read which result a Job was made from, and that one's, the nearest first."""
        return list(islice(_ancestors(db, job), most))


def _ancestors(db: Db, job: Job) -> Iterator[Ancestor]:
    child: Job | None = job
    while child is not None:
        source = child.request.source
        if source.origin != "job":
            return
        child = _job(db, source.job_id)
        # Without a position it is the same request anew: its source is the other Job's.
        if source.position is not None:
            yield Ancestor(job_id=source.job_id, job=child, position=source.position)


def _job(db: Db, job_id: str) -> Job | None:
    rows = found(db, "SELECT * FROM job WHERE job.id = ?", [job_id])
    return next(map(job_of, rows), None)
