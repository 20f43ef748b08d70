"""Private requests are shown to no other user, neither as images nor in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.models import State
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.task_durations import LONGER_THAN_TOKEN


def said_in_channels(world: BotHarness) -> list[str]:
    """Return the paths of public messages that the bot sent or changed with its own token."""
    return [
        request.path
        for request in world.env.http_requests
        if request.method in {"POST", "PATCH", "PUT"} and "/channels/" in request.path
    ]


@pytest.mark.parametrize("prompt", ["a forbidden cat", "a cat"])
async def test_end_of_a_private_request_stays_private_once_its_token_has_expired(
    tmp_path: Path, prompt: str
) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        await world.repaint(private=True, prompt=prompt)
        [job] = await world.until_settled()

        assert job.state in (State.REFUSED, State.UNDELIVERED)
        assert said_in_channels(world) == []
        assert world.channel.history(viewer=world.bob) == []


async def test_forgotten_running_request_notifies_no_user(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        await world.repaint(private=True)
        [job] = await world.jobs()
        await world.until(lambda: world.kling.book.tasks)
        await world.store.personal.erase(world.ann.id, now=world.clock.now())
        [job] = await world.until_settled()

        assert job.forgotten
        assert said_in_channels(world) == []
