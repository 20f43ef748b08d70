"""/preferences: a user's defaults replace omitted options, if they fit the request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cogs.admin.guild_harness import open_guild_harness, restart_bot
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import Json, text


async def prefer(world: BotHarness, **values: Any) -> str:
    answer = await world.ann.slash(world.channel, "preferences set", **values)
    assert answer.ephemeral
    return text(answer.response)


async def ordered(world: BotHarness, **options: Any) -> Json:
    count = len(world.orders)
    await world.repaint(**options)
    await world.until_settled(count + 1)
    return world.orders[-1]


async def test_they_step_in_for_what_was_left_out(world: BotHarness) -> None:
    words = await prefer(
        world, model="kling-v2-1", style="ink", count=2, ratio="9:16", format="jpg"
    )
    assert "Model: **kling-v2-1**" in words.replace("\\", "")
    assert "Style: **Ink drawing**" in words

    order = await ordered(world)

    sent = {name: order[name] for name in ("model_name", "n", "aspect_ratio", "output_format")}
    assert sent == {
        "model_name": "kling-v2-1",
        "n": 2,
        "aspect_ratio": "9:16",
        "output_format": "jpg",
    }
    assert "ink drawing" in order["prompt"]


async def test_preference_is_overridden_by_an_explicit_option(world: BotHarness) -> None:
    await prefer(world, model="kling-v2-1", style="ink", count=2, private=True, spoiler=True)

    order = await ordered(
        world, model="kling-v3", style="oil", count=1, private=False, spoiler=False
    )

    assert (order["model_name"], order["n"]) == ("kling-v3", 1)
    assert "oil painting" in order["prompt"]
    [job] = await world.jobs()
    assert not job.request.options.spoiler
    assert not job.place.ephemeral


async def test_preference_for_private_and_spoiler_applies(world: BotHarness) -> None:
    await prefer(world, private=True, spoiler=True)

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert answer.ephemeral
    assert job.request.options.spoiler


async def test_they_are_each_members_own_and_outlive_a_restart(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        await prefer(world, count=2)
        async with restart_bot(world):
            shown = await world.ann.slash(world.channel, "preferences show")
            assert "Pictures: **2**" in text(shown.response)
            others = await world.bob.slash(world.channel, "preferences show")
            assert "You have none" in text(others.response)


async def test_preferences_clear_removes_one_or_all(world: BotHarness) -> None:
    await prefer(world, count=2, ratio="1:1")

    answer = await world.ann.slash(world.channel, "preferences clear", only="count")
    assert "Pictures" not in text(answer.response)
    assert "Ratio: **1:1**" in text(answer.response)
    answer = await world.ann.slash(world.channel, "preferences clear")
    assert "You have none" in text(answer.response)
    assert (await ordered(world))["n"] == 1


async def test_preference_precedes_the_servers_default(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await server.admin("settings", default_style="oil", default_model="kling-image-o1")
        assert "oil painting" in (await ordered(world))["prompt"]

        await prefer(world, style="-")
        order = await ordered(world)

        assert (order["prompt"], order["model_name"]) == ("as an oil painting", "kling-image-o1")


@pytest.mark.parametrize(
    ("mine", "asked"),
    [
        ({"ratio": "21:9"}, {"model": "kling-v2-1"}),
        ({"model": "kling-v3"}, {"model": None, "reference": "face"}),
        ({"style": "van-gogh"}, {"prompt": "x" * 2490}),
    ],
)
async def test_preference_that_does_not_fit_is_ignored(
    world: BotHarness, mine: dict[str, Any], asked: dict[str, Any]
) -> None:
    await world.until(lambda: True)
    await prefer(world, **mine)

    given = {name: value for name, value in asked.items() if value is not None}
    answer = await world.repaint(**given)

    if "reference" in given:  # the operator's default does not support it either
        assert "reference" in text(answer.response)
    else:
        await world.until_settled()
        assert world.orders[0].get("aspect_ratio") != "21:9"
        assert "Gogh" not in world.orders[0]["prompt"]


async def test_preference_above_the_servers_count_is_ignored(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await prefer(server.world, count=4)
        await server.admin("settings", max_count=2)

        assert (await ordered(server.world))["n"] == 1


async def test_preference_for_a_closed_model_is_ignored(world: BotHarness) -> None:
    await prefer(world, model="kling-image-o1")
    await world.store.providers.close_model(
        "kling-image-o1", now=world.clock.now(), asked_at=world.clock.now()
    )

    assert (await ordered(world))["model_name"] != "kling-image-o1"


async def test_preference_for_an_unknown_style_is_refused(world: BotHarness) -> None:
    assert "I don't know a style" in await prefer(world, style="whatever")


async def test_they_hold_for_expansions_and_blends_where_they_mean_something(
    world: BotHarness,
) -> None:
    await prefer(world, count=2, style="ink", ratio="1:1", model="kling-v3", format="jpg")
    picture = ("cat.png", (await anything()))
    await world.ann.slash(world.channel, "expand", image=picture, left=10)
    await world.until_settled()

    [order] = world.orders
    assert (order["n"], order["output_format"]) == (2, "jpg")
    assert "prompt" not in order
    assert order["left_expansion_ratio"] == 0.1


async def anything() -> bytes:
    from tests.support.bot_harness import make_image  # noqa: PLC0415

    return make_image()


@pytest.mark.parametrize(("locale", "title"), [("en-US", "Your own"), ("zh-CN", "个人默认值")])
async def test_preferences_use_the_readers_language(
    world: BotHarness, locale: str, title: str
) -> None:
    world.says = {"locale": locale}
    assert title in await prefer(world, spoiler=True)
