"""Drafts whose form is still open: a form's id has no room for them.

They live as long as a form may stay open at all, in memory. A form that is sent after a restart is
answered in words; the menu is one click away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from cogs.requests import Draft
from services.clock import Clock
from services.errors import FormForgotten
from services.ids import new_job_id
from services.models import Source

LIFE_S = 15 * 60.0
"""As long as the interaction that opened the form could be answered (Discord)."""

MOST = 2_000
"""Forms open at once; the oldest goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was known when a form was opened."""

    user_id: int
    pictures: Sequence[Source]
    """Those that can be chosen from, or that are given already."""
    draft: Draft | None = None


class Pending:
    """Keeps what was begun until its form comes back."""

    def __init__(self, clock: Clock) -> None:
        """Take the time."""
        self._clock = clock
        self._begun: OrderedDict[str, tuple[float, Begun]] = OrderedDict()

    def keep(self, begun: Begun) -> str:
        """Return the key that the form's id carries; it looks like a Job's."""
        key, now = new_job_id(self._clock.now()), self._clock.now()
        self._begun[key] = (now + LIFE_S, begun)
        while len(self._begun) > MOST or next(iter(self._begun.values()))[0] < now:
            self._begun.popitem(last=False)
        return key

    def take(self, key: str, user_id: int) -> Begun:
        """Return what was begun, any number of times; raises FormForgotten."""
        ends_at, begun = self._begun.get(key, (0.0, None))
        if begun is None or begun.user_id != user_id or ends_at < self._clock.now():
            raise FormForgotten
        return begun
