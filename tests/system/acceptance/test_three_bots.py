"""Three bots of one world share its work: each of them can take any step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from services.models import State
from tests.support.bot_harness import simulated_bot
from tests.support.fleet_harness import count_steps
from tests.support.messages import gallery
from tests.support.postgresql import Server

MOST, AT_ONCE = 60, 6
STEPS = (State.SUBMITTING, State.RUNNING, State.READY)
LIMITS = {"USER_DAILY_IMAGES": 0, "USER_RUNNING_JOBS": 0, "USER_QUEUED_JOBS": 100_000}


async def test_each_bot_sends_looks_and_posts(
    tmp_path: Path, postgresql: Server, figures: Callable[[str], None]
) -> None:
    async with simulated_bot(tmp_path, server=postgresql, bots=3, **LIMITS) as world:
        steps = count_steps([world.bot, *world.others])
        asked = 0
        while asked < MOST and not all(steps[bot, state] for bot in range(3) for state in STEPS):
            for _ in range(AT_ONCE):
                asked += 1
                answer = await world.repaint()
                assert not answer.ephemeral
            await world.until_settled(asked)
        assert {job.state for job in await world.jobs()} == {State.DELIVERED}
        assert len(world.orders) == asked
        shown = [gallery(message) for message in world.channel.history()]
        assert [len(pictures) for pictures in shown] == [1] * asked

    told = [[steps[bot, state] for state in STEPS] for bot in range(3)]
    figures(f"{asked} requests, three bots: sent, looked at, posted {told}")
    assert all(count > 0 for counts in told for count in counts)
