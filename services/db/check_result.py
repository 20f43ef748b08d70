"""Result of the doctor command's inspection of a database, for SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Findings about a database; `trouble` is the database's error if it could not be inspected."""

    exists: bool = True
    trouble: str | None = None
    remedy: str = ""
    """What the operator can do about the trouble, if that is known."""
    damage: str | None = None
    """The first problem that SQLite's integrity check found; None: none."""
    pending: tuple[str, ...] = ()
    """Migration steps that the bot runs when it next starts."""
    unknown: tuple[str, ...] = ()
    """Applied migration steps of a newer version, because of which this version must not use the
    tables."""
    jobs: int = 0
    paused_at: float | None = None
    pause_key: str | None = None
    knows_external_id: bool | None = None
    knows_list: bool | None = None
