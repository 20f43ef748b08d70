"""Messages with the provider's addresses stay within Discord's limits, however long these are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cogs.ui.job_message import MESSAGE_LIMIT, TEXT_LIMIT, JobMessage
from services.models import Result
from tests.support.bot_harness import BotHarness, simulated_bot


async def letter(world: BotHarness, addresses: list[str]) -> JobMessage:
    """Return the message of a job whose files are too large, with results at these addresses."""
    await world.repaint()
    [job] = await world.until_settled()
    [kept] = await world.store.jobs.results(job.id)
    results: list[Result] = [
        replace(kept, position=at, url=address) for at, address in enumerate(addresses)
    ]
    return JobMessage(job, results=results, as_links=True)


@pytest.mark.parametrize(
    ("addresses", "named"),
    [
        (["https://a.example/1.png", "https://a.example/2.png"], 2),
        ([f"https://a.example/{n}.png?sign={'s' * 600}" for n in range(9)], 2),
        ([f"https://a.example/1.png?sign={'s' * 8_000}"], 0),
        ([f"https://a.example/1.png?sign={'s' * 8_000}", "https://a.example/2.png"], 1),
        (["", ""], 0),
    ],
)
async def test_links_are_named_as_far_as_a_message_holds_them(
    tmp_path: Path, addresses: list[str], named: int
) -> None:
    async with simulated_bot(tmp_path) as world:
        written = await letter(world, addresses)
        words = written.plain()
        assert len(words) <= MESSAGE_LIMIT
        assert words.count("](<https://") == words.count(">)") == named
        assert "{???}" not in words
        assert named or "/jobs" in words
        assert written.view().content_length() <= TEXT_LIMIT
