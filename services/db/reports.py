"""Reports by users: who reported which job in which server, and how many recently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.db.connection import Backend, DbConnection, fetch_all
from services.db.sqlite_thread import queued, reading, writing

NO_GUILD = 0
"""The guild id that is stored for a report from a direct message or a group."""

KEPT_S = 90 * 24 * 3600.0
"""How long a report is stored, in seconds."""

USER_REPORTS, USER_WINDOW_S = 5, 600.0
"""Maximum reports of one user in all places, within so many seconds."""

GUILD_REPORTS, GUILD_WINDOW_S = 10, 60.0
"""Maximum reports of all users sent to one server, within so many seconds."""

JOB_REPORTS = 4
"""Maximum reports of one job sent to a server; further ones tell its moderators nothing new."""

Verdict = Literal["first", "another", "enough", "before", "too_many"]
"""`first`, `another`: the report is accepted; `enough`: the job was reported often enough;
`before`: this user has reported it; `too_many`: this user or server has reached its limit."""


@dataclass(frozen=True, slots=True)
class Filing:
    """The decision whether a report is accepted."""

    verdict: Verdict
    free_at: float = 0.0
    """With verdict `too_many`: when the next report is accepted, in Unix seconds."""


class ReportBook:
    """Stores reports: one per user, job and server, within the limits above."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def judge(
        self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Return the decision that a report would get, without storing it."""
        return _judge(db, job_id, guild_id or NO_GUILD, user_id, now)

    @queued("report")
    def file(
        self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Store a report if the decision allows it; return the decision. Calls are serialized."""
        _expire(db, now)
        taken = _judge(db, job_id, guild_id or NO_GUILD, user_id, now)
        if taken.verdict in ("first", "another"):
            db.execute(
                "INSERT INTO report (job_id, guild_id, user_id, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (job_id, guild_id, user_id) DO NOTHING",
                [job_id, guild_id or NO_GUILD, user_id, now],
            )
        return taken

    @writing
    def expire(self, db: DbConnection, *, now: float) -> None:
        """Delete the reports that are older than 90 days (KEPT_S)."""
        _expire(db, now)

    @writing
    def drop(self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int) -> None:
        """Delete a report that could not be delivered, so that the user can report again."""
        db.execute(
            "DELETE FROM report WHERE job_id = ? AND guild_id = ? AND user_id = ?",
            [job_id, guild_id or NO_GUILD, user_id],
        )


def _expire(db: DbConnection, now: float) -> None:
    db.execute("DELETE FROM report WHERE at < ?", [now - KEPT_S])


def _judge(db: DbConnection, job_id: str, guild_id: int, user_id: int, now: float) -> Filing:
    query = "SELECT user_id FROM report WHERE job_id = ? AND guild_id = ?"
    reporters = {row["user_id"] for row in fetch_all(db, query, [job_id, guild_id])}
    if user_id in reporters:
        return Filing("before")
    if len(reporters) >= JOB_REPORTS:
        return Filing("enough")
    free_at = max(
        _free_at(db, "user_id", user_id, USER_REPORTS, USER_WINDOW_S, now),
        _free_at(db, "guild_id", guild_id, GUILD_REPORTS, GUILD_WINDOW_S, now),
    )
    if free_at:
        return Filing("too_many", free_at)
    return Filing("another" if reporters else "first")


def _free_at(
    db: DbConnection, column: str, value: int, most: int, window_s: float, now: float
) -> float:
    """Return when one more report is within a limit (Unix seconds); 0: now."""
    rows = fetch_all(
        db,
        f"SELECT report.at FROM report WHERE report.{column} = ? AND report.at > ?"
        " ORDER BY report.at DESC LIMIT ?",
        [value, now - window_s, most],
    )
    return rows[-1]["at"] + window_s if len(rows) == most else 0.0
