"""Every final state of a job is the last text of its message, which has no Cancel button then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import simcord

from cogs.ui.text import sentence
from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.models import OPEN, Job, State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.job_buttons import click, ids_of
from tests.support.messages import gallery, job_messages, text
from tests.support.task_durations import FIVE_MINUTES, LONGER_THAN_TOKEN, tasks_lasting

SOON = tasks_lasting(4)
UNDER_WAY = (
    *("**In the queue**", "**Painting**", "**Still painting**", "**Generated**"),
    *("**排队中**", "**绘制中**", "rp:cancel"),
)
"""Words that no message has once its job is over."""


@dataclass(frozen=True)
class Ending:
    """Steps that lead a job to its final state, and a sentence of its last message."""

    state: State
    says: str
    before: Callable[[BotHarness], Awaitable[None]]
    after: Callable[[BotHarness, simcord.InteractionResult], Awaitable[None]]
    kling: KlingOptions = field(default_factory=lambda: SOON)
    prompt: str = "ink"
    settings: dict[str, object] = field(default_factory=dict[str, object])


async def nothing(_world: BotHarness) -> None:
    pass


async def wait(_world: BotHarness, _answer: simcord.InteractionResult) -> None:
    pass


async def fail(world: BotHarness) -> None:
    world.kling.fails("Internal error")


async def lose(world: BotHarness) -> None:
    """Lose the answer of the submission, and make every look-up fail."""
    world.kling.plan.add(Rule(action="drop_after", method="POST", path="/generations$"))
    world.kling.plan.add(Rule(action="status", method="GET", status=502, times=None))


async def occupy(world: BotHarness) -> None:
    await world.repaint(world.bob)
    await world.at_rest()


async def cancel(world: BotHarness, answer: simcord.InteractionResult) -> None:
    await click(world.ann, answer.response, "rp:cancel")


async def refuse_files(world: BotHarness) -> None:
    """Make Discord refuse every form with images, on every route."""
    for path, times in (("/webhooks/*/messages/@original", 3), ("/channels/*/messages/*", 1)):
        world.env.inject_error("PATCH", path, status=400, code=20009, times=times)
    for path in ("/channels/*/messages", "/webhooks/*/*"):
        world.env.inject_error("POST", path, status=400, code=20009, times=None)


async def refuse_after(world: BotHarness, _answer: simcord.InteractionResult) -> None:
    await refuse_files(world)


ENDINGS = [
    Ending(State.DELIVERED, "", nothing, wait),
    Ending(State.DELIVERED, "", nothing, wait, kling=LONGER_THAN_TOKEN),
    Ending(State.UNDELIVERED, "kept_in_jobs", nothing, refuse_after),
    Ending(State.FAILED, "units_given_back", fail, wait),
    Ending(State.REFUSED, "units_given_back", nothing, wait, prompt="something prohibited"),
    Ending(State.REFUSED, "units_given_back", nothing, wait, prompt="something forbidden"),
    Ending(State.UNCERTAIN, "units_given_back", lose, wait),
    Ending(
        State.EXPIRED,
        "units_given_back",
        nothing,
        wait,
        kling=tasks_lasting(9_000),
        settings={"KLING_GIVE_UP": 1, "KLING_TIMEOUT": 60},
    ),
    Ending(
        State.CANCELLED,
        "units_given_back",
        occupy,
        cancel,
        kling=FIVE_MINUTES,
        settings={"KLING_CONCURRENCY": 1},
    ),
]


def test_final_state_cases_cover_every_state() -> None:
    assert {one.state for one in ENDINGS} == {*State} - {*OPEN, State.READY}


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    "ending", ENDINGS, ids=[f"{number} {one.state}" for number, one in enumerate(ENDINGS)]
)
async def test_final_state_is_what_the_status_message_says_last(
    tmp_path: Path, ending: Ending, locale: str
) -> None:
    async with simulated_bot(tmp_path, kling=ending.kling, **ending.settings) as world:
        await ending.before(world)
        world.says = {"locale": locale, "guild_locale": locale}
        answer = await world.repaint(prompt=ending.prompt)
        await ending.after(world, answer)
        job = await over(world)
        await world.at_rest()

        assert job.state is ending.state
        [status] = [one for one in job_messages(world.channel) if is_anns(one, answer)]
        assert not [words for words in UNDER_WAY if words in text(status)]
        assert not [one for one in ids_of(status) if one.startswith("rp:cancel")]
        assert len(gallery(status)) == (1 if job.state is State.DELIVERED else 0)
        assert not ending.says or sentence(ending.says, locale) in text(status)


def is_anns(message: object, answer: simcord.InteractionResult) -> bool:
    assert answer.response is not None
    return getattr(message, "id", None) == answer.response.id


async def over(world: BotHarness) -> Job:
    """Wait until Ann's jobs have ended and their messages say so."""
    mine: list[Job] = []

    async def is_over() -> bool:
        mine[:] = [one for one in await world.jobs() if one.request.user_id == world.ann.id]
        return all(one.told_at is not None for one in mine)

    while not await is_over():
        await world.at_rest()
        next_at = world.clock.next_at()
        if next_at is not None and not await is_over():
            world.clock.move_to(next_at)
    [job] = mine
    return job
