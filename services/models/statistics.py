"""What happened in a stretch of days, as figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One day of the quota's calendar."""

    day: str
    """Such as 2026-11-22."""
    units_by_outcome: Mapping[str, int] = field(default_factory=dict[str, int])
    """Images by the state their Jobs are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of one server, or of the whole bot."""

    since: float
    until: float
    """Unix seconds; the days between, the present one included."""
    days: tuple[DayFigures, ...] = ()
    """Every day of the stretch, in order, those without a Job too."""
    members: tuple[tuple[int, int], ...] = ()
    """The members with the most units that were not given back: id and units, most first."""
    active_members: int = 0
    """How many members asked for anything."""
    wait_median_s: float | None = None
    wait_p95_s: float | None = None
    """From acceptance to the pictures being there; None without any."""
    jobs: int = 0
    units: int = 0
    cost_micro: int = 0
    """Micro-dollars, at the list price or as the provider reported."""
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Jobs by state."""
