"""One cell of the table: a fault at a point, once or for long, and how the Job ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.demo import pictures_of, text_of
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Unanswered
from sandbox.faults import Plan
from services.models import Job, State
from tests.matrix.faults import SIDES, Fault
from tests.matrix.world import World
from tests.support.eager import now

LASTS_S = 20 * 60.0
"""How long Discord's trouble lasts where it lasts: past the interaction's token. That of the
provider goes on until the Job's end."""

LIFTED_S = 0.1
"""A world that was shut is open again after this."""

HELD_S = 61.0
"""A hold that the provider did not ask for ends within a minute."""

SPENT = (State.DELIVERED, State.UNDELIVERED)
NEITHER = "counted against your limit"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What was seen; `broken` lists the promises that were not kept."""

    end: str
    broken: list[str]


async def run_cell(world: World, fault: Fault, side: str, point: str, *, lasting: bool) -> Cell:
    """Let one Job meet the fault, and judge what came of it."""
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


async def ask(world: World) -> tuple[str, str]:
    """Ask, and return how Discord's own client saw the answer, with the wish's word."""
    try:
        return "answered", await world.ask()
    except Unanswered:
        return "did not respond", f"wish{world.asked:03}"


@asynccontextmanager
async def _lifted(plan: Plan, *, after_s: float | None) -> AsyncGenerator[None]:
    """Lift every fault when the block ends, or after a while where one is given."""
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


def judge(world: World, job: Job | None, word: str, answer: str = "answered") -> Cell:
    """Say how it ended, and which promises were not kept."""
    broken = [
        f"traceback in the log: {trace.getMessage()}"
        for trace in world.traces
        if not trace.name.startswith("discord.")  # what it met and mends itself
    ]
    messages = world.messages(word, job.id if job else " ")
    if any("Traceback" in text_of(one) for one in messages):
        broken.append("a member saw a traceback")
    if job is None:
        return Cell(end=f"not accepted, {answer}", broken=broken)
    final = [one for one in messages if _shows(one) or NEITHER in text_of(one)]
    broken += [*_payment(world, job), *_telling(job, final, messages)]
    stays = job.state is State.DELIVERED and len(messages) > len(final)
    return Cell(end=_end_of(job) + (", in a new message" if stays else ""), broken=broken)


def _payment(world: World, job: Job) -> Iterator[str]:
    tasks = [one for one in world.kling.book.tasks.values() if _is_of(job, one.order)]
    paid = sum(bool(task.billed) for task in tasks)
    if paid > 1 or (job.state in SPENT) > paid:
        yield f"paid {paid} times"
    if job.given_back == (job.state in SPENT):
        yield f"units: given_back is {job.given_back}"


def _telling(job: Job, final: Sequence[Json], messages: Sequence[Json]) -> Iterator[str]:
    """A message that could no longer be changed may stay behind; the end is told once."""
    if len(final) != (job.state is not State.UNDELIVERED) or len(messages) > len(final) + 1:
        yield f"told {len(final)} times in {len(messages)} messages"
    if any(map(_shows, final)) != (job.state is State.DELIVERED):
        yield f"told {[text_of(one) for one in final]}"


def _shows(message: Json) -> bool:
    """Whether a message has the pictures, or the way to them where they were too large."""
    return bool(pictures_of(message)) or "/results/" in text_of(message)


def _is_of(job: Job, order: object) -> bool:
    return getattr(order, "external_task_id", "").startswith(job.id)


def _end_of(job: Job) -> str:
    """The state, and what became of the units."""
    if job.outcome is None:
        return str(job.state)
    return f"{job.state}: {job.outcome.key}"


async def _reopened(world: World) -> None:
    """Let what the fault closed be probed again, so that the next cell begins afresh."""
    state = await world.store.providers.state()
    if state.paused_at or state.closed_models or state.busy_tries:
        opens = max(state.probe_at, *state.closed_models.values(), now() + HELD_S)
        await asyncio.sleep(opens - now())
        await world.settled(await world.ask())
        await asyncio.sleep(world.known_s)
        world.traces.clear()
