"""Limits of operator and server, and the interaction that came twice; nothing was held."""

from __future__ import annotations

from typing import Literal

from services.errors.base import BotError

Side = Literal["member", "server", "bot"]
Unit = Literal["images", "usd"]


class LimitReached(BotError):
    """A limit stands against the request; nothing was held."""


class QuotaExceeded(LimitReached):
    """Images or cost a day: the member's, the server's or the whole bot's."""

    def __init__(
        self,
        *,
        side: Side,
        limit: float,
        used: float,
        asked: float,
        resets_at: float,
        source: str = "operator",
        unit: Unit = "images",
    ) -> None:
        """Take figures in the unit, who set the limit, and when the next Window begins."""
        super().__init__(f"{side}: {used:g}+{asked:g} > {limit:g} {unit} ({source})")
        self.side: Side = side
        self.unit: Unit = unit
        self.source = source
        self.limit, self.used, self.asked, self.resets_at = limit, used, asked, resets_at

    @property
    def left(self) -> float:
        """What is still free in this Window."""
        return max(self.limit - self.used, 0)


class TooManyJobs(LimitReached):
    """The member has as many open Jobs as one member may have."""

    def __init__(self, *, open_jobs: int, allowed: int) -> None:
        """Take Jobs."""
        super().__init__(f"{open_jobs} of {allowed}")
        self.open_jobs, self.allowed = open_jobs, allowed


class TooManyWaiting(LimitReached):
    """The request can not start now, and as many of the user's wait as may."""

    def __init__(self, *, waiting: int, allowed: int) -> None:
        """Take Jobs."""
        super().__init__(f"{waiting} of {allowed} wait")
        self.waiting, self.allowed = waiting, allowed


class NothingMayWait(LimitReached):
    """The request can not start now, and the operator lets none wait."""


class CoolingDown(LimitReached):
    """Too soon after the member's last accepted request."""

    def __init__(self, *, until: float) -> None:
        """Take the instant from which a request is accepted again, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class MemberBlocked(LimitReached):
    """The moderators take no requests of this member."""

    def __init__(self, *, until: float | None, reason: str) -> None:
        """Take when it ends (Unix seconds, None: never) and what the moderators wrote."""
        super().__init__("for ever" if until is None else f"until {until:.0f}")
        self.until, self.reason = until, reason


class UserBlocked(LimitReached):
    """The operators take no requests of this user anywhere."""

    def __init__(self, *, reason: str) -> None:
        """Take what the operators wrote."""
        super().__init__()
        self.reason = reason


class GuildBlocked(LimitReached):
    """The operators take no requests in this guild."""

    def __init__(self, *, reason: str) -> None:
        """Take what the operators wrote."""
        super().__init__()
        self.reason = reason


class GuildNotAllowed(LimitReached):
    """The operators take requests in guilds of their list alone, and this one is not on it."""


class GuildPaused(LimitReached):
    """The moderators take no requests in this server for now."""

    def __init__(self, *, reason: str) -> None:
        """Take what the moderators wrote."""
        super().__init__()
        self.reason = reason


class BotPaused(LimitReached):
    """The operators take no requests at all for now."""

    def __init__(self, *, reason: str) -> None:
        """Take what the operators wrote."""
        super().__init__()
        self.reason = reason


class ProviderPaused(LimitReached):
    """No submissions for now: the provider refuses the operator's account."""

    def __init__(self, *, until: float) -> None:
        """Take the instant of the next attempt, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class ModelClosed(LimitReached):
    """The provider does not open this model to the operator's account; the others go on."""

    def __init__(self, *, model: str, until: float) -> None:
        """Take the model's name and the instant of the next attempt, in Unix seconds."""
        super().__init__(f"{model} until {until:.0f}")
        self.model, self.until = model, until


class DuplicateRequest(BotError):
    """This interaction was accepted before; nothing was held a second time."""

    def __init__(self, job_id: str) -> None:
        """Take the Job that it became."""
        super().__init__(job_id)
        self.job_id = job_id
