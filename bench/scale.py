"""How much is measured: everything, or enough to see a change within a minute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of all parts; figures are medians over `repeats`."""

    repeats: int
    tasks: tuple[int, ...]
    """Tasks at once, in a)."""
    admissions: int
    waiting: tuple[int, ...]
    """Jobs that wait, in e)."""
    resumed: int
    """Open Jobs at a start, in e)."""
    past: tuple[int, ...]
    """Jobs in the database, in f)."""


WHOLE = Scale(
    repeats=3,
    tasks=(1, 10, 100, 1000),
    admissions=4000,
    waiting=(1_000, 10_000, 100_000),
    resumed=10_000,
    past=(1_000, 10_000, 100_000, 1_000_000),
)
QUICK = Scale(
    repeats=1,
    tasks=(1, 10, 100),
    admissions=500,
    waiting=(1_000, 10_000),
    resumed=1_000,
    past=(1_000, 10_000),
)
