"""How long a model usually takes, learned from the Jobs themselves."""

from __future__ import annotations

from services import forecast
from services.engine.parts import Parts
from services.forecast import ENOUGH
from services.models import Job

FIRST_LOOK_S = 2.0
"""When nothing has been learned yet."""


async def first_look_s(parts: Parts, job: Job) -> float:
    """Return when to look first: what one task in twenty of this model and size takes."""
    times = await _times(parts, job)
    return times[len(times) // 20] if len(times) >= ENOUGH else FIRST_LOOK_S


async def usual_s(parts: Parts, job: Job) -> float | None:
    """Return the median time of such tasks; None while unknown."""
    return forecast.usual(await _times(parts, job))


async def _times(parts: Parts, job: Job) -> list[float]:
    kind, now = (job.request.options.model, job.units), parts.clock.now()
    times = parts.learned.get(kind, now)
    if times is None:
        times = sorted(await parts.store.jobs.durations(model=kind[0], units=kind[1]))
        parts.learned.keep(kind, times, now)
    return times
