"""What a Task really cost, where the provider says so."""

from __future__ import annotations

from services.engine.parts import Parts
from services.kling import Task
from services.model_table import UNIT_PRICE_USD
from services.models import MICRO, Job


async def note_deduction(parts: Parts, job: Job, task: Task) -> None:
    """Keep the billing units that were deducted; they replace the cost that was reserved."""
    deduction = task.unit_deduction
    if deduction is None or not task.status.is_terminal:
        return
    taken = float(deduction)
    cost_micro = round(taken * UNIT_PRICE_USD * MICRO)
    await parts.store.costs.note(job.id, deduction=taken, cost_micro=cost_micro)
