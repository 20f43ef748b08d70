"""A cell of the table: a fault at a point, once or lasting, and the job's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.demo import list_image_urls, read_text
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Unanswered
from sandbox.faults import Plan
from services.models import Job, State
from tests.support.time_skipping_loop import now
from tests.system.fault_matrix.faults import SIDES, Fault
from tests.system.fault_matrix.harness import MatrixHarness

LASTS_S = 20 * 60.0
"""How long a lasting fault of Discord lasts: past the interaction token's life. A lasting fault of
the provider goes on until the job ends.
"""

LIFTED_S = 0.1
"""A world that was shut is open again after this many seconds."""

HELD_S = 61.0
"""A hold that the provider did not ask for ends within a minute."""

SPENT = (State.DELIVERED, State.UNDELIVERED)
NEITHER = "counted against your limit"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How the job ended; `broken` lists the broken promises."""

    end: str
    broken: list[str]


async def run_cell(
    world: MatrixHarness, fault: Fault, side: str, point: str, *, lasting: bool
) -> Cell:
    """Run one job through the fault, and judge how it ended."""
    plan = world.kling.plan if side == "provider" else world.discord.place.plan
    where = SIDES[side][point]
    rule = plan.add(fault.rule(where, times=None if lasting else 1))
    async with _lifted(plan, after_s=LASTS_S if lasting and side == "Discord" else None):
        answer, word = await ask(world)
        job = await world.settled(word)
    cell = judge(world, job, word, answer)
    if rule.met <= rule.after:
        cell.broken.append("the fault never struck")
    world.traces.clear()
    await _reopened(world)
    return cell


async def ask(world: MatrixHarness) -> tuple[str, str]:
    """Send a request; return how Discord's client saw the response, and the request's word."""
    try:
        return "answered", await world.ask()
    except Unanswered:
        return "did not respond", f"wish{world.asked:03}"


@asynccontextmanager
async def _lifted(plan: Plan, *, after_s: float | None) -> AsyncGenerator[None]:
    """Lift every fault when the block ends, or after `after_s` seconds if given."""
    lifting = asyncio.create_task(_lift(plan, after_s)) if after_s else None
    try:
        yield
    finally:
        if lifting is not None:
            lifting.cancel()
        plan.clear()
        await asyncio.sleep(LIFTED_S)


async def _lift(plan: Plan, after_s: float) -> None:
    await asyncio.sleep(after_s)
    plan.clear()


def judge(world: MatrixHarness, job: Job | None, word: str, answer: str = "answered") -> Cell:
    """Return how the job ended, and which promises were broken."""
    broken = [
        f"traceback in the log: {trace.getMessage()}"
        for trace in world.traces
        if not trace.name.startswith("discord.")  # discord.py recovers from these
    ]
    messages = world.messages(word, job.id if job else " ")
    if any("Traceback" in read_text(one) for one in messages):
        broken.append("a member saw a traceback")
    if job is None:
        return Cell(end=f"not accepted, {answer}", broken=broken)
    final = [one for one in messages if _shows(one) or NEITHER in read_text(one)]
    broken += [*_payment(world, job), *_telling(job, final, messages)]
    stays = job.state is State.DELIVERED and len(messages) > len(final)
    return Cell(end=_end_of(job) + (", in a new message" if stays else ""), broken=broken)


def _payment(world: MatrixHarness, job: Job) -> Iterator[str]:
    tasks = [one for one in world.kling.book.tasks.values() if _is_of(job, one.order)]
    paid = sum(bool(task.billed) for task in tasks)
    if paid > 1 or (job.state in SPENT) > paid:
        yield f"paid {paid} times"
    if job.given_back == (job.state in SPENT):
        yield f"units: given_back is {job.given_back}"


def _telling(job: Job, final: Sequence[Json], messages: Sequence[Json]) -> Iterator[str]:
    """Yield broken promises about messages: the user must be notified of the outcome exactly once.

    One message that could no longer be edited may stay behind.
    """
    if len(final) != (job.state is not State.UNDELIVERED) or len(messages) > len(final) + 1:
        yield f"told {len(final)} times in {len(messages)} messages"
    if any(map(_shows, final)) != (job.state is State.DELIVERED):
        yield f"told {[read_text(one) for one in final]}"


def _shows(message: Json) -> bool:
    """Return whether a message has the images, or links to them if they were too large."""
    return bool(list_image_urls(message)) or "/results/" in read_text(message)


def _is_of(job: Job, order: object) -> bool:
    return getattr(order, "external_task_id", "").startswith(job.id)


def _end_of(job: Job) -> str:
    """Return the job's state, with the outcome's key if there is one."""
    if job.outcome is None:
        return str(job.state)
    return f"{job.state}: {job.outcome.key}"


async def _reopened(world: MatrixHarness) -> None:
    """Wait until a pause or closed model that the fault caused has ended, for the next cell."""
    state = await world.store.providers.state()
    if state.paused_at or state.closed_models or state.busy_tries:
        opens = max(state.probe_at, *state.closed_models.values(), now() + HELD_S)
        await asyncio.sleep(opens - now())
        await world.settled(await world.ask())
        await asyncio.sleep(world.known_s)
        world.traces.clear()
