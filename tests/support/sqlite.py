"""The one thread of a store that keeps its rows in a file, where a test has to look behind it."""

from __future__ import annotations

from services.db import Store
from services.db.sqlite_thread import DatabaseThread, StoreGroup


def thread_of(part: Store | StoreGroup) -> DatabaseThread:
    """Return the thread of a store, or of one of its parts."""
    thread = part._thread
    assert isinstance(thread, DatabaseThread), "PostgreSQL has several"
    return thread
