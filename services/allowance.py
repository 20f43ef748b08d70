"""What the operator allows, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.models import Limits
from services.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one request may be, as the operator set it."""

    limits: Limits
    zone: ZoneInfo
    max_count: int
    concurrency: int
    """Units the provider takes at once; a larger request could never start."""

    @property
    def most_images(self) -> int:
        """Images that one request may ask for."""
        return min(self.max_count, self.concurrency)


def allowance_of(settings: Settings) -> Allowance:
    """Take what one request may be from the settings."""
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
