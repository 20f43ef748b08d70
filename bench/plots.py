"""Curves as SVG: sizes and figures on logarithmic axes, where a flat line means no growth."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

from bench.tables import Table

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "repaint", "svg.fonttype": "none", "font.family": "sans-serif"}


def draw(table: Table, path: Path) -> None:
    """Draw a table's curves, if it has some."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  after the choice of what draws

    if not table.lines:
        return
    figure, axes = plt.subplots(figsize=(7, 4))
    for line in table.lines:
        axes.plot(line.sizes, line.figures, marker="o", label=line.name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("ms a Job")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
