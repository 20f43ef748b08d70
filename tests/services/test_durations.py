"""Durations as people type them."""

from __future__ import annotations

import pytest

from services.durations import DAY_S, HOUR_S, LONGEST_S, seconds_of
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
    ],
)
def test_it_is_read(typed: str, seconds: float) -> None:
    assert seconds_of(typed) == seconds


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
        seconds_of(typed)

    assert refusal.value.expected == "duration"


def test_a_long_nonsense_is_refused_at_once() -> None:
    with pytest.raises(BadValue):
        seconds_of("1d" * 100_000 + "x")
