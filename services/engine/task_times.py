"""How long tasks of a job's model and number of images usually take, learned from recent jobs."""

from __future__ import annotations

from collections.abc import Sequence

from services.engine import eta
from services.engine.context import EngineContext
from services.engine.eta import ENOUGH
from services.kling import FIRST_POLL_S
from services.models import Job

PROBES, PROBE_PART = 0.1, 0.65
"""The share of first polls that come early, and the part of the learned time after which they come.
A task that is never polled earlier is never found finished earlier, if a provider's times are
missing or cannot be trusted."""


async def earliest_poll_s(parts: EngineContext, job: Job) -> float:
    """Return the seconds until which only one in twenty such tasks was done.

    The usual first poll comes then. FIRST_POLL_S if too few tasks are known.
    """
    return _learned_first_s(await _times(parts, job)) or FIRST_POLL_S


async def first_poll_s(parts: EngineContext, job: Job) -> float:
    """Return the delay in seconds of a new task's first poll: `earliest_poll_s`, sometimes less."""
    learned = _learned_first_s(await _times(parts, job))
    if learned is None:
        return FIRST_POLL_S
    return learned * PROBE_PART if parts.rng.random() < PROBES else learned


def _learned_first_s(times: Sequence[float]) -> float | None:
    return times[len(times) // 20] if len(times) >= ENOUGH else None


async def usual_s(parts: EngineContext, job: Job) -> float | None:
    """Return the median seconds of tasks with the job's model and units; None if unknown."""
    return eta.usual(await _times(parts, job))


async def _times(parts: EngineContext, job: Job) -> list[float]:
    """Return the generation times of recent tasks like the job's, in seconds, shortest first."""
    kind, now = (job.request.options.model, job.units), parts.clock.now()
    times = parts.learned.get(kind, now)
    if times is None:
        times = sorted(await parts.store.jobs.durations(model=kind[0], units=kind[1]))
        parts.learned.put(kind, times, now)
    return times
