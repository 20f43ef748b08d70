"""Buffers interactions while this process does not own the shard yet; answers them once it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from services.common.clock import Clock

MAX_BUFFERED = 5000
ANSWERABLE_S = 2.5
"""Age up to which a buffered interaction is still answered.

Discord waits 3 s for a first response.
"""

DUPLICATE_WINDOW_S = 30.0
"""How long an interaction may still arrive on the new connection after the old one answered it."""

Heard = dict[str, Any]
Answer = Callable[[Heard], object]


class InteractionBuffer:
    """Answers each interaction of a shard connection at once, or buffers it while it is silent."""

    def __init__(self, clock: Clock, *, silent: bool) -> None:
        """`silent`: buffer from the start."""
        self._clock = clock
        self.is_silent = silent
        self._buffered: deque[tuple[float, Heard]] = deque(maxlen=MAX_BUFFERED)
        self._answered: deque[tuple[float, int]] = deque(maxlen=MAX_BUFFERED)
        self._others: frozenset[int] = frozenset()

    def hear(self, data: Heard, answer: Answer) -> None:
        """Answer an interaction; buffer it while silent; drop it if another process answered it."""
        interaction_id, now = int(data["id"]), self._clock.now()
        if self.is_silent:
            self._buffered.append((now, data))
        elif interaction_id not in self._others:
            self._answered.append((now, interaction_id))
            answer(data)

    def speak(self, answered: Collection[int], answer: Answer) -> None:
        """Stop buffering: answer buffered interactions that are recent and not in `answered`."""
        self.is_silent, self._others = False, frozenset(answered)
        horizon = self._clock.now() - ANSWERABLE_S
        while self._buffered:
            received_at, data = self._buffered.popleft()
            if received_at >= horizon:
                self.hear(data, answer)

    def silence(self) -> Collection[int]:
        """Buffer from now on; return the ids of the interactions answered in the last 30 s."""
        self.is_silent = True
        horizon = self._clock.now() - DUPLICATE_WINDOW_S
        return [one for received_at, one in self._answered if received_at >= horizon]
