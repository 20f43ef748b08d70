"""`bot.py stats`: statistics of the whole bot as a table in the terminal, optionally as a chart."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from services.charts.captions import GROUPS, grouped, headline, span, totals
from services.charts.render import draw
from services.charts.spec import Words
from services.common.clock import Clock
from services.db import existing
from services.errors import ChartFailed
from services.models import Statistics, Window
from services.policy import last_days
from services.settings import Secret, Settings

MOST_DAYS = 366


def add_stats_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `stats` to the parser."""
    parser.add_argument("--days", type=_days, default=30, metavar="N", help="default: 30")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write a chart (PNG)")
    parser.add_argument("--dark", action="store_true", help="draw the chart in dark colours")


async def report(
    settings: Settings, *, clock: Clock, days: int, out: Path | None, dark: bool
) -> str:
    """Return a table of the last days; also write a chart to the path `out` if given.

    Raises StoreUnavailable, ChartFailed.
    """
    zone = settings.quota_timezone
    statistics = await _read(settings.database, last_days(clock.now(), zone, days))
    title = "Repaint: today" if days == 1 else f"Repaint: last {days} days"
    text = table(statistics, title=title, zone=zone)
    if out is None:
        return text
    await _write(out, await draw(statistics, title=title, dark=dark))
    return f"{text}\n{out}: written\n"


async def _read(database: Path | Secret, windows: Sequence[Window]) -> Statistics:
    async with existing(database) as store:
        return await store.statistics.gather(guild_id=None, windows=windows)


def table(statistics: Statistics, *, title: str, zone: ZoneInfo) -> str:
    """Format statistics as plain text."""
    words = Words()
    by_day = [(day.day, grouped(day.units_by_outcome)) for day in statistics.days]
    images = [(name, *sums.values()) for name, sums in (*by_day, ("all", totals(statistics)))]
    members = [(str(user), units) for user, units in statistics.members]
    parts = [
        f"{title} ({span(statistics)}, {zone.key})\n",
        _columns(headline(statistics, words)),
        _columns([("images", *(getattr(words, group) for group in GROUPS)), *images]),
    ]
    if members:
        parts.append(_columns([("member", "images"), *members]))
    return "\n".join(parts)


def _days(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_DAYS}")


def _columns(rows: Iterable[Sequence[str | int]]) -> str:
    """Align rows: the first column to the left, the others to the right."""
    cells = [[each if isinstance(each, str) else f"{each:,}" for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in cells)
    return "".join(f"{'  '.join(line)}\n" for line in lines)


async def _write(out: Path, picture: bytes) -> None:
    try:
        await asyncio.to_thread(out.write_bytes, picture)
    except OSError as error:
        raise ChartFailed(f"{out}: {error.strerror}") from error
