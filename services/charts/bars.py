"""The bar chart of images per day: generated and open ones above the axis, the others below."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from services.charts.captions import Bars, count, short
from services.charts.layout import INNER, MARGIN, POINTS, Sheet
from services.charts.theme import SMALLEST_TEXT, families

ABOVE = ("painted", "open")
BELOW = ("refused", "failed", "cancelled")
FOOT = 20.0
"""Height of the row of dates, in pixels."""

DATE_WIDTH = 58.0
"""Width of a date and the gap to the next one, in pixels."""

FEWEST_SLOTS = 5
"""Minimum number of slots, so that a single day does not fill the chart."""

BAR_WIDTH = 0.74
"""Width of a bar as a fraction of its day's slot."""


def draw_bars(sheet: Sheet, y: float, height: float, bars: Bars) -> None:
    """Draw the chart across the full width of the sheet."""
    highest = max(_stacked(bars, ABOVE), default=0)
    lowest = max(_stacked(bars, BELOW), default=0)
    gutter = sheet.measure_width(count(max(highest, lowest, 10))) + 8
    slots = max(len(bars.days), FEWEST_SLOTS)
    room = INNER - gutter
    inset = max(sheet.measure_width(short(bars.days[-1])) / 2 - room / slots / 2, 0)
    axes = sheet.chart(MARGIN + gutter, y, room - inset, height - FOOT)
    _draw_stack(sheet, axes, bars, ABOVE, sign=1)
    _draw_stack(sheet, axes, bars, BELOW, sign=-1)
    spare = (slots - len(bars.days)) / 2
    axes.set_xlim(-0.5 - spare, len(bars.days) - 0.5 + spare)
    axes.set_ylim(-1.08 * lowest, 1.08 * max(highest, 1))
    _draw_scales(sheet, axes, bars)


def _stacked(bars: Bars, groups: tuple[str, ...]) -> list[int]:
    return [sum(units) for units in zip(*(bars.units[group] for group in groups), strict=True)]


def _draw_stack(
    sheet: Sheet, axes: Axes, bars: Bars, groups: tuple[str, ...], *, sign: int
) -> None:
    feet = [0] * len(bars.days)
    for group in groups:
        mark = sheet.theme.marks[group]
        heights = [sign * units for units in bars.units[group]]
        # A bar of height 0 would still draw its edge, as a line under the others.
        places = [place for place, height in enumerate(heights) if height]
        axes.bar(
            places,
            [heights[place] for place in places],
            BAR_WIDTH,
            [feet[place] for place in places],
            color=mark.fill,
            edgecolor=mark.edge,
            hatch=mark.hatch,
            linewidth=POINTS,
            label=group,
            zorder=2,
        )
        feet = [foot + height for foot, height in zip(feet, heights, strict=True)]


def _draw_scales(sheet: Sheet, axes: Axes, bars: Bars) -> None:
    theme = sheet.theme
    axes.set_facecolor(theme.ground)
    axes.spines[:].set_visible(False)
    axes.axhline(0, color=theme.quiet, linewidth=POINTS, zorder=3)
    axes.grid(axis="y", color=theme.grid, linewidth=POINTS)
    axes.set_axisbelow(True)
    low, high = axes.get_ylim()
    amounts = MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]).tick_values(low, high)
    inside = [amount for amount in amounts if low <= amount <= high]
    axes.set_yticks(inside, [count(abs(amount)) for amount in inside])
    step = -(-len(bars.days) // max(int(INNER / DATE_WIDTH) - 1, 1))
    places = sorted(range(len(bars.days) - 1, -1, -step))
    axes.set_xticks(places, [short(bars.days[place]) for place in places])
    axes.tick_params(length=0, pad=4, labelsize=SMALLEST_TEXT * POINTS, labelcolor=theme.quiet)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontfamily(families())
