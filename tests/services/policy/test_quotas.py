"""Windows: a day of the quota's time zone from midnight to midnight, also at clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from services.models import Window
from services.policy.quotas import find_day, last_days

HOUR_S = 3600.0


def at(local: str, zone: str, *, fold: int = 0) -> float:
    """Read a wall clock; `fold` 1 is the second time that it shows the same."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def hours(window: Window) -> float:
    return (window.resets_at - window.starts_at) / HOUR_S


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        # The clock goes forward at midnight itself: the day has no 00:00.
        ("America/Santiago", "2026-09-06", 23),
        ("Asia/Beirut", "2026-03-29", 23),
        # It goes back at midnight: 23:00 to 24:00 comes twice.
        ("America/Santiago", "2026-04-04", 25),
        ("Asia/Beirut", "2026-10-24", 25),
        # It goes back to midnight: 00:00 to 01:00 comes twice, and the first one counts.
        ("America/Havana", "2026-11-01", 25),
        ("Atlantic/Azores", "2026-10-25", 25),
        ("Asia/Shanghai", "2026-10-25", 24),
    ],
)
def test_a_day_with_a_clock_change_is_one_window(zone: str, day: str, length: float) -> None:
    noon = at(f"{day}T12:00", zone)
    window = find_day(noon, ZoneInfo(zone))

    assert (window.day, hours(window)) == (day, length)
    for instant in (window.starts_at, window.resets_at - 0.001):
        assert find_day(instant, ZoneInfo(zone)) == window
    assert find_day(window.starts_at - 0.001, ZoneInfo(zone)).day < day
    assert find_day(window.resets_at, ZoneInfo(zone)).day > day


@pytest.mark.parametrize("fold", [0, 1])
def test_both_of_the_hours_that_come_twice_belong_to_one_day(fold: int) -> None:
    for zone, local in (
        ("Europe/Berlin", "2026-10-25T02:30"),
        ("America/Santiago", "2026-04-04T23:30"),
        ("America/Havana", "2026-11-01T00:30"),
    ):
        assert find_day(at(local, zone, fold=fold), ZoneInfo(zone)).day == local[:10]


def test_the_day_begins_with_the_first_hour_that_there_is() -> None:
    window = find_day(at("2026-09-06T12:00", "America/Santiago"), ZoneInfo("America/Santiago"))

    assert window.starts_at == at("2026-09-06T01:00", "America/Santiago")


@pytest.mark.proof
def test_no_zone_has_a_gap_or_an_overlap_where_its_clock_changes() -> None:
    zones = {name: ZoneInfo(name) for name in available_timezones()}
    changing = {name: tuple(changes(zone)) for name, zone in zones.items()}

    assert sum(map(bool, changing.values())) > 100
    unlike = {instants: name for name, instants in changing.items()}  # most zones share one
    for instants, name in unlike.items():
        for change, _ in instants:
            for hour in range(-27, 28):
                now = change + hour * HOUR_S
                window = find_day(now, zones[name])
                assert window.starts_at <= now < window.resets_at, name
                assert find_day(window.resets_at, zones[name]).starts_at == window.resets_at, name


def test_a_day_that_a_country_left_out_is_no_window() -> None:
    """Samoa went from Thursday the 29th to Saturday the 31st."""
    noon, zone = at("2011-12-31T12:00", "Pacific/Apia"), ZoneInfo("Pacific/Apia")
    before, missing, after = last_days(noon, zone, 3)

    assert [hours(each) for each in (before, missing, after)] == [24, 0, 24]
    assert before.resets_at == after.starts_at


def changes(zone: ZoneInfo) -> Iterator[tuple[float, timedelta]]:
    """Return the days of two years in which the zone's offset changes, with the new offset."""
    first, before = datetime(2026, 1, 1, tzinfo=UTC), None
    for day in range(730):
        instant = first + timedelta(days=day)
        offset = instant.astimezone(zone).utcoffset() or timedelta()
        if before is not None and offset != before:
            yield instant.timestamp(), offset
        before = offset
