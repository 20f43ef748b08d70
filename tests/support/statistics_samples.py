"""Random statistics of busy servers, repeatable by seed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from services.models import DayFigures, Statistics

LAST = date(2026, 11, 22)
SHARES = {"delivered": 1.0, "refused": 0.12, "failed": 0.08, "cancelled": 0.05, "running": 0.02}


def random_statistics(
    days: int = 30, *, daily: int = 12, members: int = 7, seed: int = 1
) -> Statistics:
    """Return statistics of that many days with about that many images each."""
    chance = random.Random(seed)
    made = tuple(_day(LAST - timedelta(days=back), daily, chance) for back in range(days))[::-1]
    units = Counter[str]()
    for day in made:
        units.update(day.units_by_outcome)
    return Statistics(
        since=0.0,
        until=86_400.0 * days,
        days=made,
        members=tuple((80_351_110_224_678_912 + n, 10 * daily // n) for n in range(1, members + 1)),
        active_members=members,
        wait_median_s=18.3 if daily else None,
        wait_p95_s=155.0 if daily else None,
        jobs=units.total() // 2,
        units=units.total(),
        cost_micro=28_000 * units.total(),
        outcomes={state: number // 2 for state, number in units.items()},
    )


def empty_statistics(days: int = 30) -> Statistics:
    """Return the statistics of a bot that has had no requests."""
    return random_statistics(days, daily=0, members=0)


def _day(day: date, daily: int, chance: random.Random) -> DayFigures:
    units = {state: round(daily * share * chance.random() * 2) for state, share in SHARES.items()}
    return DayFigures(day=day.isoformat(), units_by_outcome={k: v for k, v in units.items() if v})
