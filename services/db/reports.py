"""Members' reports: who has reported which Job in which server, and how many of late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.db.connection import Backend, DbConnection, fetch_all
from services.db.sqlite_thread import queued, reading, writing

NO_GUILD = 0
"""Stands for a server's id where a report comes from a direct message or a group."""

KEPT_S = 90 * 24 * 3600.0
"""A report is remembered for so long."""

USER_REPORTS, USER_WINDOW_S = 5, 600.0
"""Reports of one member, wherever they are, within so many seconds."""

GUILD_REPORTS, GUILD_WINDOW_S = 10, 60.0
"""Reports that one server is sent within so many seconds, whoever reports."""

JOB_REPORTS = 4
"""Reports of one Job that are written to a server: more tell its moderators nothing new."""

Verdict = Literal["first", "another", "enough", "before", "too_many"]


@dataclass(frozen=True, slots=True)
class Filing:
    """What became of a report."""

    verdict: Verdict
    free_at: float = 0.0
    """When the next report is taken, of one that is one too many."""


class ReportBook:
    """Takes reports, each member's of each Job once a server."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @reading
    def judge(
        self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Tell what would become of a report."""
        return _judge(db, job_id, guild_id or NO_GUILD, user_id, now)

    @queued("report")
    def take(
        self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int, now: float
    ) -> Filing:
        """Take a report if it may be: several at once one after the other."""
        db.execute("DELETE FROM report WHERE at < ?", [now - KEPT_S])
        taken = _judge(db, job_id, guild_id or NO_GUILD, user_id, now)
        if taken.verdict in ("first", "another"):
            db.execute(
                "INSERT INTO report (job_id, guild_id, user_id, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (job_id, guild_id, user_id) DO NOTHING",
                [job_id, guild_id or NO_GUILD, user_id, now],
            )
        return taken

    @writing
    def drop(self, db: DbConnection, job_id: str, *, guild_id: int | None, user_id: int) -> None:
        """Take back a report that reached nobody: it may be made again."""
        db.execute(
            "DELETE FROM report WHERE job_id = ? AND guild_id = ? AND user_id = ?",
            [job_id, guild_id or NO_GUILD, user_id],
        )


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
    """Return when one more may come; 0: at once."""
    rows = fetch_all(
        db,
        f"SELECT report.at FROM report WHERE report.{column} = ? AND report.at > ?"
        " ORDER BY report.at DESC LIMIT ?",
        [value, now - window_s, most],
    )
    return rows[-1]["at"] + window_s if len(rows) == most else 0.0
