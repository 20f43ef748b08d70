"""Decisions of moderators and operators; each change and its audit entry are one transaction.

The audit entry itself provides the values of the SQL statement, so that the two cannot differ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from services.db.access import OF_THE_BOT
from services.db.connection import Backend, DbConnection, fetch_all, set_columns
from services.db.rows import record_from_row
from services.db.sqlite_thread import reading, writing
from services.models import (
    RULES,
    AuditEntry,
    Block,
    Grant,
    GuildRules,
    GuildStyle,
    Pause,
    RoleLimit,
)

WHOLE_BOT = 0
"""The guild id under which decisions for the whole bot are stored."""


def _put(table: str, key: str, /, **values: str) -> str:
    """Return the SQL that adds an entry to a list of a server, or changes it if it exists.

    `key` is the column that identifies an entry; `values` maps each column, the key's included, to
    its SQL parameter.
    """
    columns, names = ", ".join(values), ", ".join(values.values())
    changed = [name for name in values if name != key] or [key]
    new = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return (
        f"INSERT INTO {table} (guild_id, {columns}) VALUES (:guild_id, {names})"
        f" ON CONFLICT (guild_id, {key}) DO UPDATE SET {new} RETURNING {key}"
    )


def _remove(table: str, key: str, value: str, *, condition: str = "") -> str:
    """Return the SQL that removes an entry from a list of a server."""
    where = f"guild_id = :guild_id AND {key} = {value}{condition}"
    return f"DELETE FROM {table} WHERE {where} RETURNING {key}"


_DECIDED = {"reason": ":reason", "set_by": ":by", "at": ":at"}

_OF_A_SERVER = {
    "role_limit": _put("role_limit", "role_id", role_id=":target", units=":units"),
    "role_limit_removed": _remove("role_limit", "role_id", ":target"),
    "add_required_role": _put("required_role", "role_id", role_id=":target"),
    "remove_required_role": _remove("required_role", "role_id", ":target"),
    "allow_channel": _put("allowed_channel", "channel_id", channel_id=":target"),
    "disallow_channel": _remove("allowed_channel", "channel_id", ":target"),
    "allow_every_channel": """
        DELETE FROM allowed_channel WHERE guild_id = :guild_id RETURNING channel_id""",
    "add_word": _put("blocked_word", "word", word=":word", phrase=":phrase"),
    "remove_word": _remove("blocked_word", "word", ":word"),
    "grant": _put(
        "member_grant",
        "user_id",
        user_id=":target",
        units=":units",
        expires_at=":until",
        **_DECIDED,
    ),
    "revoke_grant": _remove("member_grant", "user_id", ":target"),
    "block": _put("member_block", "user_id", user_id=":target", expires_at=":until", **_DECIDED),
    "unblock": _remove("member_block", "user_id", ":target"),
    "reset": _put("member_reset", "user_id", user_id=":target", at=":at"),
    "add_style": _put(
        "guild_style",
        "key",
        key=":style_key",
        name=":name",
        name_zh=":name_zh",
        fragment=":fragment",
    ),
    "remove_style": _remove("guild_style", "key", ":style_key"),
    "hide_style": """
        INSERT INTO guild_style (guild_id, key, name, name_zh, fragment)
        VALUES (:guild_id, :style_key, :name, :name_zh, '')
        ON CONFLICT (guild_id, key) DO NOTHING RETURNING key""",
    "unhide_style": _remove("guild_style", "key", ":style_key", condition=" AND fragment = ''"),
    "pause": """
        INSERT INTO pause (guild_id, at, set_by, reason) VALUES (:guild_id, :at, :by, :reason)
        ON CONFLICT (guild_id) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by
        RETURNING guild_id""",
    "resume": "DELETE FROM pause WHERE guild_id = :guild_id RETURNING guild_id",
}
_STATEMENTS = _OF_A_SERVER | {
    "pause_bot": _OF_A_SERVER["pause"],
    "resume_bot": _OF_A_SERVER["resume"],
    **OF_THE_BOT,
}

_ONLY_NOTED = frozenset({"delete_pictures", "hide_pictures", "leave_guild"})
"""Actions that change no table of rules: only their audit entry is stored."""

R = TypeVar("R")


class GuildRows:
    """Reads and writes rules, grants, blocks, pauses and the audit log of servers."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def apply(self, db: DbConnection, entry: AuditEntry) -> bool:
        """Apply the change that an audit entry describes, and store the entry.

        Return False, and store nothing, if there was nothing to change.
        """
        scope = WHOLE_BOT if entry.guild_id is None else entry.guild_id
        values = {"guild_id": scope, "target": entry.target, "by": entry.by, "at": entry.at}
        if entry.action == "change":
            rules = {name: entry.details[name] for name in RULES if name in entry.details}
            set_columns(db, "guild", "guild_id", {"guild_id": scope} | rules)
        elif entry.action in _ONLY_NOTED:
            pass
        elif not any(fetch_all(db, _STATEMENTS[entry.action], values | dict(entry.details))):
            return False
        db.execute(
            "INSERT INTO audit (guild_id, at, set_by, action, target, details)"
            " VALUES (:guild, :at, :by, :action, :target, :details)",
            values
            | {
                "guild": entry.guild_id,
                "action": entry.action,
                "details": msgspec.json.encode(dict(entry.details)).decode(),
            },
        )
        return True

    @reading
    def rules(self, db: DbConnection, guild_id: int) -> GuildRules:
        """Return a server's rules as they are stored."""
        return read_rules(db, guild_id)

    @reading
    def bot_paused(self, db: DbConnection) -> Pause | None:
        """Return the pause of the whole bot, or None."""
        return read_pause(db, WHOLE_BOT)

    @reading
    def grants(self, db: DbConnection, guild_id: int, *, now: float) -> list[Grant]:
        """Return the grants in force in a server, the latest first."""
        return _in_force(db, "member_grant", Grant, guild_id, now)

    @reading
    def blocks(self, db: DbConnection, guild_id: int, *, now: float) -> list[Block]:
        """Return the blocks in force in a server, the latest first."""
        return _in_force(db, "member_block", Block, guild_id, now)

    @reading
    def audit(self, db: DbConnection, guild_id: int | None, *, limit: int) -> list[AuditEntry]:
        """Return the last changes in a server (None: of the whole bot), the latest first."""
        where, values = (
            ("guild_id IS NULL", []) if guild_id is None else ("guild_id = ?", [guild_id])
        )
        query = f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT ?"
        rows = fetch_all(db, query, [*values, limit])
        return [
            record_from_row(AuditEntry, row, details=msgspec.json.decode(row["details"]))
            for row in rows
        ]


