"""When the operators hear of trouble: once each, not with every Job or process that meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.claims import Claims, OwnClaims
from services.clock import Clock

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

    async def now(self, key: str, *, reason: str = "") -> None:
        """Tell, whatever was told before: the caller knows that it is news."""
        await self._operators.alert(key, reason=reason)

    async def once(self, key: str, *, reason: str) -> None:
        """Tell of something that an operator should look into."""
        trouble = self._met(key)
        if trouble.told_at is None or trouble.last >= trouble.told_at + QUIET_S:
            trouble.told_at = trouble.last
            if await self._claims.claim(f"told {key}", for_s=QUIET_S) is False:
                return
            await self._operators.alert(key, reason=reason)

    async def if_it_lasts(self, key: str, *, reason: str) -> None:
        """Tell of something that passes by itself, unless it does not."""
        if self.lasts(key):
            await self.once(key, reason=reason)

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
