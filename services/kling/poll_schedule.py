"""When to poll a task again. The intervals grow little; exponential back-off is for errors.

The first poll comes when 5 % of such tasks are usually done, later ones after 5 % of the elapsed
time, between 1 and 5 s. Compared with one poll per second, that needs 0.17-0.50 times the calls,
for at most 1.3 s more delay (simulated with medians of 8, 20 and 60 s; 0.65 times the calls for
tasks of 1.5 to 2.5 s). Late tasks are polled every 30 s.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_POLL_S = 2.0
"""Seconds until the first poll if no times are known; no image of Kling's was finished sooner."""

LATE_POLL_S = 30.0
"""Seconds between two polls of a late task."""

_PART = 0.05
_SHORTEST_S, _LONGEST_S = 1.0, 5.0
_JITTER = 0.1
"""Relative jitter of a delay, so that jobs that started together drift apart. The first delay only
grows: a poll that comes too early would be useless."""


def next_wait(
    elapsed_s: float, *, first_s: float = FIRST_POLL_S, jitter: float = 0.5, late: bool = False
) -> float:
    """Return the seconds until the next poll of a task submitted `elapsed_s` ago.

    `first_s` is the learned time before which hardly any task is done; `jitter` is a random number
    in [0, 1) (0.5: no jitter). After a restart the same call continues the schedule.
    """
    stray = _JITTER * (2 * jitter - 1)
    if elapsed_s < first_s and not late:
        return (first_s - elapsed_s) * (1 + max(stray, 0.0))
    wait_s = LATE_POLL_S if late else min(max(_PART * elapsed_s, _SHORTEST_S), _LONGEST_S)
    return wait_s * (1 + stray)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSchedule:
    """The poll schedule of `KlingClient.wait`; `first_s`: seconds until the first poll."""

    first_s: float = FIRST_POLL_S

    def next_wait(self, elapsed_s: float, *, jitter: float = 0.5) -> float:
        """Return the seconds until the next poll of a task submitted `elapsed_s` ago."""
        return next_wait(elapsed_s, first_s=self.first_s, jitter=jitter)
