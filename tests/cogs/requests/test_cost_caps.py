"""Money caps count the cost of each request before it is made: with its image, for every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.messages import text

PRICE = 0.028
"""US dollars of one image from an image, of kling-v2-1 (0.014 from words) and of an expansion."""


async def ask(world: BotHarness, kind: str, **options: Any) -> str:
    """Request one image; return the answer's text."""
    if kind == "expand":
        image = ("cat.png", make_image())
        answer = await world.ann.slash(world.channel, "expand", image=image, left=25, **options)
    else:
        answer = await world.repaint(model=kind, **options)
    return text(answer.response)


@pytest.mark.parametrize("setting", ["GUILD_DAILY_COST", "BOT_DAILY_COST"])
@pytest.mark.parametrize("kind", ["kling-v2-1", "kling-v3", "expand"])
async def test_cost_cap_counts_the_full_price_of_each_kind(
    tmp_path: Path, setting: str, kind: str
) -> None:
    """Room for two images and a half: the third is refused, whatever it is."""
    limits = {"USER_QUEUED_JOBS": "9", "USER_DAILY_IMAGES": "0"}
    async with simulated_bot(tmp_path, **{setting: f"{PRICE * 2.5:.3f}"}, **limits) as world:
        answers = [await ask(world, kind) for _ in range(3)]

        assert len(await world.jobs()) == 2
        assert "$0.0" in answers[-1]
