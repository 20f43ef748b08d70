"""Reproducible SVG plots: curves over sizes, and bars side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import Bars, Curves, Panel, Table, shown

STYLE = {
    "svg.hashsalt": "repaint",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
}
COLOURS = ("#3b5bdb", "#e8590c", "#2b8a3e", "#868e96", "#9c36b5")
OURS, AIM, OTHERS = COLOURS[0], COLOURS[1], COLOURS[3]
WIDE, TALL, A_BAR = 8.0, 4.0, 0.36
"""In inches."""

FEW = 12
"""Up to this many points of a line are marked."""

HEADROOM = 1.3
"""Space for the figure at the end of the longest bar, as a factor of its length."""


def draw(table: Table, path: Path) -> None:
    """Draw a table's plot, if it has one."""
    if table.plot is None:
        return
    with rc_context(STYLE):
        figure = _curves(table.plot) if isinstance(table.plot, Curves) else _bars(table.plot)
        figure.suptitle(table.title, x=0.01, ha="left", fontsize=11)
        figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches="tight")


def _curves(plot: Curves) -> Figure:
    figure = Figure(figsize=(WIDE, TALL))
    axes = figure.subplots()
    for line, colour in zip(plot.lines, COLOURS, strict=False):
        marker = "o" if len(line.sizes) <= FEW else ""
        axes.plot(line.sizes, line.figures, marker=marker, ms=4, color=colour, label=line.name)
    axes.set(
        xlabel=plot.x, ylabel=plot.y, xscale="log", yscale="log" if plot.y_is_log else "linear"
    )
    if not plot.y_is_log:
        axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    return figure


def _bars(plot: Bars) -> Figure:
    figure = Figure(figsize=(WIDE, 1 + A_BAR * len(plot.names)), layout="tight")
    all_axes = figure.subplots(1, len(plot.panels), sharey=True, squeeze=False)
    for axes, panel in zip(all_axes[0], plot.panels, strict=True):
        _panel(axes, plot.names, panel)
    all_axes[0][0].invert_yaxis()
    return figure


def _panel(axes: Axes, names: Sequence[str], panel: Panel) -> None:
    places = range(len(names))
    colours = [OURS if name.startswith("ours") else OTHERS for name in names]
    bars = axes.barh(places, panel.figures, color=colours)
    axes.bar_label(bars, labels=[shown(float(one)) for one in panel.figures], padding=3, fontsize=8)
    axes.set_yticks(places, names)
    axes.set_title(panel.title, fontsize=9)
    axes.set_xscale("log" if panel.is_log else "linear")
    least, most = axes.get_xlim()
    axes.set_xlim(least, most * (HEADROOM**4 if panel.is_log else HEADROOM))
    if panel.aim is not None:
        axes.axvline(panel.aim, color=AIM, linestyle="--", linewidth=1)
