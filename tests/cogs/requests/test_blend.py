"""/blend: with options, or with a form that accepts files; each image keeps its role."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import simcord

from services.models import State
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.messages import Json, text
from tests.support.result_buttons import fields

CAT, DOG, OWL, FOX = (make_image(400 + 10 * n, 400) for n in range(4))
PLACE, LOOK = make_image(500, 500), make_image(510, 510)


async def blend(world: BotHarness, **options: Any) -> simcord.InteractionResult:
    return await world.ann.slash(world.channel, "blend", **options)


def sent(order: Json) -> list[bytes]:
    return [base64.b64decode(one["subject_image"]) for one in order["subject_image_list"]]


async def test_blend_of_two_images_is_delivered(world: BotHarness) -> None:
    answer = await blend(
        world, first=("cat.png", CAT), second=("dog.png", DOG), prompt="good friends", count=2
    )
    [job] = await world.until_settled()

    assert (job.state, job.request.kind, job.units) == (State.DELIVERED, "blend", 2)
    [order] = world.orders
    assert sent(order) == [CAT, DOG]
    assert (order["model_name"], order["prompt"]) == ("kling-v2-1", "good friends")
    assert order["aspect_ratio"] == "1:1"
    assert "Blend of 2 pictures · good friends" in text(answer.response)


async def test_blend_sends_subjects_scene_and_style_to_their_fields(world: BotHarness) -> None:
    await blend(
        world,
        first=("cat.png", CAT),
        second=("dog.png", DOG),
        third=("owl.png", OWL),
        fourth=("fox.png", FOX),
        scene=("place.png", PLACE),
        look=("look.png", LOOK),
        style="ink",
        ratio="16:9",
    )
    await world.until_settled()

    [order] = world.orders
    assert sent(order) == [CAT, DOG, OWL, FOX]
    assert base64.b64decode(order["scene_image"]) == PLACE
    assert base64.b64decode(order["style_image"]) == LOOK
    assert order["aspect_ratio"] == "16:9"
    assert order["prompt"].startswith("as an ink drawing")


async def test_blend_without_images_opens_a_form_with_the_options(
    world: BotHarness,
) -> None:
    shown = await blend(world, prompt="friends", count=2, look=("look.png", LOOK))

    form = shown.modal
    assert form is not None
    named = {part["component"]["custom_id"]: part["component"] for part in form["components"]}
    assert list(named) == ["pictures", "prompt", "scene"]
    assert (named["pictures"]["min_values"], named["pictures"]["max_values"]) == (2, 4)
    assert named["prompt"]["value"] == "friends"
    answer = await world.ann.submit_modal(
        shown,
        {
            "pictures": [("cat.png", CAT), ("dog.png", DOG), ("owl.png", OWL)],
            "prompt": "best friends",
            "scene": [("place.png", PLACE)],
        },
    )
    [job] = await world.until_settled()

    [order] = world.orders
    assert sent(order) == [CAT, DOG, OWL]
    assert base64.b64decode(order["scene_image"]) == PLACE
    assert base64.b64decode(order["style_image"]) == LOOK
    assert (order["prompt"], order["n"], job.state) == ("best friends", 2, State.DELIVERED)
    assert "Blend of 5 pictures · best friends" in text(answer.response)


async def test_blend_combines_images_of_options_and_form(world: BotHarness) -> None:
    shown = await blend(world, second=("cat.png", CAT))
    await world.ann.submit_modal(shown, {"pictures": [("dog.png", DOG)]})
    await world.until_settled()

    assert sent(world.orders[0]) == [CAT, DOG]


async def test_blend_form_survives_a_restart(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        given = {"look": ("look.png", LOOK), "count": 2, "ratio": "16:9", "style": "ink"}
        shown = await blend(world, first=("a.png", CAT), **given)
        async with restart_bot(world):
            await world.ann.submit_modal(shown, {"pictures": [("b.png", DOG)], "prompt": "friends"})
        await world.until_settled()

        [order] = world.orders
        assert sent(order) == [CAT, DOG]
        assert base64.b64decode(order["style_image"]) == LOOK
        assert (order["n"], order["aspect_ratio"]) == (2, "16:9")
        assert order["prompt"].startswith("friends, as an ink drawing")


async def test_blend_file_that_is_no_image_is_refused_with_the_prompt(world: BotHarness) -> None:
    shown = await blend(world)
    answer = await world.ann.submit_modal(
        shown, {"pictures": [("a.png", CAT), ("b.txt", b"words")], "prompt": "many words"}
    )

    assert "can't read that file" in text(answer.response)
    assert "many words" in text(answer.response)
    assert await world.jobs() == []


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_blend_form_uses_the_readers_language(world: BotHarness, locale: str) -> None:
    world.says = {"locale": locale}
    shown = await blend(world)

    assert shown.modal is not None
    assert shown.modal["title"] == {"en-US": "Blend pictures", "zh-CN": "融合图片"}[locale]


async def test_blend_again_uses_the_stored_images(world: BotHarness) -> None:
    await blend(world, first=("a.png", CAT), second=("b.png", DOG), look=("l.png", LOOK))
    await world.until_settled()
    world.env.backend.cdn._blobs.clear()

    message = world.channel.last_message
    assert message is not None
    await world.bob.click(message, label="Again")
    [_, again] = await world.until_settled(2)

    assert again.state is State.DELIVERED
    assert [sent(order) for order in world.orders] == [[CAT, DOG]] * 2
    assert base64.b64decode(world.orders[1]["style_image"]) == LOOK


async def test_form_asks_for_images_of_every_type(world: BotHarness) -> None:
    shown = await blend(world, prompt="friends")

    uploads = [one for one in fields(shown).values() if one["type"] == 19]
    assert uploads
    assert all({"image", ".heic"} <= set(one["file_types"]) for one in uploads)
