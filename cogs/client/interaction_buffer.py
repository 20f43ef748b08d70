"""What is done with an interaction that is heard: answered, kept, or left to another process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from services.common.clock import Clock

KEPT = 5000
ANSWERABLE_S = 2.5
"""Discord waits 3 s for a first response."""

TOLD_S = 30.0
"""What another line of the same shard may still have on its way to us."""

Heard = dict[str, Any]
Answer = Callable[[Heard], object]


class InteractionBuffer:
    """What is heard on a line is answered at once, or kept until that is this process's to do."""

    def __init__(self, clock: Clock, *, silent: bool) -> None:
        """Take whether to begin in silence."""
        self._clock = clock
        self.is_silent = silent
        self._kept: deque[tuple[float, Heard]] = deque(maxlen=KEPT)
        self._answered: deque[tuple[float, int]] = deque(maxlen=KEPT)
        self._others: frozenset[int] = frozenset()

    def hear(self, data: Heard, answer: Answer) -> None:
        """Answer an interaction, keep it, or leave it where another process has answered it."""
        interaction_id, now = int(data["id"]), self._clock.now()
        if self.is_silent:
            self._kept.append((now, data))
        elif interaction_id not in self._others:
            self._answered.append((now, interaction_id))
            answer(data)

    def speak(self, answered: Collection[int], answer: Answer) -> None:
        """Answer what was kept and is not too old, but for what another process has answered."""
        self.is_silent, self._others = False, frozenset(answered)
        horizon = self._clock.now() - ANSWERABLE_S
        while self._kept:
            heard_at, data = self._kept.popleft()
            if heard_at >= horizon:
                self.hear(data, answer)

    def silence(self) -> Collection[int]:
        """Answer no more; return what was answered in the last seconds."""
        self.is_silent = True
        horizon = self._clock.now() - TOLD_S
        return [one for heard_at, one in self._answered if heard_at >= horizon]
