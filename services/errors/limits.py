"""Limits of operator and server that are reached; duplicate interactions. Nothing was reserved."""

from __future__ import annotations

from typing import Literal

from services.errors.base import BotError

Side = Literal["member", "server", "bot"]
Unit = Literal["images", "usd"]


class LimitReached(BotError):
    """A limit forbids the request; no units were reserved."""


class QuotaExceeded(LimitReached):
    """The daily images or cost of the member, the server or the whole bot are used up."""

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
        """Store the numbers, in `unit` (images or usd); `source` is what set the limit.

        `resets_at`: when the next window begins, in Unix seconds.
        """
        super().__init__(f"{side}: {used:g}+{asked:g} > {limit:g} {unit} ({source})")
        self.side: Side = side
        self.unit: Unit = unit
        self.source = source
        self.limit, self.used, self.asked, self.resets_at = limit, used, asked, resets_at

    @property
    def left(self) -> float:
        """The amount left in this window, in `unit`."""
        return max(self.limit - self.used, 0)


class TooManyJobs(LimitReached):
    """The user has as many open jobs as allowed."""

    def __init__(self, *, open_jobs: int, allowed: int) -> None:
        """Store the user's number of open jobs, and the number allowed."""
        super().__init__(f"{open_jobs} of {allowed}")
        self.open_jobs, self.allowed = open_jobs, allowed


class TooManyWaiting(LimitReached):
    """The request cannot start now, and the user has as many waiting jobs as allowed."""

    def __init__(self, *, waiting: int, allowed: int) -> None:
        """Store the user's number of waiting jobs, and the number allowed."""
        super().__init__(f"{waiting} of {allowed} wait")
        self.waiting, self.allowed = waiting, allowed


class NothingMayWait(LimitReached):
    """The request cannot start now, and the operator allows no waiting jobs."""


class CoolingDown(LimitReached):
    """Too soon after the user's last accepted request."""

    def __init__(self, *, until: float) -> None:
        """Store when a request is accepted again, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class MemberBlocked(LimitReached):
    """The server's moderators block this member."""

    def __init__(self, *, until: float | None, reason: str) -> None:
        """Store when the block ends (Unix seconds, None: never) and the moderators' reason."""
        super().__init__("for ever" if until is None else f"until {until:.0f}")
        self.until, self.reason = until, reason


class UserBlocked(LimitReached):
    """The operators block this user in the whole bot."""

    def __init__(self, *, reason: str) -> None:
        """Store the reason that the operators wrote."""
        super().__init__()
        self.reason = reason


class GuildBlocked(LimitReached):
    """The operators block this guild."""

    def __init__(self, *, reason: str) -> None:
        """Store the reason that the operators wrote."""
        super().__init__()
        self.reason = reason


class GuildNotAllowed(LimitReached):
    """The operators accept requests only in guilds on their list, and this one is not on it."""


class GuildPaused(LimitReached):
    """The moderators have paused requests in this server."""

    def __init__(self, *, reason: str) -> None:
        """Store the reason that the moderators wrote."""
        super().__init__()
        self.reason = reason


class BotPaused(LimitReached):
    """The operators have paused all requests."""

    def __init__(self, *, reason: str) -> None:
        """Store the reason that the operators wrote."""
        super().__init__()
        self.reason = reason


class ProviderPaused(LimitReached):
    """Submissions are paused: the provider refuses the operator's account."""

    def __init__(self, *, until: float) -> None:
        """Store when the next probe may be submitted, in Unix seconds."""
        super().__init__(f"until {until:.0f}")
        self.until = until


class ModelClosed(LimitReached):
    """The provider refuses this model to the operator's account; other models still work."""

    def __init__(self, *, model: str, until: float) -> None:
        """Store the model, and when its next probe may be submitted, in Unix seconds."""
        super().__init__(f"{model} until {until:.0f}")
        self.model, self.until = model, until


class DuplicateRequest(BotError):
    """This interaction was accepted before; no units were reserved a second time."""

    def __init__(self, job_id: str) -> None:
        """Store the id of the job that the interaction created."""
        super().__init__(job_id)
        self.job_id = job_id
