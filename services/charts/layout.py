"""A sheet to draw on; its unit is the pixel of a phone, and (0, 0) is the upper left corner."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text

from services.charts.theme import DPI, SCALE, SMALLEST_TEXT, Mark, Theme, families

WIDTH = 375.0
MARGIN = 14.0
INNER = WIDTH - 2 * MARGIN

PIXEL = 0.01
"""One unit in inches, at 100 dots per inch before scaling."""

POINTS = 72 * PIXEL
"""Points (the unit of font sizes) per pixel."""

Side = Literal["left", "center", "right"]


class Sheet:
    """A Matplotlib figure of fixed width on which texts and boxes are placed."""

    def __init__(self, theme: Theme, height: float) -> None:
        """`height` is in pixels."""
        self.theme = theme
        self.height = height
        size = (WIDTH * PIXEL, height * PIXEL)
        self.figure = Figure(figsize=size, dpi=DPI, facecolor=theme.ground)
        self._canvas = FigureCanvasAgg(self.figure)
        self._paper = self.figure.add_axes((0, 0, 1, 1))
        self._paper.set_axis_off()
        self._paper.set_xlim(0, WIDTH)
        self._paper.set_ylim(height, 0)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = SMALLEST_TEXT,
        bold: bool = False,
        quiet: bool = False,
        side: Side = "left",
        width: float = INNER,
    ) -> float:
        """Write one line with its baseline at y, cut to a width; return its actual width."""
        text = self._paper.text(
            x,
            y,
            " ".join(words.split()),
            fontsize=size * POINTS,
            fontweight="bold" if bold else "normal",
            fontfamily=families(),
            color=self.theme.quiet if quiet else self.theme.text,
            ha=side,
            va="baseline",
            parse_math=False,
        )
        return self._shorten(text, width)

    def panel(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a background panel with round corners."""
        self._paper.add_patch(
            FancyBboxPatch(
                (x + 5, y + 5),
                width - 10,
                height - 10,
                boxstyle="round,pad=5",
                facecolor=self.theme.panel,
                edgecolor="none",
            )
        )

    def box(self, x: float, y: float, width: float, height: float, mark: Mark) -> None:
        """Draw a box with a group's fill, edge and hatch."""
        self._paper.add_patch(
            Rectangle(
                (x, y),
                width,
                height,
                facecolor=mark.fill,
                edgecolor=mark.edge,
                hatch=mark.hatch,
                linewidth=POINTS,
            )
        )

    def chart(self, x: float, y: float, width: float, height: float) -> Axes:
        """Return new axes, for a chart inside the sheet."""
        left, bottom = x / WIDTH, 1 - (y + height) / self.height
        return self.figure.add_axes((left, bottom, width / WIDTH, height / self.height))

    def measure_width(self, words: str, size: float = SMALLEST_TEXT) -> float:
        """Return the width of a line in pixels."""
        text = Text(
            0, 0, words, fontsize=size * POINTS, fontfamily=families(), figure=self.figure,
            parse_math=False,
        )  # fmt: skip
        return self._measure(text)

    def _measure(self, text: Text) -> float:
        return text.get_window_extent(self._canvas.get_renderer()).width / SCALE

    def _shorten(self, text: Text, width: float) -> float:
        whole = text.get_text()
        kept = len(whole)
        while kept and self._measure(text) > width:
            kept -= 1
            text.set_text(f"{whole[:kept].rstrip()}…")
        return self._measure(text)
