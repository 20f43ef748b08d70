"""What a Task really cost, where the provider says so."""

from __future__ import annotations

import logging

from services.engine.parts import Parts
from services.errors import BotError, UnknownModel
from services.kling import Task
from services.model_table import UNIT_PRICE_USD
from services.models import MICRO, Job

log = logging.getLogger(__name__)

FACTOR = 10
"""A provider's figure beyond so many times the list price is none: money caps are built on it."""


async def note_deduction(parts: Parts, job: Job, task: Task) -> None:
    """Keep the billing units that were deducted; they replace the cost that was reserved.

    Bookkeeping keeps no picture back: what is wrong with it is logged, and the estimate stays.
    """
    deduction = task.unit_deduction
    if deduction is None or not task.status.is_terminal:
        return
    most = _estimate_micro(parts, job) / MICRO / UNIT_PRICE_USD * FACTOR
    if not 0 <= deduction <= most:
        log.warning("job %s: a deduction of %.3g units is not believed", job.id, deduction)
        return
    taken = float(deduction)
    cost_micro = round(taken * UNIT_PRICE_USD * MICRO)
    try:
        await parts.store.costs.note(job.id, deduction=taken, cost_micro=cost_micro)
    except BotError as error:
        log.warning("job %s: its cost is not noted: %s", job.id, type(error).__name__)


def _estimate_micro(parts: Parts, job: Job) -> int:
    """Return the list price of a Job in micro-dollars; what was reserved where it is unknown."""
    options = job.request.options
    try:
        price = parts.models.get(options.model).price_usd(with_image=True)
    except UnknownModel:
        return job.cost_micro
    return max(round(price * MICRO) * options.count, job.cost_micro if job.deduction is None else 0)
