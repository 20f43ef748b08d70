"""Result of inspecting a database of either kind."""

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
    """The complaint of the integrity check."""
    pending: tuple[str, ...] = ()
    """Migration steps that the next start runs."""
    unknown: tuple[str, ...] = ()
    """Migration steps of a newer version, because of which this version must not use the tables."""
    jobs: int = 0
    paused_at: float | None = None
    pause_key: str | None = None
    knows_external_id: bool | None = None
    knows_list: bool | None = None
