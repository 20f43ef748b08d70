"""Benchmark reports: rows of figures, and aims with the measured values."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Cell = str | float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A figure that should be reached, and the measured one."""

    name: str
    found: float
    wanted: float
    unit: str = ""
    key: str = ""
    """Key in README's table; empty: not in that table."""
    better: Literal["below", "above"] = "below"

    @property
    def is_met(self) -> bool:
        """Return whether the aim was reached."""
        return self.found <= self.wanted if self.better == "below" else self.found >= self.wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve of a plot."""

    name: str
    sizes: Sequence[float]
    figures: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """A plot of lines with a logarithmic axis for sizes."""

    x: str
    y: str
    lines: Sequence[Line]
    y_is_log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars of one figure, one for each name of the plot; the aim is a line across them."""

    title: str
    figures: Sequence[float]
    aim: float | None = None
    is_log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A plot that compares several names, one panel for each figure."""

    names: Sequence[str]
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One comparison."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    aims: Sequence[Aim] = ()
    notes: Sequence[str] = field(default_factory=tuple[str, ...])
    plot: Curves | Bars | None = None

    def text(self, *, small: bool = False) -> str:
        """Format the table for a terminal; aims do not apply to `small` sizes."""
        body = [[shown(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(self.columns, *body, strict=True)]
        lines = [self.title, ""]
        lines += ["  " + _line(row, widths) for row in (self.columns, *body)]
        lines += [f"  {_aim(aim, small=small)}" for aim in self.aims]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines) + "\n"


def shown(cell: Cell) -> str:
    """Format a figure with three significant digits; None as a dash."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"  # noqa: PLR2004
    return f"{cell:,}" if isinstance(cell, int) else cell


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.ljust(width) if number == 0 else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join([first, *others])


def _aim(aim: Aim, *, small: bool) -> str:
    sign = "<=" if aim.better == "below" else ">="
    mark = "reached" if aim.is_met else "small  " if small else "MISSED "
    return f"{mark}  {aim.name}: {shown(aim.found)} {aim.unit} (aim {sign} {shown(aim.wanted)})"


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the repetitions."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def percentile(figures: Iterable[float], share: float) -> float:
    """Return the figure that `share` (0..1) of all are at or below; 0 if there are none."""
    ordered = sorted(figures)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def in_ms(seconds: float) -> float:
    """Convert seconds to milliseconds."""
    return seconds * 1000


def in_mb(size: float) -> float:
    """Convert bytes to megabytes."""
    return size / 1e6


Measure = Callable[[], Mapping[str, float]]
