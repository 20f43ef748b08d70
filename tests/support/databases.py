"""The database of a simulated world: a SQLite file, or a PostgreSQL on the test's clock."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

from services.settings.loading import Settings
from tests.support.postgresql import Server
from tests.support.time import HandClock

BOOK = "SELECT id, told_at FROM job ORDER BY "
Reader = Callable[[], list[tuple[str, float | None]]]
"""Reads the ids of the bot's committed jobs, the oldest first, and when the user was notified of
each outcome; called at every turn of the loop.
"""
NAME = "simulated"


def lend_database(server: Server, clock: HandClock, folder: Path) -> str:
    """Lend a folder's database, empty at first, that follows the clock; return its address."""
    place, hand = server.lend(NAME, folder)
    hand.set(clock.now())
    clock.on_move = lambda seconds: hand.set(clock.now() + seconds)
    return place.reveal()


def open_reader(stack: AsyncExitStack, settings: Settings) -> Reader:
    """Open the committed rows for reading."""
    if settings.database_url is not None:
        import psycopg  # noqa: PLC0415  optional dependency

        shared = psycopg.connect(settings.database_url.reveal(), autocommit=True)
        stack.enter_context(closing(shared))
        return lambda: shared.execute(f"{BOOK} number".encode()).fetchall()
    file = stack.enter_context(closing(sqlite3.connect(settings.database_path)))
    return lambda: file.execute(f"{BOOK} rowid").fetchall()


def ask(settings: Settings, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on the database, apart from the bot; `?` stands for a value."""
    if settings.database_url is not None:
        import psycopg  # noqa: PLC0415  optional dependency

        with psycopg.connect(settings.database_url.reveal(), autocommit=True) as shared:
            answer = shared.execute(statement.replace("?", "%s").encode(), values)
            return answer.fetchall() if answer.description else []
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as file:
        file.execute("PRAGMA foreign_keys = ON")
        return file.execute(statement, values).fetchall()


def change(settings: Settings, column: str, job_id: str, **fields: object) -> None:
    """Change fields of a JSON column in a job's row."""
    [(held,)] = ask(settings, f"SELECT {column} FROM job WHERE id = ?", job_id)
    told = json.dumps(json.loads(held) | fields)
    ask(settings, f"UPDATE job SET {column} = ? WHERE id = ?", told, job_id)
