"""Server rules and other decisions; each change and its audit row are one transaction.

The audit entry itself provides the values of the SQL statement, so that the two cannot differ.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.db.access import OF_THE_BOT
from services.db.connection import Backend, DbConnection, Row, fetch_all
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
"""Stands for a guild id where the whole bot is meant."""

_MEMBER = "WHERE guild_id = :guild_id AND user_id = :target RETURNING user_id"

_OF_A_SERVER = {
    "role_limit": """
        INSERT INTO role_limit (guild_id, role_id, units) VALUES (:guild_id, :target, :units)
        ON CONFLICT (guild_id, role_id) DO UPDATE SET units = excluded.units RETURNING role_id""",
    "role_limit_removed": """
        DELETE FROM role_limit WHERE guild_id = :guild_id AND role_id = :target
        RETURNING role_id""",
    "add_required_role": """
        INSERT INTO required_role (guild_id, role_id) VALUES (:guild_id, :target)
        ON CONFLICT (guild_id, role_id) DO UPDATE SET role_id = excluded.role_id
        RETURNING role_id""",
    "remove_required_role": """
        DELETE FROM required_role WHERE guild_id = :guild_id AND role_id = :target
        RETURNING role_id""",
    "allow_channel": """
        INSERT INTO allowed_channel (guild_id, channel_id) VALUES (:guild_id, :target)
        ON CONFLICT (guild_id, channel_id) DO UPDATE SET channel_id = excluded.channel_id
        RETURNING channel_id""",
    "disallow_channel": """
        DELETE FROM allowed_channel WHERE guild_id = :guild_id AND channel_id = :target
        RETURNING channel_id""",
    "allow_every_channel": """
        DELETE FROM allowed_channel WHERE guild_id = :guild_id RETURNING channel_id""",
    "add_word": """
        INSERT INTO blocked_word (guild_id, word, phrase) VALUES (:guild_id, :word, :phrase)
        ON CONFLICT (guild_id, word) DO UPDATE SET phrase = excluded.phrase RETURNING word""",
    "remove_word": """
        DELETE FROM blocked_word WHERE guild_id = :guild_id AND word = :word RETURNING word""",
    "grant": """
        INSERT INTO member_grant (guild_id, user_id, units, expires_at, reason, set_by, at)
        VALUES (:guild_id, :target, :units, :until, :reason, :by, :at)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET units = excluded.units,
        expires_at = excluded.expires_at, reason = excluded.reason, set_by = excluded.set_by,
        at = excluded.at RETURNING user_id""",
    "revoke_grant": f"DELETE FROM member_grant {_MEMBER}",
    "block": """
        INSERT INTO member_block (guild_id, user_id, expires_at, reason, set_by, at)
        VALUES (:guild_id, :target, :until, :reason, :by, :at)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET expires_at = excluded.expires_at,
        reason = excluded.reason, set_by = excluded.set_by, at = excluded.at
        RETURNING user_id""",
    "unblock": f"DELETE FROM member_block {_MEMBER}",
    "reset": """
        INSERT INTO member_reset (guild_id, user_id, at) VALUES (:guild_id, :target, :at)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET at = excluded.at RETURNING user_id""",
    "add_style": """
        INSERT INTO guild_style (guild_id, key, name, name_zh, fragment)
        VALUES (:guild_id, :style_key, :name, :name_zh, :fragment)
        ON CONFLICT (guild_id, key) DO UPDATE SET name = excluded.name,
        name_zh = excluded.name_zh, fragment = excluded.fragment RETURNING key""",
    "remove_style": """
        DELETE FROM guild_style WHERE guild_id = :guild_id AND key = :style_key RETURNING key""",
    "hide_style": """
        INSERT INTO guild_style (guild_id, key, name, name_zh, fragment)
        VALUES (:guild_id, :style_key, :name, :name_zh, '')
        ON CONFLICT (guild_id, key) DO NOTHING RETURNING key""",
    "unhide_style": """
        DELETE FROM guild_style WHERE guild_id = :guild_id AND key = :style_key AND fragment = ''
        RETURNING key""",
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
"""Actions that change no rule; the database stores only their audit entry."""

_ROLE_LIMITS = "SELECT role_id, units FROM role_limit WHERE guild_id = ?"
_STYLES = "SELECT * FROM guild_style WHERE guild_id = ?"


class GuildRows:
    """Reads and writes rules, grants, blocks, pauses and the audit log."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @writing
    def apply(self, db: DbConnection, entry: AuditEntry) -> bool:
        """Apply a change and write its audit entry; return False if there was nothing to change."""
        scope = WHOLE_BOT if entry.guild_id is None else entry.guild_id
        values = {"guild_id": scope, "target": entry.target, "by": entry.by, "at": entry.at}
        if entry.action == "change":
            _change(db, entry)
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
        """Return a server's rules."""
        return rules_of(db, guild_id)

    @reading
    def bot_paused(self, db: DbConnection) -> Pause | None:
        """Return the pause of the whole bot, or None."""
        return pause_of(db, WHOLE_BOT)

    @reading
    def grants(self, db: DbConnection, guild_id: int, *, now: float) -> list[Grant]:
        """Return the grants in force in a server, the latest first."""
        return [_grant(row) for row in _in_force(db, "member_grant", guild_id, now)]

    @reading
    def blocks(self, db: DbConnection, guild_id: int, *, now: float) -> list[Block]:
        """Return the blocks in force in a server, the latest first."""
        return [_block(row) for row in _in_force(db, "member_block", guild_id, now)]

    @reading
    def audit(self, db: DbConnection, guild_id: int | None, *, limit: int) -> list[AuditEntry]:
        """Return the last changes in a server (None: of the whole bot), the latest first."""
        where, values = (
            ("guild_id IS NULL", []) if guild_id is None else ("guild_id = ?", [guild_id])
        )
        query = f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT ?"
        rows = fetch_all(db, query, [*values, limit])
        return [_entry(row) for row in rows]


