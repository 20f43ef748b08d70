"""Renders an audit entry as one line, for the log channel, the history and private answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cogs.ui.escaping import plain
from cogs.ui.job_message import MESSAGE_LIMIT, whole_lines
from cogs.ui.locales import nearest
from cogs.ui.text import format_end, format_reason, sentence, stamp
from services.models import RULES, AuditEntry, Detail

ROLES = frozenset({
    "role_limit", "role_limit_removed", "add_required_role", "remove_required_role",
})  # fmt: skip
CHANNELS = frozenset({"allow_channel", "disallow_channel"})
GUILDS = frozenset({
    "block_guild", "unblock_guild", "allow_guild", "disallow_guild", "leave_guild",
})  # fmt: skip
"""Actions whose target is a role, a channel or a server instead of a member."""

CHANGE = "change"
"""The action whose details are the changed rules, keyed by field name."""

OF_FORGOTTEN = frozenset({"delete_pictures", "hide_pictures"})
"""Actions that may concern a user who deleted their data; the entry then has no target."""

COMMAND_LINE = 0


def format_audit_entry(entry: AuditEntry, locale: str) -> str:
    """Format an audit entry as one line."""
    if entry.action == CHANGE:
        return sentence(
            "audit_change", locale, by=_who(entry.by, locale), changes=_changes(entry, locale)
        )
    nobody = entry.target is None and entry.action in OF_FORGOTTEN
    return sentence(
        f"audit_{entry.action}_of_nobody" if nobody else f"audit_{entry.action}",
        locale,
        by=_who(entry.by, locale),
        target=_target(entry),
        **{name: _detail(name, value, locale) for name, value in _named(entry, locale).items()},
    )


def format_audit_entries(entries: Iterable[AuditEntry], locale: str) -> str:
    """Format audit entries with their times, one a line, as many as fit into a message."""
    lines = (f"{stamp(entry.at)} {format_audit_entry(entry, locale)}" for entry in entries)
    return whole_lines(lines, MESSAGE_LIMIT) or sentence("history_empty", locale)


def _named(entry: AuditEntry, locale: str) -> Mapping[str, Detail]:
    """Return an entry's details, with a style's name in the reader's language."""
    own = entry.details.get("name_zh") if nearest(locale) == "zh-CN" else None
    return {**entry.details, "name": own} if own else entry.details


def _changes(entry: AuditEntry, locale: str) -> str:
    changes = (
        f"{sentence(f'field_{name}', locale)}: {_value(name, value, locale)}"
        for name, value in entry.details.items()
    )
    return "; ".join(changes)


def _value(name: str, value: Detail, locale: str) -> str:
    """Format a rule's new value; None means the operator's value."""
    kind = RULES[name].kind
    if kind == "channel":
        return sentence("state_none", locale) if value is None else f"<#{value}>"
    if kind == "units" and value is not None:
        return sentence("units_a_day", locale, units=value)
    if value is None:
        return sentence("state_operators", locale)
    if isinstance(value, bool):
        return sentence("yes" if value else "no", locale)
    return plain(str(value))


def _detail(name: str, value: Detail, locale: str) -> str | int | float:
    if name in {"until", "expires_at"}:
        return format_end(value if isinstance(value, int | float) else None, locale)
    if name == "units" and isinstance(value, int):
        return sentence("units_a_day", locale, units=value)
    if name == "reason":
        return format_reason(str(value or ""), locale)
    return value if isinstance(value, int | float) else plain(str(value))


def _who(user_id: int, locale: str) -> str:
    return sentence("audit_command_line", locale) if user_id == COMMAND_LINE else f"<@{user_id}>"


def _target(entry: AuditEntry) -> str:
    if entry.target is None:
        return ""
    if entry.action in GUILDS:
        return f"`{entry.target}`"
    sign = "@&" if entry.action in ROLES else "#" if entry.action in CHANNELS else "@"
    return f"<{sign}{entry.target}>"