def read_rules(db: DbConnection, guild_id: int) -> GuildRules:
    """Return a server's rules, inside a transaction."""
    row = next(iter(fetch_all(db, "SELECT * FROM guild WHERE guild_id = ?", [guild_id])), {})
    return replace(
        record_from_row(GuildRules, row, guild_id=guild_id),
        paused=read_pause(db, guild_id),
        channels=_column(db, "allowed_channel", "channel_id", guild_id),
        role_limits=_entries(db, "role_limit", "role_id", guild_id, RoleLimit),
        required_roles=_column(db, "required_role", "role_id", guild_id),
        words=_column(db, "blocked_word", "phrase", guild_id),
        styles=_entries(db, "guild_style", "key", guild_id, GuildStyle),
    )


def read_pause(db: DbConnection, guild_id: int) -> Pause | None:
    """Return the pause of a server, or (WHOLE_BOT) of the whole bot; None if it is not paused."""
    rows = fetch_all(db, "SELECT * FROM pause WHERE guild_id = ?", [guild_id])
    return next((record_from_row(Pause, row) for row in rows), None)


def read_grant(db: DbConnection, guild_id: int, user_id: int, now: float) -> Grant | None:
    """Return a member's grant in a server if one is in force, else None."""
    return next(iter(_in_force(db, "member_grant", Grant, guild_id, now, user_id)), None)


def read_block(db: DbConnection, guild_id: int, user_id: int, now: float) -> Block | None:
    """Return a member's block in a server if one is in force, else None."""
    return next(iter(_in_force(db, "member_block", Block, guild_id, now, user_id)), None)


def _column(db: DbConnection, table: str, column: str, guild_id: int) -> tuple[Any, ...]:
    query = f"SELECT {column} FROM {table} WHERE guild_id = ? ORDER BY {column}"
    return tuple(value for (value,) in db.execute(query, [guild_id]))


def _entries(db: DbConnection, table: str, key: str, guild_id: int, kind: type[R]) -> tuple[R, ...]:
    query = f"SELECT * FROM {table} WHERE guild_id = ? ORDER BY {key}"
    return tuple(record_from_row(kind, row) for row in fetch_all(db, query, [guild_id]))


def _in_force(
    db: DbConnection,
    table: str,
    kind: type[R],
    guild_id: int,
    now: float,
    user_id: int | None = None,
) -> list[R]:
    member = "" if user_id is None else " AND user_id = :user_id"
    query = (
        f"SELECT * FROM {table} WHERE guild_id = :guild_id{member}"
        " AND (expires_at IS NULL OR expires_at > :now) ORDER BY at DESC, user_id"
    )
    values = {"guild_id": guild_id, "user_id": user_id, "now": now}
    return [record_from_row(kind, row) for row in fetch_all(db, query, values)]
