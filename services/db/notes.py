"""Small texts under a name, such as the hash of the registered commands."""

from __future__ import annotations

from services.db.connection import Db, Transactions
from services.db.sqlite_thread import reading, writing


class Notes:
    """Notes."""

    def __init__(self, thread: Transactions) -> None:
        """Take the database."""
        self._thread = thread

    @reading
    def get(self, db: Db, name: str) -> str | None:
        """Read a note."""
        row = db.execute("SELECT text FROM note WHERE name = ?", [name]).fetchone()
        return None if row is None else row[0]

    @writing
    def put(self, db: Db, name: str, text: str) -> None:
        """Write a note over an earlier one."""
        db.execute(
            "INSERT INTO note (name, text) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            [name, text],
        )

    @writing
    def swap(self, db: Db, name: str, text: str) -> str | None:
        """Write a note and return what it was."""
        db.wait_for("note")
        row = db.execute("SELECT text FROM note WHERE name = ?", [name]).fetchone()
        db.execute(
            "INSERT INTO note (name, text) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            [name, text],
        )
        return None if row is None else row[0]
