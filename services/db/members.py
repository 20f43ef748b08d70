"""Members' own defaults, and the styles that they took last."""

from __future__ import annotations

from typing import Any

import msgspec

from services.db.connection import Backend, DbConnection, fetch_all
from services.db.sqlite_thread import reading, writing
from services.models import OpenDecision, OpenForm, Preferences

_FIELDS = ("model", "style", "count", "ratio", "format", "private", "spoiler")
_SWITCHES = ("private", "spoiler")

LOOKED_AT = 60
"""Jobs of a member that are looked through for styles."""


class MemberDefaults:
    """Reads and writes what a member prefers."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the provider whose closed models count."""
        self._thread = thread
        self._provider = provider

    @reading
    def of(self, db: DbConnection, user_id: int) -> Preferences:
        """Read a member's defaults."""
        return _of(db, user_id)

    @reading
    def usable(self, db: DbConnection, user_id: int, *, now: float) -> Preferences:
        """Read the same, without a model that the provider does not open to us now."""
        mine = _of(db, user_id)
        query = "SELECT 1 FROM closed_model WHERE provider = ? AND model = ? AND probe_at > ?"
        closed = db.execute(query, [self._provider, mine.model, now]).fetchone()
        return _without(mine, "model") if closed else mine

    @writing
    def change(self, db: DbConnection, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some of the defaults, None takes one back; return them all as they are then."""
        names = [name for name in _FIELDS if name in values]
        db.execute(
            "INSERT INTO member_preference (user_id) VALUES (?) ON CONFLICT (user_id) DO NOTHING",
            [user_id],
        )
        if names:
            given = ", ".join(f"{name} = :{name}" for name in names)
            db.execute(
                f"UPDATE member_preference SET {given} WHERE user_id = :user_id",
                {name: values[name] for name in names} | {"user_id": user_id},
            )
        return _of(db, user_id)

    @writing
    def forget(self, db: DbConnection, user_id: int) -> bool:
        """Take all of them back; True if there were any."""
        query = "DELETE FROM member_preference WHERE user_id = ? RETURNING user_id"
        return any(fetch_all(db, query, [user_id]))

    @reading
    def recent_styles(self, db: DbConnection, user_id: int) -> list[str]:
        """Read the styles of a member's last Jobs, the latest first, each once."""
        rows = db.execute(
            "SELECT json_extract(job.options, '$.style') FROM job WHERE job.user_id = ?"
            " ORDER BY job.created_at DESC LIMIT ?",
            [user_id, LOOKED_AT],
        ).fetchall()
        return list(dict.fromkeys(style for (style,) in rows if style))


def _of(db: DbConnection, user_id: int) -> Preferences:
    for row in fetch_all(db, "SELECT * FROM member_preference WHERE user_id = ?", [user_id]):
        switches: dict[str, Any] = {
            name: None if row[name] is None else bool(row[name]) for name in _SWITCHES
        }
        return Preferences(**{name: row[name] for name in _FIELDS} | switches)
    return Preferences()


def _without(mine: Preferences, name: str) -> Preferences:
    kept: dict[str, Any] = {field: getattr(mine, field) for field in _FIELDS if field != name}
    return Preferences(**kept)


LIFE_S = 24 * 3600.0
"""About as long as Discord's links to the chosen pictures live (Discord, signed links)."""


# What members chose before a form opened, for as long as the form may come back.


class FormDraftRows:
    """Writes, reads and drops what forms are about."""

    def __init__(self, thread: Backend) -> None:
        """Take the database."""
        self._thread = thread

    @writing
    def keep(self, db: DbConnection, key: str, form: OpenForm | OpenDecision) -> None:
        """Write what a form or warning is about; its key begins with its time, as a Job's id."""
        db.execute(
            "INSERT INTO open_form (id, user_id, about) VALUES (?, ?, ?)",
            [key, form.user_id, msgspec.json.encode(form).decode()],
        )

    @reading
    def of(self, db: DbConnection, key: str) -> OpenForm | None:
        """Read what the form under a key is about."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=OpenForm)

    @reading
    def decision(self, db: DbConnection, key: str) -> OpenDecision | None:
        """Read what the warning under a key is about; None for a form's."""
        query = "SELECT open_form.about FROM open_form WHERE open_form.id = ?"
        row = db.execute(query, [key]).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=OpenDecision)
        except msgspec.ValidationError:
            return None

    @writing
    def drop(self, db: DbConnection, *, before: str) -> int:
        """Drop every form whose key sorts before another; return how many there were."""
        return db.execute("DELETE FROM open_form WHERE open_form.id < ?", [before]).rowcount
