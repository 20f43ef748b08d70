"""New databases by copy and without a sync to disk: migrations run once per process.

An existing file still runs its migrations. Tests of the migrations use `run_migrations`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

from sqlite_utils import Database

from services.db import sqlite_file
from services.db.migrations import MIGRATIONS

_take_steps = sqlite_file._migrate


@contextmanager
def copy_new_databases() -> Generator[None]:
    """Make new databases copies of one model while the block runs."""
    copying = Lock()  # each store has a thread of its own, the model is one
    with closing(_in_memory()) as model:
        MIGRATIONS.apply(Database(model, strict=True, execute_plugins=False))

        def bring_up(db: Database, path: Path) -> None:
            if sqlite_file.steps_taken(db):
                _take_steps(db, path)
            else:
                with copying:
                    model.backup(db.conn)
                db.execute("PRAGMA synchronous=OFF")  # no power failure is simulated

        with _migrating_by(bring_up):
            yield


@contextmanager
def run_migrations() -> Generator[None]:
    """Run the migrations in every database while the block runs."""
    with _migrating_by(_take_steps):
        yield


def _in_memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


@contextmanager
def _migrating_by(way: Callable[[Database, Path], None]) -> Generator[None]:
    before, sqlite_file._migrate = sqlite_file._migrate, way
    try:
        yield
    finally:
        sqlite_file._migrate = before
