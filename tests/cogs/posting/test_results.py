"""Posted results: a gallery with alt texts; spoilers and private messages where requested."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kling.options import Options as KlingOptions
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.messages import gallery, parts, text


async def test_result_images_are_in_one_gallery(world: BotHarness) -> None:
    answer = await world.repaint(count=4)
    await world.until_settled()

    assert answer.response is not None
    attached = [one.id for one in answer.response.attachments]
    shown = [int(item["media"]["attachment_id"]) for item in gallery(answer.response)]
    assert len(shown) == 4
    assert shown == attached
    assert "kling-v3 · 4 pictures · " in text(answer.response)


async def test_result_file_is_the_file_from_kling(world: BotHarness) -> None:
    painted = make_image(700, 500)  # the sandbox's `copy` painter returns the source

    answer = await world.repaint(image=("cat.png", painted))
    await world.until_settled()

    assert answer.response is not None
    [posted] = answer.response.attachments
    assert world.env.backend.cdn.get(posted.url) == painted


async def test_result_images_have_alt_texts(world: BotHarness) -> None:
    answer = await world.repaint(count=2, prompt="a **cat**\nby the sea")
    await world.until_settled()

    assert [item["description"] for item in gallery(answer.response)] == [
        f"Picture {number} of 2, painted by kling-v3 from the prompt: a **cat** by the sea"
        for number in (1, 2)
    ]


@pytest.mark.parametrize(("format_", "kind"), [("jpg", "JPEG"), ("png", "PNG")])
async def test_files_are_named_for_the_job_and_what_they_are(
    tmp_path: Path, format_: str, kind: str
) -> None:
    dmxapi = KlingOptions(flavour="dmxapi", painter="copy", min_seconds=1, max_seconds=1)
    async with simulated_bot(tmp_path, kling=dmxapi) as world:
        answer = await world.repaint(image=("cat.webp", make_image(kind=kind)), format=format_)
        [job] = await world.until_settled()

        assert answer.response is not None
        assert [one.filename for one in answer.response.attachments] == [f"{job.id}_1.{format_}"]


async def test_result_with_spoiler_is_hidden(world: BotHarness) -> None:
    answer = await world.repaint(spoiler=True)
    await world.until_settled()

    [item] = gallery(answer.response)
    assert answer.response is not None
    [attached] = answer.response.attachments
    assert item["spoiler"]
    assert attached.is_spoiler()
    assert item["media"]["attachment_id"] == str(attached.id)


async def test_result_without_spoiler_is_visible(world: BotHarness) -> None:
    answer = await world.repaint()
    await world.until_settled()

    assert not gallery(answer.response)[0]["spoiler"]


async def test_private_result_is_seen_by_its_requester_only(world: BotHarness) -> None:
    answer = await world.repaint(private=True)
    assert answer.ephemeral
    await world.until_settled()

    assert len(gallery(answer.response)) == 1
    assert world.channel.history(viewer=world.bob) == []
    assert len(world.channel.history(viewer=world.ann)) == 1


async def test_private_message_is_edited_by_its_token_only(world: BotHarness) -> None:
    await world.repaint(private=True)
    await world.until_settled()

    paths = [one.path for one in world.env.http_requests if one.method == "PATCH"]
    assert len(paths) == 2
    assert all(path.endswith("/messages/@original") for path in paths)


async def test_result_message_uses_components_v2_only(world: BotHarness) -> None:
    answer = await world.repaint()
    await world.until_settled()

    assert answer.response is not None
    assert answer.response.flags.components_v2
    assert answer.response.content == ""
    assert parts(answer.response)[0]["accent_color"] == 0x3FB68B
