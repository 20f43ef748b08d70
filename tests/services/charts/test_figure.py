"""The chart as a phone shows it: nothing cut off, large enough, and readable without colour.

The tests use the renderer that makes the PNG; lengths are pixels of a phone that shows the image
375 wide.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from services.charts.bars import ABOVE, BELOW
from services.charts.captions import GROUPS, make_bars
from services.charts.figure import paint, png, readable
from services.charts.spec import Order, Words
from services.charts.theme import DARK, LIGHT, SCALE, Theme, drawable
from services.models import Statistics
from tests.support.statistics_samples import empty_statistics, random_statistics

pytestmark = pytest.mark.proof


Box = tuple[float, float, float, float]

LONG = replace(
    random_statistics(30, daily=90_000, members=5),
    jobs=99_999,
    active_members=99_999,
    cost_micro=99_999_000_000,
    wait_median_s=599,
    wait_p95_s=86_400,
    members=tuple((2**63 - n, 99_999) for n in range(1, 6)),
)
CASES = {
    "nothing": empty_statistics(),
    "one day": random_statistics(1),
    "one image": random_statistics(1, daily=1, members=1),
    "a week": random_statistics(7),
    "a month": random_statistics(30),
    "the most bars": random_statistics(45),
    "a season": random_statistics(90, daily=200),
    "a million": random_statistics(90, daily=9_000),
    "a year": random_statistics(366),
    "all figures long": LONG,
}
NO_FONT_HAS = "\U0010fffd"


def order(statistics: Statistics, *, dark: bool = False, title: str = "A server") -> Order:
    return Order(statistics=statistics, title=title, dark=dark)


@cache
def painted(name: str, *, dark: bool = False) -> Figure:
    """Draw a case once for all tests that use it."""
    return paint(order(CASES[name], dark=dark))


def texts(figure: Figure) -> Iterator[tuple[Text, Box]]:
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text():
            box = text.get_window_extent(canvas.get_renderer())
            yield text, (box.x0 / SCALE, box.y0 / SCALE, box.x1 / SCALE, box.y1 / SCALE)


def words_on(figure: Figure) -> list[str]:
    return [text.get_text() for text, _ in texts(figure)]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_every_word_is_inside_large_enough_and_on_nothing_else(name: str, dark: bool) -> None:
    figure = painted(name, dark=dark)
    width, height = (side * 100 for side in figure.get_size_inches())

    found = [(text, box) for text, box in texts(figure) if box[2] > box[0]]

    for text, (left, bottom, right, top) in found:
        assert left >= 4, text
        assert right <= width - 4, text
        assert bottom >= 4, text
        assert top <= height - 4, text
        assert text.get_fontsize() / 0.72 >= 12, text
    for (one, box), (other, second) in combinations(found, 2):
        assert not overlap(box, second), f"{one.get_text()} and {other.get_text()}"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_the_png_is_upright_sharp_and_small(name: str, dark: bool) -> None:
    made = png(painted(name, dark=dark))

    with Image.open(io.BytesIO(made)) as picture:
        assert picture.format == "PNG"
        assert picture.width == 375 * SCALE
        assert 600 <= picture.height <= 2000
        ground = to_rgb((DARK if dark else LIGHT).ground)
        assert picture.convert("RGB").getpixel((3, 3)) == tuple(round(255 * c) for c in ground)
    assert len(made) < 400_000


def test_no_figure_is_cut_off() -> None:
    assert not [word for word in words_on(paint(order(LONG))) if "…" in word]


@pytest.mark.parametrize("name", ["one day", "a month", "a million"])
def test_the_bars_are_the_figures(name: str) -> None:
    bars = make_bars(CASES[name])

    _, axes = painted(name).axes

    for stack in axes.containers:
        assert isinstance(stack, BarContainer)
        group = stack.get_label()
        drawn = {round(bar.get_center()[0]): round(bar.get_height()) for bar in stack.patches}
        sign, units = 1 if group in ABOVE else -1, enumerate(bars.units[group])
        assert drawn == {place: sign * number for place, number in units if number}
        low, high = axes.get_ylim()
        assert all(low <= bar.get_y() + bar.get_height() <= high for bar in stack.patches)


def test_the_figures_are_written_out() -> None:
    figures = CASES["a season"]

    found = words_on(paint(order(figures, title="My server")))

    assert {"My server", "2026-08-25 – 2026-11-22", "18 s", "2:35 min", "7"} <= set(found)
    assert {str(user) for user, _ in figures.members[:5]} <= set(found)
    assert str(figures.members[5][0]) not in found


def test_nothing_to_show_is_said() -> None:
    assert "No requests in these days." in words_on(paint(order(empty_statistics())))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_contrast_is_enough_for_weak_eyes(theme: Theme) -> None:
    for ground in (theme.ground, theme.panel):
        assert contrast(theme.text, ground) >= 7
        assert contrast(theme.quiet, ground) >= 4.5
    for mark in theme.marks.values():
        assert contrast(mark.edge, theme.ground) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_groups_are_told_apart_without_colour(theme: Theme) -> None:
    assert set(theme.marks) == set(GROUPS) == {*ABOVE, *BELOW}
    for side in (ABOVE, BELOW):
        for one, other in combinations((theme.marks[group] for group in side), 2):
            different_light = contrast(one.fill, other.fill) >= 2
            assert one.hatch != other.hatch or different_light


def test_text_of_members_is_taken_as_it_is() -> None:
    figures = random_statistics(3, members=3)
    names = dict(
        zip((user for user, _ in figures.members), ("$a^2$", "two\nlines", "\\LaTeX"), strict=True)
    )

    found = words_on(paint(replace(order(figures, title="$x_1$ & 100 %"), names=names)))

    assert {"$x_1$ & 100 %", "$a^2$", "two lines", "\\LaTeX"} <= set(found)


def test_a_long_name_is_cut_and_stays_in_its_column() -> None:
    figures = random_statistics(3, members=1)
    names = {figures.members[0][0]: "W" * 32}

    (cut,) = [word for word in words_on(paint(replace(order(figures), names=names))) if "W" in word]

    assert cut.endswith("…")
    assert 5 < len(cut) < 32


def test_what_no_font_can_write_is_written_otherwise() -> None:
    figures = random_statistics(3, members=2)
    (first, _), (second, _) = figures.members
    asked = Order(
        statistics=figures,
        title=f"Server {NO_FONT_HAS}",
        names={first: NO_FONT_HAS, second: "Ærøskøbing Жук"},
        words=replace(Words(), images=NO_FONT_HAS),
    )

    assert not drawable([NO_FONT_HAS])
    found = words_on(paint(asked))

    assert {"Statistics", str(first), "Ærøskøbing Жук", "images painted"} <= set(found)
    assert readable(asked).words == Words()


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
