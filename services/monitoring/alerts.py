"""Alerts to operators: one for each problem, not one for each job or process that meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.clock import Clock
from services.fleet import Claims, OwnClaims

QUIET_S = 6 * 3600.0
"""Seconds after which an alert is repeated if its problem persists."""

LASTS_S = 600.0
"""A transient problem is reported once it has lasted for this many seconds ..."""

GAP_S = 600.0
"""... without an interval of this many seconds between two occurrences."""


class Operators(Protocol):
    """The operators of the bot."""

    async def alert(self, key: str, **facts: str) -> None:
        """Send them a private message, with the text of a key; best effort, raises nothing."""
        ...


GATHER_S = 600.0
"""Seconds for which alerts about single jobs are collected into one message. The first is sent at
once."""

MOST_NAMED = 12
"""Maximum number of jobs named in one message; the log names all."""


@dataclass(slots=True)
class _Trouble:
    since: float
    last: float
    sent_at: float | None = None


class Alerts:
    """Sends alerts to the operators, one for each problem; remembers in memory which were sent.

    Several processes on one database send one alert between them. While the database is
    unavailable, each process sends its own.
    """

    def __init__(self, operators: Operators, clock: Clock, *, claims: Claims | None = None) -> None:
        """`claims` decides which of several processes sends an alert (default: each process)."""
        self._operators, self._clock = operators, clock
        self._claims = claims or OwnClaims()
        self._troubles: dict[str, _Trouble] = {}
        self._gathered: dict[str, list[str]] = {}
        self._sent_at: dict[str, float] = {}

    async def alert(self, key: str, *, reason: str = "") -> None:
        """Send an alert without any check: the caller knows that the problem is new."""
        await self._operators.alert(key, reason=reason)

    async def alert_once(self, key: str, *, reason: str) -> None:
        """Send an alert about a problem that an operator should check, at most once in QUIET_S."""
        trouble = self._met(key)
        if trouble.sent_at is None or trouble.last >= trouble.sent_at + QUIET_S:
            trouble.sent_at = trouble.last
            if await self._claims.claim(f"told {key}", for_s=QUIET_S) is False:
                return
            await self._operators.alert(key, reason=reason)

    async def alert_if_persistent(self, key: str, *, reason: str) -> None:
        """Send an alert about a transient problem once it has lasted for LASTS_S."""
        if self.lasts(key):
            await self.alert_once(key, reason=reason)

    async def each(self, key: str, *, reason: str) -> None:
        """Collect an alert about one job, and send the collected alerts that are due."""
        self._gathered.setdefault(key, []).append(reason)
        await self.send_gathered()

    @property
    def has_gathered(self) -> bool:
        """True if collected alerts are due."""
        return any(map(self._is_due, self._gathered))

    async def send_gathered(self, *, early: bool = False) -> None:
        """Send the collected alerts, one message per kind; `early`: also those not due yet."""
        for key in [key for key in self._gathered if early or self._is_due(key)]:
            reasons = self._gathered.pop(key)
            self._sent_at[key] = self._clock.now()
            await self._operators.alert(key, reason=_listed(reasons))

    def _is_due(self, key: str) -> bool:
        sent_at = self._sent_at.get(key)
        return sent_at is None or not 0 <= self._clock.now() - sent_at < GATHER_S

    def lasts(self, key: str) -> bool:
        """Record an occurrence of a problem, and return whether it has lasted for LASTS_S."""
        trouble = self._met(key)
        return trouble.last - trouble.since >= LASTS_S

    def _met(self, key: str) -> _Trouble:
        now = self._clock.now()
        trouble = self._troubles.setdefault(key, _Trouble(since=now, last=now))
        if now - trouble.last > GAP_S:
            trouble.since = now
        trouble.last = now
        return trouble


def _listed(reasons: Sequence[str]) -> str:
    named, more = reasons[:MOST_NAMED], len(reasons) - MOST_NAMED
    return "; ".join([*named, f"{more} more, see the log"] if more > 0 else named)
