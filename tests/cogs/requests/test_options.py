"""/repaint's options: each reaches Kling, and Discord itself refuses values out of range."""

from __future__ import annotations

import base64
import io
import tomllib
from pathlib import Path
from typing import Any

import pytest
import simcord
from PIL import Image

from bot import DATA
from tests.support.bot_harness import BotHarness, make_image, simulated_bot

CARRYING = "kling-v2-1"
"""The model that carries references and fidelities."""


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ({"prompt": "as a mosaic"}, {"prompt": "as a mosaic"}),
        ({"prompt": "  by the sea  "}, {"prompt": "by the sea"}),
        ({"model": "kling-v2-1"}, {"model_name": "kling-v2-1"}),
        ({"count": 3}, {"n": 3}),
        ({"ratio": "9:16"}, {"aspect_ratio": "9:16"}),
        ({"format": "jpg"}, {"output_format": "jpg"}),
        ({"model": CARRYING, "reference": "subject"}, {"image_reference": "subject"}),
        ({"model": CARRYING, "reference": "face"}, {"image_reference": "face"}),
        ({"model": CARRYING, "fidelity": 0.25}, {"image_fidelity": 0.25}),
        (
            {"model": CARRYING, "reference": "subject", "human_fidelity": 1.0},
            {"image_reference": "subject", "human_fidelity": 1},
        ),
    ],
)
async def test_option_is_submitted(
    world: BotHarness, chosen: dict[str, Any], sent: dict[str, Any]
) -> None:
    await world.repaint(**chosen)
    await world.until_settled()

    [order] = world.orders
    assert sent.items() <= order.items()


async def test_options_not_chosen_are_not_submitted(world: BotHarness) -> None:
    await world.repaint()
    await world.until_settled()

    [order] = world.orders
    assert order.keys() == {
        *("model_name", "prompt", "image", "n", "aspect_ratio", "output_format"),
        "external_task_id",
    }
    assert (order["n"], order["output_format"], order["aspect_ratio"]) == (1, "png", "4:3")


async def test_image_is_submitted_unchanged(world: BotHarness) -> None:
    attached = make_image(800, 600)

    await world.repaint(image=("cat.png", attached))
    await world.until_settled()

    assert base64.b64decode(world.orders[0]["image"]) == attached


async def test_image_unsupported_by_kling_is_converted(world: BotHarness) -> None:
    await world.repaint(image=("cat.webp", make_image(800, 600, "WEBP")))
    await world.until_settled()

    sent = Image.open(io.BytesIO(base64.b64decode(world.orders[0]["image"])))
    assert (sent.format, sent.size) == ("JPEG", (800, 600))


async def test_style_is_added_to_the_prompt(world: BotHarness) -> None:
    styles = tomllib.loads((DATA / "styles.toml").read_text("utf-8"))

    await world.repaint(prompt="two cats", style="ink")
    await world.until_settled()

    assert world.orders[0]["prompt"] == f"two cats, {styles['ink']['fragment']}"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("prompt", ""),
        ("prompt", "x" * 2501),
        ("model", "dall-e"),
        ("model", "kling-v2"),  # retired
        ("reference", "both"),
        ("fidelity", -0.01),
        ("fidelity", 1.01),
        ("human_fidelity", 2.0),
        ("count", 0),
        ("count", 5),
        ("ratio", "5:1"),
        ("format", "webp"),
    ],
)
async def test_discord_itself_refuses_what_lies_outside(
    world: BotHarness, option: str, value: object
) -> None:
    with pytest.raises(simcord.OptionError, match=option):
        await world.repaint(**{option: value})


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"MAX_COUNT": 9}, 9),
        ({"MAX_COUNT": 9, "KLING_CONCURRENCY": 3}, 3),
        ({"MAX_COUNT": 1}, 1),
    ],
)
async def test_max_count_of_the_operator_limits_the_option(
    tmp_path: Path, settings: dict[str, int], most: int
) -> None:
    async with simulated_bot(tmp_path, **settings) as world:
        await world.repaint(count=most)
        with pytest.raises(simcord.OptionError, match="count"):
            await world.repaint(count=most + 1)

        await world.until_settled()
        assert world.orders[0]["n"] == most


async def test_picture_and_prompt_must_be_given(world: BotHarness) -> None:
    for given in ({"image": ("cat.png", make_image())}, {"prompt": "a cat"}):
        with pytest.raises(simcord.OptionError, match="requires"):
            await world.ann.slash(world.channel, "repaint", **given)


async def test_default_model_is_the_first_choice(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, KLING_MODEL="kling-image-o1") as world:
        await world.repaint()
        await world.until_settled()

        [command] = [one for one in world.registered() if one["name"] == "repaint"]
        [models] = [one["choices"] for one in command["options"] if one["name"] == "model"]
        assert models[0]["value"] == "kling-image-o1"
        assert world.orders[0]["model_name"] == "kling-image-o1"
