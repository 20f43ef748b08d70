"""Access to the PostgreSQL backend, which is imported only if DATABASE_URL is set."""

# ruff: noqa: PLC0415 -- the point of this module

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from services.db.backups import Moved
from services.db.connection import Backend
from services.errors import ConfigError
from services.settings import Secret


def on_postgresql(address: Secret) -> Backend:
    """Return the backend for a PostgreSQL address; `address` is DATABASE_URL.

    Raises ConfigError if psycopg is not installed.
    """
    with _psycopg():
        from services.db.postgresql.pool import DatabaseThreads
    return DatabaseThreads(address.reveal())


async def move(path: Path, address: Secret) -> Moved:
    """Copy all rows of a SQLite file to PostgreSQL; return the numbers of rows and their totals.

    Raises ConfigError or StoreUnavailable; then nothing is written.
    """
    with _psycopg():
        from services.db.postgresql import import_sqlite
    return await asyncio.to_thread(import_sqlite.move, path, address.reveal())


@contextmanager
def _psycopg() -> Generator[None]:
    try:
        yield
    except ImportError as error:
        words = f"psycopg cannot be loaded ({error}); pip install -r requirements-postgresql.txt"
        raise ConfigError([f"DATABASE_URL: {words}"]) from error
