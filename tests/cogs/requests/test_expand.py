"""/expand: by sides or to a ratio, refused in words before anything is spent."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from services.models import Padding, State
from tests.support.bot_harness import BotHarness, make_image
from tests.support.messages import gallery, text


async def expand(world: BotHarness, **options: Any) -> simcord.InteractionResult:
    options = {"image": ("cat.png", make_image(640, 480))} | options
    return await world.ann.slash(world.channel, "expand", **options)


async def test_expand_extends_the_named_sides(world: BotHarness) -> None:
    answer = await expand(world, left=25, up=50, prompt="a *wide* meadow", count=2)
    [job] = await world.until_settled()

    assert job.request.kind == "expand"
    assert job.request.options.sides == Padding(left=0.25, up=0.5)
    assert (job.state, job.units, await world.used()) == (State.DELIVERED, 2, 2)
    [order] = world.orders
    assert (order["left_expansion_ratio"], order["up_expansion_ratio"]) == (0.25, 0.5)
    assert "Expanded: left 25 %, up 50 % · a \\*wide\\* meadow" in text(answer.response)
    assert len(gallery(answer.response)) == 2


async def test_expand_to_a_ratio_needs_no_prompt(world: BotHarness) -> None:
    answer = await expand(world, ratio="16:9")
    await world.until_settled()

    [order] = world.orders
    assert order["left_expansion_ratio"] == order["right_expansion_ratio"] == 0.1666
    assert "prompt" not in order
    assert "> Expanded to 16:9" in text(answer.response)
    [shown, *_] = gallery(answer.response)
    assert shown["description"].endswith("kling-expand: Expanded to 16:9")


async def test_expand_uses_the_readers_language(world: BotHarness) -> None:
    world.says = {"locale": "zh-CN", "guild_locale": "zh-CN"}
    answer = await expand(world, left=25)
    await world.until_settled()
    assert "扩展：左 25%" in text(answer.response)

    refused = await expand(world)
    assert text(refused.response).startswith("请说明扩展多少")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Say by how much"),
        ({"left": 0, "up": 0}, "Say by how much"),
        ({"left": 200, "up": 100}, "That would be 6.0 times"),
        ({"ratio": "16:9", "left": 10}, "not both"),
        ({"ratio": "4:3"}, "has the ratio 4:3 already"),
        (
            {"ratio": "9:16", "image": ("wide.png", make_image(1200, 480))},
            "times the picture's area",
        ),
        ({"ratio": "1:1", "image": ("long.png", make_image(1900, 480))}, "too long and thin"),
    ],
)
async def test_expand_impossible_is_refused_privately_before_spending(
    world: BotHarness, given: dict[str, Any], words: str
) -> None:
    answer = await expand(world, **given)

    assert answer.ephemeral
    assert words in text(answer.response)
    assert (await world.jobs(), world.orders) == ([], [])


async def test_file_that_claims_to_be_text_is_refused_privately(world: BotHarness) -> None:
    world.claims = {"content_type": "text/plain"}

    answer = await expand(world, left=10, image=("cat.png", b"no picture"))

    assert answer.ephemeral
    assert "can't read that file" in text(answer.response)


@pytest.mark.parametrize("given", [{"left": 201}, {"down": -1}, {"ratio": "5:1"}, {"count": 5}])
async def test_discord_itself_refuses_what_lies_outside(
    world: BotHarness, given: dict[str, Any]
) -> None:
    with pytest.raises(simcord.OptionError):
        await expand(world, **given)


async def test_again_asks_for_the_same_expansion(world: BotHarness) -> None:
    await expand(world, right=30)
    await world.until_settled()

    message = world.channel.last_message
    assert message is not None
    await world.bob.click(message, label="Again")
    [_, again] = await world.until_settled(2)

    assert (again.state, again.request.kind) == (State.DELIVERED, "expand")
    assert again.request.options.sides == Padding(right=0.3)
    assert world.orders[0]["right_expansion_ratio"] == world.orders[1]["right_expansion_ratio"]
