"""New databases by copy: the steps of the schema are taken once a process, not once a test.

A file that has been through any step goes on by the steps themselves. Tests of the steps ask for
`taken_anew`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

from sqlite_utils import Database

from services.store import opening
from services.store.migrations import MIGRATIONS

_take_steps = opening._migrate
_copying = Lock()


def bring_up(db: Database, path: Path) -> None:
    """Do what `services.store.opening` does; to a file without tables by copying them."""
    if opening.steps_taken(db):
        _take_steps(db, path)
    else:
        with _copying:  # each store has a thread of its own, the model is one
            _model().backup(db.conn)


@cache
def _model() -> sqlite3.Connection:
    model = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    MIGRATIONS.apply(Database(model, strict=True, execute_plugins=False))
    return model


@contextmanager
def copied() -> Generator[None]:
    """Let new databases be copies while the block runs."""
    before, opening._migrate = opening._migrate, bring_up
    yield
    opening._migrate = before


@contextmanager
def taken_anew() -> Generator[None]:
    """Let every database take the steps while the block runs."""
    before, opening._migrate = opening._migrate, _take_steps
    yield
    opening._migrate = before