def rules_of(db: DbConnection, guild_id: int) -> GuildRules:
    """Return a server's rules, inside a transaction."""
    row: Row = next(iter(fetch_all(db, "SELECT * FROM guild WHERE guild_id = ?", [guild_id])), {})
    values: Row = {
        name: bool(row[name]) if rule.kind == "switch" else row[name]
        for name, rule in RULES.items()
        if row
    }
    return GuildRules(
        guild_id=guild_id,
        **values,
        paused=pause_of(db, guild_id),
        channels=tuple(_column(db, "allowed_channel", "channel_id", guild_id)),
        role_limits=tuple(
            RoleLimit(role_id=row["role_id"], units=row["units"])
            for row in fetch_all(db, f"{_ROLE_LIMITS} ORDER BY role_id", [guild_id])
        ),
        required_roles=tuple(_column(db, "required_role", "role_id", guild_id)),
        words=tuple(_column(db, "blocked_word", "phrase", guild_id)),
        styles=tuple(
            GuildStyle(
                key=row["key"],
                name=row["name"],
                name_zh=row["name_zh"],
                fragment=row["fragment"],
            )
            for row in fetch_all(db, f"{_STYLES} ORDER BY key", [guild_id])
        ),
    )


def pause_of(db: DbConnection, guild_id: int) -> Pause | None:
    """Return a server's pause, or that of the whole bot."""
    rows = fetch_all(db, "SELECT * FROM pause WHERE guild_id = ?", [guild_id])
    return next((Pause(at=row["at"], by=row["set_by"], reason=row["reason"]) for row in rows), None)


def grant_of(db: DbConnection, guild_id: int, user_id: int, now: float) -> Grant | None:
    """Return a member's grant if one is in force."""
    return next(map(_grant, _in_force(db, "member_grant", guild_id, now, user_id)), None)


def block_of(db: DbConnection, guild_id: int, user_id: int, now: float) -> Block | None:
    """Return a member's block if one is in force."""
    return next(map(_block, _in_force(db, "member_block", guild_id, now, user_id)), None)


def _change(db: DbConnection, entry: AuditEntry) -> None:
    names = [name for name in RULES if name in entry.details]
    new_values = ", ".join(f"{name} = :{name}" for name in names)
    db.execute(
        "INSERT INTO guild (guild_id) VALUES (?) ON CONFLICT (guild_id) DO NOTHING",
        [entry.guild_id],
    )
    db.execute(
        f"UPDATE guild SET {new_values} WHERE guild_id = :guild_id",
        {name: entry.details[name] for name in names} | {"guild_id": entry.guild_id},
    )


def _column(db: DbConnection, table: str, column: str, guild_id: int) -> list[Any]:
    query = f"SELECT {column} FROM {table} WHERE guild_id = ? ORDER BY {column}"
    return [row[0] for row in db.execute(query, [guild_id])]


def _in_force(
    db: DbConnection, table: str, guild_id: int, now: float, user_id: int | None = None
) -> list[Row]:
    member = "" if user_id is None else " AND user_id = :user_id"
    return list(
        fetch_all(
            db,
            f"SELECT * FROM {table} WHERE guild_id = :guild_id{member}"
            " AND (expires_at IS NULL OR expires_at > :now) ORDER BY at DESC, user_id",
            {"guild_id": guild_id, "user_id": user_id, "now": now},
        )
    )


def _grant(row: Row) -> Grant:
    return Grant(
        user_id=row["user_id"],
        units=row["units"],
        expires_at=row["expires_at"],
        reason=row["reason"],
        by=row["set_by"],
        at=row["at"],
    )


def _block(row: Row) -> Block:
    return Block(
        user_id=row["user_id"],
        reason=row["reason"],
        expires_at=row["expires_at"],
        by=row["set_by"],
        at=row["at"],
    )


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        guild_id=row["guild_id"],
        at=row["at"],
        by=row["set_by"],
        action=row["action"],
        target=row["target"],
        details=msgspec.json.decode(row["details"]),
    )
