"""What a database shows from outside, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What was found; `trouble` says in the database's words why no more could be."""

    exists: bool = True
    trouble: str | None = None
    remedy: str = ""
    """What to do about the trouble, where it is known."""
    damage: str | None = None
    """What the integrity check complains about."""
    pending: tuple[str, ...] = ()
    """Steps of the schema that the next start takes."""
    unknown: tuple[str, ...] = ()
    """Steps of a newer version, for whose sake this one must not touch the tables."""
    jobs: int = 0
    paused_at: float | None = None
    pause_key: str | None = None
    knows_external_id: bool | None = None
    knows_list: bool | None = None
