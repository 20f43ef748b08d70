"""Windows: between which two instants a limit counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.models import Window


def day_of(now: float, zone: ZoneInfo) -> Window:
    """Return the calendar day of the zone that the instant (Unix seconds) lies in.

    A day with a clock change has 23 or 25 hours; both ends are midnights of the zone's own clock.
    """
    return _window(_date(now, zone), zone)


def last_days(now: float, zone: ZoneInfo, count: int) -> list[Window]:
    """Return the calendar days of the zone up to the one the instant lies in, oldest first."""
    today = _date(now, zone)
    return [_window(today - timedelta(days=back), zone) for back in reversed(range(count))]


def _date(now: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(now, UTC).astimezone(zone).date()


def _window(day: date, zone: ZoneInfo) -> Window:
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    return Window(day=day.isoformat(), starts_at=start.timestamp(), resets_at=end.timestamp())
