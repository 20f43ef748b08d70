"""When to look at a Task again; exponential back-off is for errors, the wrong shape for waiting.

First look when 5 % of such Tasks used to be done, then after 5 % of the time gone by, between 1 and
5 s: 0.17-0.50 of the calls of a look every second, for at most 1.3 s more delay (by simulation at
medians of 8, 20 and 60 s; 0.65 for tasks of 1.5 to 2.5 s). Slow once the Task is late.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_LOOK_S = 2.0
"""Without any history; no picture of Kling's has been seen sooner."""

LATE_LOOK_S = 30.0
"""Between two looks at a Task that nobody waits for any more."""

_PART = 0.05
_SHORTEST_S, _LONGEST_S = 1.0, 5.0
_JITTER = 0.1
"""Part by which a wait is longer or shorter, so that Jobs of one instant drift apart. The first is
only longer: a look that comes too soon would be one for nothing.
"""


def next_wait(
    elapsed_s: float, *, first_s: float = FIRST_LOOK_S, jitter: float = 0.5, late: bool = False
) -> float:
    """Return seconds until the next look at a Task submitted `elapsed_s` ago.

    `first_s` is the learned time before which hardly any Task is done, `chance` a random number in
    [0, 1) (0.5: no jitter). After a restart the same call goes on where the rhythm was.
    """
    stray = _JITTER * (2 * jitter - 1)
    if elapsed_s < first_s and not late:
        return (first_s - elapsed_s) * (1 + max(stray, 0.0))
    wait_s = LATE_LOOK_S if late else min(max(_PART * elapsed_s, _SHORTEST_S), _LONGEST_S)
    return wait_s * (1 + stray)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSchedule:
    """A learned first look, for `KlingClient.wait`."""

    first_s: float = FIRST_LOOK_S

    def next_wait(self, elapsed_s: float, *, jitter: float = 0.5) -> float:
        """Return seconds until the next look."""
        return next_wait(elapsed_s, first_s=self.first_s, jitter=jitter)
