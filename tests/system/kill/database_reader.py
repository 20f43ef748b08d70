"""The harness's own reading of a bot's rows, for both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.discord.core.json_types import Json
from tests.support.postgresql import Server

OPEN = "next_at IS NOT NULL AND (state <> 'uncertain' OR told_at IS NULL)"
"""Condition of jobs that are not over: a step is due. An uncertain job counts as over once its user
was notified; its task is looked up until KLING_GIVE_UP.
"""

_COUNTS = f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {OPEN}) FROM job"


class DatabaseReader(Protocol):
    """Reads the database apart from the bot."""

    def rows(self, where: str = "TRUE") -> list[Json]:
        """Return jobs, the oldest first; none while there is no database."""
        ...

    def counts(self) -> tuple[int, int]:
        """Return the number of jobs, and of those not over; ConnectionError without a database."""
        ...

    def integrity(self) -> list[str]:
        """Run the database's own check: "ok", or what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteReader:
    """A SQLite file."""

    path: Path

    def rows(self, where: str = "TRUE") -> list[Json]:
        if not self.path.exists():
            return []
        with closing(self._opened()) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute(f"SELECT * FROM job WHERE {where} ORDER BY id")
            return [dict(row) for row in rows]

    def counts(self) -> tuple[int, int]:
        try:
            with closing(self._opened()) as db:
                return db.execute(_COUNTS).fetchone()
        except sqlite3.OperationalError as error:  # not created yet
            raise ConnectionError from error

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)

    def integrity(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as db:
            found = [row[0] for row in db.execute("PRAGMA integrity_check")]
            return found + [str(row) for row in db.execute("PRAGMA foreign_key_check")]


@dataclass(frozen=True, slots=True)
class PostgresqlReader:
    """A PostgreSQL database, on a new connection for each call."""

    server: Server
    name: str

    def rows(self, where: str = "TRUE") -> list[Json]:
        query = f"SELECT to_jsonb(job) FROM job WHERE {where} ORDER BY id"
        return [row for (row,) in self.server.ask(query, name=self.name)]

    def counts(self) -> tuple[int, int]:
        import psycopg  # noqa: PLC0415  optional dependency

        try:
            [(jobs, unfinished)] = self.server.ask(_COUNTS, name=self.name)
        except psycopg.Error as error:  # not created yet, or unavailable
            raise ConnectionError from error
        return jobs, unfinished

    def integrity(self) -> list[str]:
        """Compare each index with its table, if PostgreSQL's own tool for it is available."""
        known = "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"
        if not self.server.ask(known, name=self.name):
            return ["ok"]
        self.server.ask("CREATE EXTENSION IF NOT EXISTS amcheck", name=self.name)
        query = (
            "SELECT bt_index_check(index.indexrelid, true) FROM pg_index AS index"
            " JOIN pg_class AS ours ON ours.oid = index.indrelid"
            " WHERE ours.relnamespace = 'public'::regnamespace"
        )
        import psycopg  # noqa: PLC0415

        try:
            self.server.ask(query, name=self.name)
        except psycopg.Error as error:
            return [str(error)]
        return ["ok"]

    def lift_limits(self, members: list[int], guilds: list[int], *, units: int) -> None:
        """Give members as good as no limit: a grant in each server, as moderators make them."""
        self.server.ask(
            "INSERT INTO member_grant (guild_id, user_id, units, reason, set_by, at)"
            " SELECT guild, member, %s, '', 1, 0 FROM unnest(%s::bigint[]) AS guild,"
            " unnest(%s::bigint[]) AS member",
            units,
            guilds,
            members,
            name=self.name,
        )
