"""Notes: short texts stored under a name, such as the hash of the registered commands."""

from __future__ import annotations

from services.db.connection import Backend, DbConnection
from services.db.sqlite_thread import reading, writing

RESTORED_UNTIL = "restored_until"
"""Name of the note with the time of the latest submission in a restored backup (Unix seconds)."""


def restored_until(db: DbConnection) -> float:
    """Return the time of the latest submission in the restored backup; 0.0: none was restored."""
    row = db.execute("SELECT text FROM note WHERE name = ?", [RESTORED_UNTIL]).fetchone()
    return 0.0 if row is None else float(row[0])


class Notes:
    """Reads and writes notes."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def get(self, db: DbConnection, name: str) -> str | None:
        """Return the text of a note, or None."""
        row = db.execute("SELECT text FROM note WHERE name = ?", [name]).fetchone()
        return None if row is None else row[0]

    @writing
    def put(self, db: DbConnection, name: str, text: str) -> None:
        """Store a note, replacing an earlier one."""
        db.execute(
            "INSERT INTO note (name, text) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            [name, text],
        )

    @writing
    def swap(self, db: DbConnection, name: str, text: str) -> str | None:
        """Store a note and return its old text (None: it had none); calls are serialized."""
        db.lock("note")
        row = db.execute("SELECT text FROM note WHERE name = ?", [name]).fetchone()
        db.execute(
            "INSERT INTO note (name, text) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            [name, text],
        )
        return None if row is None else row[0]
