"""Expected start of queued jobs: simulates the queue with the generation times of recent tasks."""

from __future__ import annotations

import heapq
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.common.clock import Clock
from services.db import Store
from services.models import QueuedJob, QueueSnapshot

ENOUGH = 5
"""Minimum number of finished tasks of a model and size before their times are used."""

LOOKED_AT = 50
"""Number of queued jobs that are simulated; jobs further back get no estimate."""


def usual(times: Sequence[float]) -> float | None:
    """Return the median of generation times in seconds; None if there are fewer than ENOUGH."""
    return statistics.median(times) if len(times) >= ENOUGH else None


def usual_after(times: Sequence[float], elapsed: float) -> float | None:
    """Return the median of the generation times above `elapsed` seconds, for a running task.

    None if there are none, or fewer than ENOUGH times in all.
    """
    longer = [seconds for seconds in times if seconds > elapsed]
    return statistics.median(longer) if len(times) >= ENOUGH and longer else None


class Forecast:
    """Estimates when queued jobs will start."""

    def __init__(self, store: Store, *, units: int, per_user: int, clock: Clock) -> None:
        """`units`: the provider's concurrency; `per_user`: jobs of a user at once, 0: no limit."""
        self._store = store
        self._units = units
        self._per_user = per_user
        self._clock = clock

    async def starts(self) -> Mapping[str, float]:
        """Return when queued jobs are expected to start (Unix seconds), by job id.

        Jobs without an estimate are left out.
        """
        now = self._clock.now()
        outlook = await self._store.outlooks.read(now=now, limit=LOOKED_AT)
        return starts(outlook, units=self._units, per_user=self._per_user, now=now)


def starts(outlook: QueueSnapshot, *, units: int, per_user: int, now: float) -> dict[str, float]:
    """Simulate the queue from `now` by the rules of claiming (services/db/queue.py).

    Return the expected start of the jobs that get one, by job id.
    """
    if outlook.held:
        return {}
    usuals = {kind: usual(times) for kind, times in outlook.times.items()}
    play = _Play(units=units, per_user=per_user, now=now)
    for one in outlook.at_work:
        times = outlook.times.get((one.model, one.units), ())
        took = usual_after(times, now - one.since)
        play.begin(one.user_id, one.units, None if took is None else one.since + took)
    found: dict[str, float] = {}
    line = list(outlook.waiting)
    while line:
        head = play.head(line)
        if head is not None and play.fits(head.units):
            line.remove(head)
            found[head.id] = play.now
            took = usuals.get((head.model, head.units))
            play.begin(head.user_id, head.units, None if took is None else play.now + took)
        elif not play.wait():
            break
    return found


@dataclass(slots=True)
class _Play:
    """The simulated provider: the units in flight, and when each running job will end."""

    units: int
    per_user: int
    now: float
    in_flight: int = 0
    running: Counter[int] = field(default_factory=Counter[int])
    ends: list[tuple[float, int, int]] = field(default_factory=list[tuple[float, int, int]])
    """Known ends as (instant, user id, units), a heap; jobs with an unknown end are not in it."""

    def head(self, line: Sequence[QueuedJob]) -> QueuedJob | None:
        """Return the first waiting job whose user may have one more running, or None."""
        may = (
            one for one in line if not self.per_user or self.running[one.user_id] < self.per_user
        )
        return next(may, None)

    def fits(self, units: int) -> bool:
        """Return whether so many units are free; if nothing runs, any job fits."""
        return not self.in_flight or self.in_flight + units <= self.units

    def begin(self, user_id: int, units: int, ends_at: float | None) -> None:
        """Start a job that ends at `ends_at`; None: its end is unknown."""
        self.in_flight += units
        self.running[user_id] += 1
        if ends_at is not None:
            heapq.heappush(self.ends, (ends_at, user_id, units))

    def wait(self) -> bool:
        """Advance to the next known end and free its units; return False if there is none."""
        if not self.ends:
            return False
        self.now, user_id, units = heapq.heappop(self.ends)
        self.in_flight -= units
        self.running[user_id] -= 1
        return True
