"""README's figures are the measured ones, and each has its target next to it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bench.plots import draw
from bench.readme import BEGIN, END, HEADS, ROOT, block
from bench.report import Aim, Bars, Curves, Line, Panel, Table

TABLE = Table(
    name="made_up",
    title="made up",
    columns=("what", "ms"),
    rows=[["one", 1.0]],
    aims=(
        Aim(name="a", key="rate", found=150.0, wanted=100.0, better="above"),
        Aim(name="b", key="naive_rate", found=4.0, wanted=10.0, unit="times", better="above"),
        Aim(name="c", found=1.0, wanted=2.0),
    ),
    plot=Curves(
        x="size", y="ms", lines=(Line(name="past Jobs", sizes=(10, 100), figures=(1.0, 1.1)),)
    ),
)
BARS = Bars(
    names=("ours", "a naive bot"),
    panels=(Panel(title="stall ms", figures=(4.0, 1500.0), aim=10.0, is_log=True),),
)
MACHINE = {"cores": "2", "processor": "a processor", "python": "3.11", "sqlite": "3.40"}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    told = dataclasses.asdict(TABLE) | {"machine": MACHINE}
    (tmp_path / "made_up.json").write_text(json.dumps(told), "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", sorted(HEADS))
def test_readme_has_the_measured_figures(name: str) -> None:
    _, mark, rest = (ROOT / name).read_text("utf-8").partition(BEGIN)
    found, _, _ = rest.partition(END)

    assert mark
    assert found.removeprefix("\n") == block(name)


def test_readme_has_each_figure_in_every_language() -> None:
    (words, *others) = [set(words) for _, _, words in HEADS.values()]

    assert all(words == other for other in others)


def test_readme_marks_a_missed_target(results: Path) -> None:
    text = block("README.md", results)

    assert "| 150 | ≥ 100 |" in text
    assert "| 4× (missed) | ≥ 10× |" in text
    assert "2 × a processor" in text


def test_readme_block_without_results_is_empty(tmp_path: Path) -> None:
    assert block("README.md", tmp_path) == ""


def test_table_says_which_targets_were_reached() -> None:
    told = TABLE.text()

    assert "reached  a: 150  (aim >= 100)" in told
    assert "MISSED   b: 4 times (aim >= 10)" in told
    assert "MISSED" not in TABLE.text(small=True)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("plot", "words"),
    [(TABLE.plot, ["past Jobs", "size", "made up"]), (BARS, ["a naive bot", "stall ms", "1,500"])],
)
def test_plot_is_drawn_the_same_each_time(
    tmp_path: Path, plot: Curves | Bars, words: list[str]
) -> None:
    drawn = []
    for name in ("one.svg", "two.svg"):
        draw(dataclasses.replace(TABLE, plot=plot), tmp_path / name)
        drawn.append((tmp_path / name).read_text("utf-8"))

    assert drawn[0] == drawn[1]
    assert all(word in drawn[0] for word in words)
