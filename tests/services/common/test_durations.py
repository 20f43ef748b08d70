"""Durations as people type them."""

from __future__ import annotations

import pytest

from services.common.durations import (
    DAY_S,
    HOUR_S,
    LONGEST_S,
    briefly,
    completed,
    parse_seconds,
    parse_spans,
)
from services.errors import BadValue


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("30m", 1_800),
        ("12h", 12 * HOUR_S),
        (" 7D ", 7 * DAY_S),
        ("2w", 14 * DAY_S),
        ("1d12h", 36 * HOUR_S),
        ("1 day 12 hours", 36 * HOUR_S),
        ("90 minutes", 5_400),
        ("7天", 7 * DAY_S),
        ("12小时30分钟", 12.5 * HOUR_S),
        ("2周", 14 * DAY_S),
        ("3660d", LONGEST_S),
        ("２ｈ", 2 * HOUR_S),
        ("3 個小時", 3 * HOUR_S),
        ("1週", 7 * DAY_S),
    ],
)
def test_it_is_read(typed: str, seconds: float) -> None:
    assert parse_seconds(typed) == seconds


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "7",
        "d",
        "-7d",
        "1.5h",
        "7d!",
        "0m",
        "3661d",
        "9999999w",
        "1d 2",
        "7dd",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_seconds(typed)

    assert refusal.value.expected == "duration"


def test_a_long_nonsense_is_refused_at_once() -> None:
    with pytest.raises(BadValue):
        parse_seconds("1d" * 100_000 + "x")


@pytest.mark.parametrize(
    ("typed", "brief"),
    [
        ("2h", "2h"),
        ("90 minutes", "90m"),
        ("1 day 12 hours", "1d12h"),
        ("007d", "7d"),
        ("2周", "2w"),
    ],
)
def test_duration_is_written_briefly_in_its_own_units(typed: str, brief: str) -> None:
    parts = parse_spans(typed)

    assert parts is not None
    assert briefly(parts) == brief
    assert parse_seconds(brief) == parse_seconds(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2", ["2m", "2h", "2d", "2w"]),
        ("1d12", ["1d12m", "1d12h", "1d12d", "1d12w"]),
        ("600", ["600m", "600h", "600d"]),
        ("2h", ["2h"]),
        ("0", []),
        ("-2", []),
        ("h", []),
        ("", []),
        ("2x", []),
        ("2 hours ago", []),
    ],
)
def test_unfinished_duration_is_completed(typed: str, read: list[str]) -> None:
    assert [briefly(parts) for parts in completed(typed)] == read
