"""Statistics in the form that readers need: outcomes in five groups, bars, and short texts.

Dates and units are written so that they need no translation: 11-22, 18 s, 2:35 min, $5.77.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from services.charts.spec import Words
from services.models import MICRO, OPEN, State, Statistics

GROUPS: Mapping[str, tuple[State, ...]] = {
    "painted": (State.READY, State.DELIVERED, State.UNDELIVERED),
    "open": OPEN,
    "refused": (State.REFUSED,),
    "failed": (State.FAILED, State.UNCERTAIN, State.EXPIRED),
    "cancelled": (State.CANCELLED,),
}
"""States of jobs in five groups that moderators distinguish; each key is also the key of its
label."""

DAILY_BARS = 45
"""Maximum number of daily bars. With more days each bar is a week: thinner bars are unreadable."""

WEEK = 7

ALT_TEXT_LIMIT = 1024
"""Maximum characters of an alt text (Discord, attachment description)."""

TITLE_LIMIT = 100

TOP = 5
"""Number of members listed in the chart."""


EXACT = 100_000
MILLION = 999_500
"""Number formats: below EXACT a number is written out; from MILLION on it is given in millions."""

CENT = 10_000
"""One cent in micro-dollars."""

TENTHS_BELOW_S = 10
MINUTES_FROM_S = 100
WHOLE_MINUTES_FROM_S = 600
HOURS_FROM_MIN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Images by group of outcomes, for each day or each seven days."""

    weekly: bool
    days: tuple[str, ...]
    """The first day of each bar; the last bar of seven days ends with the last day."""
    units: Mapping[str, tuple[int, ...]]


def grouped(by_state: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of each group of outcomes."""
    return {
        group: sum(by_state.get(state, 0) for state in states) for group, states in GROUPS.items()
    }


def make_bars(statistics: Statistics) -> Bars:
    """Divide the days into bars: one a day, or one for seven days if there are many."""
    days = statistics.days
    weekly = len(days) > DAILY_BARS
    step = WEEK if weekly else 1
    first = len(days) % step or step
    edges = [0, *range(first, len(days) + 1, step)]
    cuts = [days[start:end] for start, end in pairwise(edges)]
    sums = [[grouped(day.units_by_outcome) for day in cut] for cut in cuts]
    return Bars(
        weekly=weekly,
        days=tuple(cut[0].day for cut in cuts),
        units={group: tuple(sum(day[group] for day in cut) for cut in sums) for group in GROUPS},
    )


def totals(statistics: Statistics) -> dict[str, int]:
    """Return the images of all days by group of outcomes."""
    bars = make_bars(statistics)
    return {group: sum(units) for group, units in bars.units.items()}


def headline(statistics: Statistics, words: Words) -> list[tuple[str, str]]:
    """Return the six most important numbers, as pairs of label and value."""
    return [
        (words.images, count(totals(statistics)["painted"])),
        (words.requests, count(statistics.jobs)),
        (words.members, count(statistics.active_members)),
        (words.cost, money(statistics.cost_micro)),
        (words.wait_median, duration(statistics.wait_median_s)),
        (words.wait_p95, duration(statistics.wait_p95_s)),
    ]


def alt_text(
    statistics: Statistics,
    *,
    title: str,
    names: Mapping[int, str] | None = None,
    words: Words | None = None,
) -> str:
    """Describe the chart in words and numbers, in at most 1024 characters."""
    words = words or Words()
    bars = make_bars(statistics)
    sums = totals(statistics)
    pieces = [f"{title[:TITLE_LIMIT]} ({span(statistics)})"]
    pieces += [f"{label}: {value}" for label, value in headline(statistics, words)]
    pieces += [f"{getattr(words, group)}: {count(units)}" for group, units in sums.items() if units]
    pieces += _listed(words.top_members, ranking(statistics, names))
    painted = zip(bars.days, bars.units["painted"], strict=True)
    pieces += _listed(
        f"{words.by_week if bars.weekly else words.by_day} ({words.painted})",
        ((short(day), units) for day, units in painted),
    )
    return _joined(pieces)


def ranking(statistics: Statistics, names: Mapping[int, str] | None) -> list[tuple[str, int]]:
    """Return the members with the most images, by name if it is known, else by id."""
    known = names or {}
    return [(known.get(user) or str(user), units) for user, units in statistics.members[:TOP]]


def span(statistics: Statistics) -> str:
    """Format the first and the last day."""
    days = statistics.days
    return days[0].day if len(days) == 1 else f"{days[0].day} – {days[-1].day}"


def short(day: str) -> str:
    """Return a date without its year: 11-22."""
    return day[5:]


def count(number: float) -> str:
    """Format a number briefly: 12,345 or 123 k or 1.2 M."""
    if number < EXACT:
        return f"{number:,.0f}"
    return f"{number / 1e3:.0f} k" if number < MILLION else f"{number / 1e6:.1f} M"


def money(micro: int) -> str:
    """Format micro-dollars as dollars; an amount below a cent is not shown as zero."""
    if 0 < micro < CENT:
        return "<$0.01"
    dollars = micro / MICRO
    return f"${dollars:,.2f}" if dollars < EXACT / 10 else f"${count(dollars)}"


def duration(seconds: float | None) -> str:
    """Format a time span: 4.2 s, 18 s, 2:35 min, 23 min or 3:05 h; a dash for None."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < MINUTES_FROM_S:
        return f"{seconds:.1f} s" if whole < TENTHS_BELOW_S else f"{whole} s"
    if whole < WHOLE_MINUTES_FROM_S:
        return f"{whole // 60}:{whole % 60:02} min"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < HOURS_FROM_MIN else f"{minutes // 60}:{minutes % 60:02} h"


def percent(part: int, whole: int) -> str:
    """Format a share; a share above zero is never shown as 0 %."""
    share = 100 * part / whole if whole else 0
    return "<1 %" if 0 < share < 1 else f"{share:.0f} %"


def _listed(label: str, rows: Iterable[tuple[str, int]]) -> Iterator[str]:
    for position, (name, units) in enumerate(rows):
        yield f"{label}: {name}: {count(units)}" if position == 0 else f"{name}: {count(units)}"


def _joined(pieces: list[str]) -> str:
    """Join as many texts, from the first on, as fit into a number of characters."""
    text = ""
    for piece in pieces:
        longer = f"{text}; {piece}" if text else piece
        if len(longer) > ALT_TEXT_LIMIT - 3:
            return f"{text}; …"
        text = longer
    return text
