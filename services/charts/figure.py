"""Statistics as a PNG in portrait format; run as `python -m services.charts.figure`.

Only this module and the modules that it draws with import matplotlib, and they run only in a
separate process: even in another thread, drawing holds the interpreter for tens of milliseconds at
a time. An Order is read from stdin, and the PNG is written to stdout.
"""

from __future__ import annotations

import io
import sys
from dataclasses import asdict, replace

import msgspec
from matplotlib import rc_context
from matplotlib.figure import Figure

from services.charts.bars import draw_bars
from services.charts.captions import count, headline, make_bars, percent, ranking, span, totals
from services.charts.layout import INNER, MARGIN, Sheet
from services.charts.spec import Order, Words
from services.charts.theme import DARK, DPI, LIGHT, drawable

TOP = 62.0
"""Height of the title and the dates below it, in pixels."""

TILE_HEIGHT = 50.0
TILE_GAP = 6.0
TILES_A_ROW = 3
CHART_HEIGHT = 176.0
ROW = 21.0
HEADING = 24.0
PAUSE = 16.0
SWATCH = 13.0
GUTTER = 12.0
PERCENT = 47.0
"""Width of "100 %" or "<1 %" with a gap before it, in pixels."""


def main() -> None:
    """Read an Order from stdin, write the PNG to stdout."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(png(paint(order)))


def png(figure: Figure) -> bytes:
    """Return a Matplotlib figure as PNG."""
    target = io.BytesIO()
    with rc_context({"hatch.linewidth": 0.7}):
        figure.savefig(target, format="png", dpi=DPI)
    return target.getvalue()


def paint(order: Order) -> Figure:
    """Draw the whole chart; its height depends on its content."""
    order = readable(order)
    groups = {group: units for group, units in totals(order.statistics).items() if units}
    members = ranking(order.statistics, order.names)
    sheet = Sheet(DARK if order.dark else LIGHT, _height(len(groups), len(members)))
    y = _draw_top(sheet, order)
    y = _draw_tiles(sheet, order, y)
    if not groups:
        sheet.write(MARGIN, y + HEADING, order.words.nothing)
        return sheet.figure
    y = _draw_days(sheet, order, y)
    y = _draw_groups(sheet, order, groups, y)
    _draw_members(sheet, order, members, y)
    return sheet.figure


def readable(order: Order) -> Order:
    """Replace texts that have letters which our fonts lack.

    Labels become English, a title the default one, and a member's name the id.
    """
    words = order.words if drawable(asdict(order.words).values()) else Words()
    names = {user: name for user, name in order.names.items() if drawable([name])}
    title = order.title if drawable([order.title]) else words.title
    return replace(order, words=words, names=names, title=title)


def _height(groups: int, members: int) -> float:
    tiles = 2 * (TILE_HEIGHT + TILE_GAP)
    if not groups:
        return TOP + tiles + HEADING + PAUSE + MARGIN
    rows = HEADING + CHART_HEIGHT + PAUSE / 2 + -(-groups // 2) * ROW
    most = HEADING + PAUSE + members * ROW if members else 0
    return TOP + tiles + PAUSE + rows + most + MARGIN


def _draw_top(sheet: Sheet, order: Order) -> float:
    sheet.write(MARGIN, 30, order.title, size=17, bold=True)
    sheet.write(MARGIN, 50, span(order.statistics), quiet=True)
    return TOP


def _draw_tiles(sheet: Sheet, order: Order, y: float) -> float:
    width = (INNER - (TILES_A_ROW - 1) * TILE_GAP) / TILES_A_ROW
    for position, (label, value) in enumerate(headline(order.statistics, order.words)):
        row, column = divmod(position, TILES_A_ROW)
        left, top = MARGIN + column * (width + TILE_GAP), y + row * (TILE_HEIGHT + TILE_GAP)
        sheet.panel(left, top, width, TILE_HEIGHT)
        sheet.write(left + 8, top + 24, value, size=18, bold=True, width=width - 12)
        sheet.write(left + 8, top + 42, label, quiet=True, width=width - 12)
    return y + 2 * (TILE_HEIGHT + TILE_GAP) + PAUSE


def _draw_days(sheet: Sheet, order: Order, y: float) -> float:
    bars = make_bars(order.statistics)
    heading = order.words.by_week if bars.weekly else order.words.by_day
    sheet.write(MARGIN, y + 12, heading, size=14, bold=True)
    draw_bars(sheet, y + HEADING, CHART_HEIGHT, bars)
    return y + HEADING + CHART_HEIGHT + PAUSE / 2


def _draw_groups(sheet: Sheet, order: Order, groups: dict[str, int], y: float) -> float:
    """Draw the legend with the sum of each group, in two columns."""
    whole = sum(groups.values())
    column = (INNER - GUTTER) / 2
    for position, (group, units) in enumerate(groups.items()):
        row, side = divmod(position, 2)
        left, foot = MARGIN + side * (column + GUTTER), y + row * ROW + 14
        end = left + column - PERCENT
        sheet.box(left, foot - 11, SWATCH, SWATCH, sheet.theme.marks[group])
        sheet.write(left + column, foot, percent(units, whole), quiet=True, side="right")
        number = sheet.write(end, foot, count(units), bold=True, side="right")
        sheet.write(
            left + 17, foot, getattr(order.words, group), width=column - PERCENT - number - 20
        )
    return y + -(-len(groups) // 2) * ROW + PAUSE


def _draw_members(sheet: Sheet, order: Order, members: list[tuple[str, int]], y: float) -> None:
    if not members:
        return
    sheet.write(MARGIN, y + 12, order.words.top_members, size=14, bold=True)
    most = members[0][1]
    room = INNER - 24 - 160 - 52
    for position, (name, units) in enumerate(members):
        foot = y + HEADING + position * ROW + 14
        sheet.write(MARGIN + 14, foot, f"{position + 1}", quiet=True, side="right")
        sheet.write(MARGIN + 24, foot, name, width=148)
        left = MARGIN + 24 + 160
        sheet.box(left, foot - 10, room * units / most, 11, sheet.theme.marks["painted"])
        sheet.write(MARGIN + INNER, foot, count(units), bold=True, side="right")


if __name__ == "__main__":
    main()
