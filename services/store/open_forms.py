"""What members chose before a form opened, for as long as the form may come back."""

from __future__ import annotations

import msgspec

from services.models import OpenDecision, OpenForm
from services.store.db import Db, Transactions
from services.store.thread import reading, writing


class OpenForms:
    """Writes, reads and drops what forms are about."""

    def __init__(self, thread: Transactions) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def keep(self, db: Db, key: str, form: OpenForm | OpenDecision) -> None:
        """Write what a form or warning is about; its key begins with its time, as a Job's id."""
        db.execute(
            "INSERT INTO open_form (id, user_id, about) VALUES (?, ?, ?)",
            [key, form.user_id, msgspec.json.encode(form).decode()],
        )

    @reading
    def of(self, db: Db, key: str) -> OpenForm | None:
        """Read what the form under a key is about."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=OpenForm)

    @reading
    def decision(self, db: Db, key: str) -> OpenDecision | None:
        """Read what the warning under a key is about; None for a form's."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=OpenDecision)
        except msgspec.ValidationError:
            return None

    @writing
    def drop(self, db: Db, *, before: str) -> int:
        """Drop every form whose key sorts before another; return how many there were."""
        return db.execute("DELETE FROM open_form WHERE open_form.id < ?", [before]).rowcount
