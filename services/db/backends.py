"""PostgreSQL, for whoever has set DATABASE_URL: nobody else loads any of it."""

# ruff: noqa: PLC0415 -- the point of this module

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from services.db.backups import Moved
from services.db.connection import Backend
from services.errors import ConfigError
from services.settings.types import Secret


def on_postgresql(address: Secret) -> Backend:
    """Return what runs the store's calls there; ConfigError without psycopg."""
    with _psycopg():
        from services.db.postgresql.pool import DatabaseThreads
    return DatabaseThreads(address.reveal())


async def move(path: Path, address: Secret) -> Moved:
    """Move a SQLite file's rows there; ConfigError, StoreUnavailable, and then nothing is done."""
    with _psycopg():
        from services.db.postgresql import import_sqlite
    return await asyncio.to_thread(import_sqlite.move, path, address.reveal())


@contextmanager
def _psycopg() -> Generator[None]:
    try:
        yield
    except ImportError as error:
        words = f"psycopg can not be loaded ({error}); pip install -r requirements-postgresql.txt"
        raise ConfigError([f"DATABASE_URL: {words}"]) from error
