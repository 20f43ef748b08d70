"""Databases of a given size: one real job, made by the store itself, multiplied in SQL."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from services.db import Store
from services.models import Limits, Options, ReplyTarget, Request, Source, State, Window

NOW = 1_795_348_800.0
WINDOW = Window(day="2026-11-22", starts_at=NOW - 43_200, resets_at=NOW + 43_200)
PROVIDER = "bench"
A_SERVER = 10
PARTS = {
    "allowed_channel (guild_id, channel_id)": "1 + value / 10, 50 + value % 10",
    "role_limit (guild_id, role_id, units)": "1 + value / 10, value, 20",
    "blocked_word (guild_id, word, phrase)": "1 + value / 10, 'word' || value, 'word' || value",
}
_ids = count(1)


def a_request(user_id: int = 1, guild_id: int = 5) -> Request:
    """Return a request with its own interaction id."""
    place = ReplyTarget(
        application_id=9,
        interaction_id=next(_ids),
        token="t" * 200,
        asked_at=NOW,
        channel_id=50,
        guild_id=guild_id,
        can_post=True,
    )
    return Request(
        user_id=user_id,
        prompt="as an oil painting of a quiet harbour in the morning",
        options=Options(model="kling-v3"),
        source=Source(url="https://cdn.discordapp.com/attachments/1/2/cat.png", name="cat.png"),
        place=place,
    )


def job_id(number: int) -> str:
    """Return an id that sorts before those of real jobs."""
    return f"{number:022d}"


async def accept(store: Store, number: int, *, user_id: int | None = None) -> str:
    """Accept a job and return its id."""
    request = a_request(user_id=user_id or number)
    accepted = await store.admission.accept(
        request, job_id=f"1{number:021d}", limits=Limits(), window=WINDOW, now=NOW
    )
    return accepted.job.id


async def insert_jobs(path: Path, size: int, *, state: State, next_at: float | None) -> None:
    """Fill a new database with `size` jobs in one state; days and members vary."""
    async with Store(path, provider=PROVIDER) as store:
        await accept(store, 0)
    await asyncio.to_thread(_multiply, path, size, state, next_at)


def _multiply(path: Path, size: int, state: State, next_at: float | None) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # No other process reads the file, and it is deleted afterwards: it need not be durable.
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -200000")
        indexes = _without_indexes(db)
        names = [row[1] for row in db.execute("PRAGMA table_info(job)")]
        values = {name: f"job.{name}" for name in names} | {
            "id": "printf('%022d', n.value)",
            "interaction_id": "-n.value",
            "user_id": "1 + n.value % 5000",
            "guild_id": "1 + n.value % 500",
            "day": "date('2026-11-22', '-' || (1 + n.value % 365) || ' days')",
            "state": ":state",
            "next_at": ":next_at",
            "task_id": "'t' || n.value",
            "submitted_at": "job.created_at - n.value",
            "ready_at": "CASE WHEN :state = 'delivered' THEN job.created_at - n.value + 20 END",
            "told_at": "CASE WHEN :state = 'delivered' THEN job.created_at END",
        }
        db.execute("BEGIN")
        db.execute(
            f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"  # noqa: S608
            f" WHERE value < :size) INSERT INTO job ({', '.join(names)})"
            f" SELECT {', '.join(values[name] for name in names)} FROM n, job",
            {"size": size, "state": state.value, "next_at": next_at},
        )
        db.execute("DELETE FROM job WHERE interaction_id > 0")
        db.execute("COMMIT")
        for made in indexes:
            db.execute(made)
        db.execute("ANALYZE")


def _without_indexes(db: sqlite3.Connection) -> list[str]:
    """Drop the indexes of `job` and return their SQL; creating them at the end is far quicker."""
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'job' AND sql"
    found = db.execute(named).fetchall()
    for name, _ in found:
        db.execute(f"DROP INDEX {name}")
    return [made for _, made in found]


def settle_in(path: Path, servers: int) -> None:
    """Insert settings for `servers` servers, each with ten channels, roles and words."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        many = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"
        db.execute(
            f"{many} WHERE value < ?) INSERT INTO guild (guild_id, user_daily)"  # noqa: S608
            " SELECT value, 10 FROM n",
            [servers],
        )
        for table, columns in PARTS.items():
            db.execute(
                f"{many} WHERE value < ?) INSERT INTO {table} SELECT {columns} FROM n",  # noqa: S608
                [servers * A_SERVER],
            )
        db.execute("COMMIT")
        db.execute("ANALYZE")
