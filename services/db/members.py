"""Users' own defaults, their recently used styles, and their open forms."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import msgspec

from services.db.connection import Backend, DbConnection, fetch_all, set_columns
from services.db.rows import record_from_row
from services.db.sqlite_thread import reading, writing
from services.models import OpenDecision, OpenForm, Preferences

_FIELDS = tuple(field.name for field in fields(Preferences))

LOOKED_AT = 60
"""Number of a user's latest jobs that are searched for styles."""


class MemberDefaults:
    """Reads and writes users' own defaults."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the provider whose closed models count."""
        self._thread = thread
        self._provider = provider

    @reading
    def get(self, db: DbConnection, user_id: int) -> Preferences:
        """Return a user's defaults."""
        return _read(db, user_id)

    @reading
    def usable(self, db: DbConnection, user_id: int, *, now: float) -> Preferences:
        """Return a user's defaults without a model that the provider refuses to us now."""
        mine = _read(db, user_id)
        query = "SELECT 1 FROM closed_model WHERE provider = ? AND model = ? AND probe_at > ?"
        closed = db.execute(query, [self._provider, mine.model, now]).fetchone()
        return replace(mine, model=None) if closed else mine

    @writing
    def change(self, db: DbConnection, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some of the defaults, where None deletes one; return all of them afterwards."""
        known = {name: values[name] for name in _FIELDS if name in values}
        set_columns(db, "member_preference", "user_id", {"user_id": user_id} | known)
        return _read(db, user_id)

    @writing
    def clear(self, db: DbConnection, user_id: int) -> bool:
        """Delete all defaults of a user; return whether there were any."""
        query = "DELETE FROM member_preference WHERE user_id = ? RETURNING user_id"
        return any(fetch_all(db, query, [user_id]))

    @reading
    def recent_styles(self, db: DbConnection, user_id: int) -> list[str]:
        """Return the styles of a user's last jobs, the latest first, each once."""
        rows = db.execute(
            "SELECT json_extract(job.options, '$.style') FROM job WHERE job.user_id = ?"
            " ORDER BY job.created_at DESC LIMIT ?",
            [user_id, LOOKED_AT],
        ).fetchall()
        return list(dict.fromkeys(style for (style,) in rows if style))


def _read(db: DbConnection, user_id: int) -> Preferences:
    rows = fetch_all(db, "SELECT * FROM member_preference WHERE user_id = ?", [user_id])
    return record_from_row(Preferences, rows[0]) if rows else Preferences()


LIFE_S = 24 * 3600.0
"""About as long as Discord's links to the chosen images are valid (Discord, signed links)."""


# The choices that users made before a form opened, stored as long as the form may be submitted.


class FormDraftRows:
    """Writes, reads and deletes open forms and decisions."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def save(self, db: DbConnection, key: str, form: OpenForm | OpenDecision) -> None:
        """Store a form or decision; its key begins with the time, as a job's id does."""
        db.execute(
            "INSERT INTO open_form (id, user_id, about) VALUES (?, ?, ?)",
            [key, form.user_id, msgspec.json.encode(form).decode()],
        )

    @reading
    def get(self, db: DbConnection, key: str) -> OpenForm | None:
        """Return the form stored under a key, or None."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=OpenForm)

    @reading
    def decision(self, db: DbConnection, key: str) -> OpenDecision | None:
        """Return the decision stored under a key; None also for the key of a form."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=OpenDecision)
        except msgspec.ValidationError:
            return None

    @writing
    def drop(self, db: DbConnection, *, before: str) -> int:
        """Delete every form whose key sorts before another key; return how many there were."""
        return db.execute("DELETE FROM open_form WHERE open_form.id < ?", [before]).rowcount
