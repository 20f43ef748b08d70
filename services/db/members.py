"""Users' own defaults, their recently used styles, and the forms that they have open."""

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
"""Number of a user's latest jobs that are searched for recently used styles."""


class MemberDefaults:
    """Reads and writes users' own defaults."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the provider that may refuse a default model."""
        self._thread = thread
        self._provider = provider

    @reading
    def get(self, db: DbConnection, user_id: int) -> Preferences:
        """Return a user's defaults as they are stored."""
        return _read(db, user_id)

    @reading
    def usable(self, db: DbConnection, user_id: int, *, now: float) -> Preferences:
        """Return a user's defaults, without a model that the provider refuses to us at present."""
        mine = _read(db, user_id)
        query = "SELECT 1 FROM closed_model WHERE provider = ? AND model = ? AND probe_at > ?"
        closed = db.execute(query, [self._provider, mine.model, now]).fetchone()
        return replace(mine, model=None) if closed else mine

    @writing
    def change(self, db: DbConnection, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some of a user's defaults, where None deletes one; return all of them afterwards."""
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
        """Return the style keys of a user's last jobs, the latest first, each once."""
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
"""How long a form draft is stored, in seconds: about as long as Discord's links to the chosen
images are valid (Discord, signed links)."""


# The choices that users made before a form opened, and decisions that moderators confirm later.


class FormDraftRows:
    """Stores, under a key, form drafts and decisions that wait for confirmation."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def save(self, db: DbConnection, key: str, form: OpenForm | OpenDecision) -> None:
        """Store a form draft or decision; its key begins with the time, as a job's id does."""
        db.execute(
            "INSERT INTO open_form (id, user_id, about) VALUES (?, ?, ?)",
            [key, form.user_id, msgspec.json.encode(form).decode()],
        )

    @reading
    def get(self, db: DbConnection, key: str) -> OpenForm | None:
        """Return the form draft stored under a key, or None."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=OpenForm)

    @reading
    def decision(self, db: DbConnection, key: str) -> OpenDecision | None:
        """Return the decision stored under a key; None if there is none or it is a form draft."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=OpenDecision)
        except msgspec.ValidationError:
            return None

    @writing
    def drop(self, db: DbConnection, *, before: str) -> int:
        """Delete form drafts and decisions whose keys sort before a key; return their number."""
        return db.execute("DELETE FROM open_form WHERE open_form.id < ?", [before]).rowcount
