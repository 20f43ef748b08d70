"""A user's own jobs: list, cancel, withhold, record other postings, claim the one mention."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from services.db.connection import Backend, DbConnection, fetch_all
from services.db.pending_deletes import note
from services.db.rows import job_from_row, jobs_from_rows, mend_json, outcome_json, result_from_row
from services.db.sqlite_thread import reading, writing
from services.models import Ancestor, Entry, Job, Outcome, Page, Posting, State

_MINE = "job.user_id = :user_id AND job.forgotten = 0"
_HERE = " AND job.guild_id = :guild_id"

_FIRST = "SELECT result.* FROM result WHERE result.job_id = ? ORDER BY result.position LIMIT 1"

_CANCEL = """
UPDATE job SET state = 'cancelled', outcome = :outcome, given_back = 1, ended_at = :now,
    next_at = :now, tries = 0, leased_until = 0
WHERE job.id = :id
AND (job.state = 'queued' OR (job.state = 'submitting' AND job.sent_at IS NULL))
RETURNING job.id
"""

_WITHHOLD = """
UPDATE job SET withheld = 1
WHERE job.id = ? AND job.state IN ('queued', 'submitting', 'running') RETURNING job.id
"""

_HIDE = """
UPDATE job SET options = json_set(job.options, '$.spoiler', json('true'))
WHERE job.id = ? AND job.guild_id = ? AND job.forgotten = 0
"""

_PING = """
UPDATE job SET pinged_at = :now WHERE job.id = :id AND job.pinged_at IS NULL RETURNING *
"""


class MemberJobRows:
    """Reads jobs for their users, and changes what users and moderators may change of them."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def page(
        self, db: DbConnection, user_id: int, *, guild_id: int | None, number: int, limit: int
    ) -> Page:
        """Return a page of a user's jobs, of one server or (None) of all.

        A number beyond the last page returns the last page.
        """
        where = _MINE + ("" if guild_id is None else _HERE)
        values = {"user_id": user_id, "guild_id": guild_id, "most": limit}
        (count,) = db.execute(f"SELECT COUNT(*) FROM job WHERE {where}", values).fetchone()
        pages = max(-(-count // limit), 1)
        number = min(max(number, 0), pages - 1)
        rows = fetch_all(
            db,
            f"SELECT * FROM job WHERE {where} ORDER BY job.created_at DESC, job.id DESC"
            " LIMIT :most OFFSET :skipped",
            values | {"skipped": number * limit},
        )
        entries = tuple(_entry(db, job) for job in jobs_from_rows(rows)[0])
        return Page(entries=entries, number=number, pages=pages)

    @writing
    def cancel(self, db: DbConnection, job_id: str, *, outcome: Outcome, now: float) -> bool:
        """Cancel a job of which the provider cannot have a submission; refund its units.

        Return False if it is too late.
        """
        values = {"id": job_id, "outcome": outcome_json(outcome), "now": now}
        return any(fetch_all(db, _CANCEL, values))

    @writing
    def withhold(self, db: DbConnection, job_id: str) -> bool:
        """Mark an unfinished job: its images are stored but not posted; False: it is too late."""
        return any(fetch_all(db, _WITHHOLD, [job_id]))

    @writing
    def take_ping(self, db: DbConnection, job_id: str, *, now: float) -> Job | None:
        """Claim the only mention of a job's user; return the job, None if it was claimed before."""
        return next(
            (job_from_row(row) for row in fetch_all(db, _PING, {"id": job_id, "now": now})), None
        )

    @writing
    def note_posting(
        self,
        db: DbConnection,
        job_id: str,
        *,
        message_id: int | None,
        channel_id: int,
        guild_id: int | None,
    ) -> None:
        """Record that images reached their user by another message.

        `message_id` is that message's if others can see it too. Nothing is charged: the units were
        spent when the images were generated.
        """
        db.execute(
            "UPDATE job SET state = 'delivered' WHERE job.id = ? AND job.state = 'undelivered'",
            [job_id],
        )
        if message_id is not None:
            db.execute(
                "INSERT INTO posting (job_id, message_id, channel_id, guild_id)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (job_id, message_id) DO NOTHING",
                [job_id, message_id, channel_id, guild_id],
            )

    @reading
    def postings(self, db: DbConnection, job_id: str) -> list[Posting]:
        """Return the messages, besides the job's own one, that contain its images."""
        query = (
            "SELECT posting.message_id, posting.channel_id, posting.guild_id"
            " FROM posting WHERE posting.job_id = ?"
        )
        return [Posting(**row) for row in fetch_all(db, query, [job_id])]

    @reading
    def is_posted_in(self, db: DbConnection, job_id: str, guild_id: int) -> bool:
        """Return whether a server has such messages with a job's images."""
        query = "SELECT 1 FROM posting WHERE posting.job_id = ? AND posting.guild_id = ?"
        return db.execute(query, [job_id, guild_id]).fetchone() is not None

    @writing
    def hide(self, db: DbConnection, job_id: str, guild_id: int) -> None:
        """Mark a job's images as spoilers in a server: in its own one, or in messages elsewhere."""
        db.execute(_HIDE, [job_id, guild_id])
        db.execute(
            "UPDATE posting SET hidden = 1 WHERE posting.job_id = ? AND posting.guild_id = ?",
            [job_id, guild_id],
        )

    @reading
    def is_hidden_in(self, db: DbConnection, job_id: str, guild_id: int) -> bool:
        """Return whether moderators of a server hid the job's images posted there as spoilers."""
        query = (
            "SELECT 1 FROM posting"
            " WHERE posting.job_id = ? AND posting.guild_id = ? AND posting.hidden = 1"
        )
        return db.execute(query, [job_id, guild_id]).fetchone() is not None


def _entry(db: DbConnection, job: Job) -> Entry:
    first = next((result_from_row(row) for row in fetch_all(db, _FIRST, [job.id])), None)
    return Entry(job=job, first=first if job.state in SHOWN else None)


SHOWN = (State.DELIVERED, State.UNDELIVERED)
"""States in which a list of jobs shows an image; in earlier ones the image is not delivered yet."""


# Result images: from which other images they were made, and deletion of their addresses.


class Pictures:
    """Reads from which results an image was made, and deletes results and addresses."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def delete_all(self, db: DbConnection, job_id: str) -> None:
        """Delete a job's results and every stored address of one of its images.

        Record that its files still have to be deleted.
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
    def ancestors(self, db: DbConnection, job: Job, *, limit: int) -> list[Ancestor]:
        """Return the result that a job was made from, then that result's own, and so on."""
        return list(islice(_ancestors(db, job), limit))


def _ancestors(db: DbConnection, job: Job) -> Iterator[Ancestor]:
    child: Job | None = job
    while child is not None:
        source = child.request.source
        if source.origin != "job":
            return
        child = _job(db, source.job_id)
        # Without a position the job repeats a request: its source is the other job's source.
        if source.position is not None:
            yield Ancestor(job_id=source.job_id, job=child, position=source.position)


def _job(db: DbConnection, job_id: str) -> Job | None:
    rows = fetch_all(db, "SELECT * FROM job WHERE job.id = ?", [job_id])
    return next(map(job_from_row, rows), None)
