"""How long a model usually takes, learned from the Jobs themselves."""

from __future__ import annotations

from collections.abc import Sequence

from services.engine import eta
from services.engine.context import EngineContext
from services.engine.eta import ENOUGH
from services.models import Job

FIRST_LOOK_S = 2.0
"""When nothing has been learned yet."""

PROBES, PROBE_PART = 0.1, 0.65
"""So many of the first polls come after so much of the learned time: what nobody polls earlier for
is never found to be done earlier, where a provider's times can not be trusted or are missing."""


async def first_look_s(parts: EngineContext, job: Job) -> float:
    """Return when to look first: what one task in twenty of this model and size takes."""
    return _learned_first_s(await _times(parts, job)) or FIRST_LOOK_S


async def first_poll_s(parts: EngineContext, job: Job) -> float:
    """Return after how long to poll a new Task: as `first_look_s` says, now and then earlier."""
    learned = _learned_first_s(await _times(parts, job))
    if learned is None:
        return FIRST_LOOK_S
    return learned * PROBE_PART if parts.chance.random() < PROBES else learned


def _learned_first_s(times: Sequence[float]) -> float | None:
    return times[len(times) // 20] if len(times) >= ENOUGH else None


async def usual_s(parts: EngineContext, job: Job) -> float | None:
    """Return the median time of such tasks; None while unknown."""
    return eta.usual(await _times(parts, job))


async def _times(parts: EngineContext, job: Job) -> list[float]:
    kind, now = (job.request.options.model, job.units), parts.clock.now()
    times = parts.learned.get(kind, now)
    if times is None:
        times = sorted(await parts.store.jobs.durations(model=kind[0], units=kind[1]))
        parts.learned.keep(kind, times, now)
    return times
