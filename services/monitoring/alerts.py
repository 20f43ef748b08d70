"""When the operators hear of trouble: once each, not with every Job or process that meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.clock import Clock
from services.fleet.claims import Claims, OwnClaims

QUIET_S = 6 * 3600.0
"""The same trouble is told again after this, if it is still met."""

LASTS_S = 600.0
"""What passes by itself is told once it has been met for this long ..."""

GAP_S = 600.0
"""... without such a time between two of its meetings."""


class Operators(Protocol):
    """Those who run the bot."""

    async def alert(self, key: str, **facts: str) -> None:
        """Tell them privately, by a key of the wording; best effort, raises nothing."""
        ...


GATHER_S = 600.0
"""What concerns one Job each is told at once, and what follows within this time together."""

MOST_NAMED = 12
"""Jobs that one message names; the log names them all."""


@dataclass(slots=True)
class _Trouble:
    since: float
    last: float
    told_at: float | None = None


class Alerts:
    """Remembers, for as long as the process lives, what the operators were told.

    Several processes tell each trouble once together, and each by itself while the database that
    they share is away.
    """

    def __init__(self, operators: Operators, clock: Clock, *, claims: Claims | None = None) -> None:
        """Take whom to tell, and who decides which process does (default: this one)."""
        self._operators, self._clock = operators, clock
        self._claims = claims or OwnClaims()
        self._troubles: dict[str, _Trouble] = {}
        self._gathered: dict[str, list[str]] = {}
        self._told_at: dict[str, float] = {}

    async def alert(self, key: str, *, reason: str = "") -> None:
        """Tell, whatever was told before: the caller knows that it is news."""
        await self._operators.alert(key, reason=reason)

    async def alert_once(self, key: str, *, reason: str) -> None:
        """Tell of something that an operator should look into."""
        trouble = self._met(key)
        if trouble.told_at is None or trouble.last >= trouble.told_at + QUIET_S:
            trouble.told_at = trouble.last
            if await self._claims.claim(f"told {key}", for_s=QUIET_S) is False:
                return
            await self._operators.alert(key, reason=reason)

    async def alert_if_persistent(self, key: str, *, reason: str) -> None:
        """Tell of something that passes by itself, unless it does not."""
        if self.lasts(key):
            await self.alert_once(key, reason=reason)

    async def each(self, key: str, *, reason: str) -> None:
        """Tell of something that an operator should know of every Job that it befalls."""
        self._gathered.setdefault(key, []).append(reason)
        await self.send_gathered()

    @property
    def has_gathered(self) -> bool:
        """Whether something waits whose time to be told has come."""
        return any(map(self._is_due, self._gathered))

    async def send_gathered(self, *, early: bool = False) -> None:
        """Tell what has been gathered, each kind in one message; `early`: before its time too."""
        for key in [key for key in self._gathered if early or self._is_due(key)]:
            reasons = self._gathered.pop(key)
            self._told_at[key] = self._clock.now()
            await self._operators.alert(key, reason=_listed(reasons))

    def _is_due(self, key: str) -> bool:
        told_at = self._told_at.get(key)
        return told_at is None or not 0 <= self._clock.now() - told_at < GATHER_S

    def lasts(self, key: str) -> bool:
        """Note that a trouble was met, and tell whether it has been for long."""
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
