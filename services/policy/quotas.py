"""The operator's limits as set in the settings, and the quota windows in which they count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.models import Limits, Window
from services.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The operator's limits for requests, from the settings."""

    limits: Limits
    zone: ZoneInfo
    max_count: int
    concurrency: int
    """Units that the provider generates at once; a larger request could never start."""

    @property
    def most_images(self) -> int:
        """Maximum number of images in one request."""
        return min(self.max_count, self.concurrency)


def allowance_from_settings(settings: Settings) -> Allowance:
    """Return the operator's limits from the settings."""
    return Allowance(
        limits=Limits(
            user_daily=settings.user_daily_images,
            guild_daily=settings.guild_daily_images,
            bot_daily=settings.bot_daily_images,
            guild_daily_micro=settings.guild_daily_cost_micro,
            bot_daily_micro=settings.bot_daily_cost_micro,
            user_running=settings.user_running_jobs,
            user_queued=settings.user_queued_jobs,
            concurrency=settings.kling_concurrency,
            user_cooldown_s=settings.user_cooldown_s,
        ),
        zone=settings.quota_timezone,
        max_count=settings.max_count,
        concurrency=settings.kling_concurrency,
    )


# Windows: usage between the two instants of a window counts against a limit.


def find_day(now: float, zone: ZoneInfo) -> Window:
    """Return the quota window, a calendar day of the zone, with an instant (Unix seconds).

    A day with a clock change has 23 or 25 hours; both ends are midnights of the zone's own clock.
    """
    return _window(_date(now, zone), zone)


def last_days(now: float, zone: ZoneInfo, count: int) -> list[Window]:
    """Return `count` quota windows, oldest first; the last one contains the instant."""
    today = _date(now, zone)
    return [_window(today - timedelta(days=back), zone) for back in reversed(range(count))]


def _date(now: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(now, UTC).astimezone(zone).date()


def _window(day: date, zone: ZoneInfo) -> Window:
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    return Window(day=day.isoformat(), starts_at=start.timestamp(), resets_at=end.timestamp())
