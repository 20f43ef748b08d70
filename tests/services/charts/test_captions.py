"""Figures as short text and as bars, without losing any."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.charts import Words, alt_text
from services.charts.captions import (
    ALT_TEXT_LIMIT,
    GROUPS,
    count,
    duration,
    grouped,
    make_bars,
    money,
    percent,
    ranking,
    span,
    totals,
)
from services.models import DayFigures, State, Statistics
from tests.support.statistics_samples import empty_statistics, random_statistics


def test_every_state_belongs_to_one_group() -> None:
    assert sorted(state for states in GROUPS.values() for state in states) == sorted(State)
    assert set(GROUPS) <= set(Words.__dataclass_fields__)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1234, "1,234"),
        (99_999, "99,999"),
        (100_000, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.0 M"),
        (12_345_678, "12.3 M"),
    ],
)
def test_numbers_are_brief(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (0, "$0.00"),
        (1, "<$0.01"),
        (10_000, "$0.01"),
        (5_774_999, "$5.77"),
        (9_999_990_000, "$9,999.99"),
        (10_000_000_000, "$10,000"),
        (123_456_000_000, "$123 k"),
    ],
)
def test_costs_are_dollars_and_a_little_is_not_nothing(micro: int, text: str) -> None:
    assert money(micro) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0.0 s"),
        (4.24, "4.2 s"),
        (9.6, "10 s"),
        (99.4, "99 s"),
        (99.6, "1:40 min"),
        (155, "2:35 min"),
        (599.4, "9:59 min"),
        (599.6, "10 min"),
        (3599.6, "60 min"),
        (6_000, "1:40 h"),
        (86_400, "24:00 h"),
    ],
)
def test_waiting_times_are_brief(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_there_is_never_no_percent() -> None:
    assert [percent(part, 1000) for part in (0, 1, 10, 1000)] == ["0 %", "<1 %", "1 %", "100 %"]
    assert percent(0, 0) == "0 %"


@pytest.mark.parametrize(
    ("days", "bars"), [(1, 1), (45, 45), (46, 7), (49, 7), (90, 13), (366, 53)]
)
def test_many_days_become_weeks_that_end_today(days: int, bars: int) -> None:
    figures = random_statistics(days)

    found = make_bars(figures)

    assert found.weekly is (days > 45)
    assert len(found.days) == bars
    assert found.days[0] == figures.days[0].day
    if found.weekly:
        assert found.days[-1] == figures.days[-7].day
        last = [grouped(day.units_by_outcome)["painted"] for day in figures.days[-7:]]
        assert found.units["painted"][-1] == sum(last)


@given(
    some.lists(some.dictionaries(some.sampled_from(list(State)), some.integers(0, 999)), min_size=1)
)
def test_bars_hold_every_image_once(days: list[dict[str, int]]) -> None:
    made = tuple(
        DayFigures(day=f"2026-01-{n:02}", units_by_outcome=units) for n, units in enumerate(days)
    )
    figures = Statistics(since=0, until=0, days=made)

    assert sum(totals(figures).values()) == sum(sum(units.values()) for units in days)


def test_the_description_has_the_figures() -> None:
    figures = random_statistics(7)

    text = alt_text(figures, title="Repaint: last 7 days", names={figures.members[0][0]: "Ada"})

    sums = totals(figures)
    assert text.startswith("Repaint: last 7 days (2026-11-16 – 2026-11-22)")
    for piece in (
        f"images painted: {sums['painted']}",
        f"requests: {figures.jobs}",
        "members: 7",
        "cost: $",
        "median wait: 18 s",
        "95 % within: 2:35 min",
        f"refused: {sums['refused']}",
        f"Ada: {figures.members[0][1]}",
        f"{figures.members[1][0]}: {figures.members[1][1]}",
        f"11-22: {grouped(figures.days[-1].units_by_outcome)['painted']}",
    ):
        assert piece in text


@pytest.mark.parametrize("days", [1, 30, 45, 90])
def test_the_description_of_a_busy_season_is_complete(days: int) -> None:
    figures = random_statistics(days, daily=900)

    text = alt_text(figures, title="A server", names=None)

    assert len(text) <= ALT_TEXT_LIMIT
    assert not text.endswith("…")
    assert make_bars(figures).days[-1][5:] in text


@given(title=some.text(max_size=300), name=some.text(min_size=1, max_size=400))
def test_the_description_always_fits(title: str, name: str) -> None:
    figures = random_statistics(45)
    names = {user: name for user, _ in figures.members}

    assert len(alt_text(figures, title=title, names=names)) <= ALT_TEXT_LIMIT


def test_the_description_of_nothing_says_so() -> None:
    text = alt_text(empty_statistics(1), title="A server")

    assert text.startswith("A server (2026-11-22); images painted: 0;")
    assert "median wait: –" in text


def test_other_words_reach_the_description() -> None:
    words = replace(Words(), images="已绘制图片", by_day="每日图片")

    text = alt_text(random_statistics(3), title="画室", words=words)

    assert "已绘制图片: " in text
    assert "每日图片 (painted): 11-20: " in text


def test_a_member_without_a_name_is_an_id() -> None:
    figures = replace(random_statistics(1), members=((11, 5), (12, 4), (13, 3)))

    assert ranking(figures, {11: "Ada", 12: ""}) == [("Ada", 5), ("12", 4), ("13", 3)]


def test_one_day_is_no_span() -> None:
    assert span(random_statistics(1)) == "2026-11-22"
