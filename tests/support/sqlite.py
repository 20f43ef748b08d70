"""The single thread of a SQLite store, for tests that read behind the store."""

from __future__ import annotations

from services.db import Store
from services.db.sqlite_thread import DatabaseThread, StoreGroup


def thread_of(part: Store | StoreGroup) -> DatabaseThread:
    """Return the thread of a store, or of one of its parts."""
    thread = part._thread
    assert isinstance(thread, DatabaseThread), "PostgreSQL has several"
    return thread
