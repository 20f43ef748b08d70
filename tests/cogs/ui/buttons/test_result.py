"""The buttons under a result: their set, Before / after, and the users who may not click."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.cogs.admin.guild_harness import furnish_other_guild, open_guild_harness
from tests.support.bot_harness import BotHarness, make_image
from tests.support.messages import gallery, text
from tests.support.result_buttons import (
    delete_images,
    delete_row,
    files_of,
    folder_of,
    generate,
    labels,
    newest_message,
    private_text,
)

UNKNOWN = "I no longer know this picture."
BUTTONS = [
    ["Again", "Edit prompt", "Use as source", "Before / after"],
    ["Details", "Delete", "Report"],
]


async def test_result_has_two_rows_of_buttons(world: BotHarness) -> None:
    await generate(world)

    assert labels(newest_message(world)) == BUTTONS


async def test_private_result_has_no_report_button(world: BotHarness) -> None:
    answer = await world.repaint(private=True)
    await world.until_settled()

    assert labels(answer.response) == [BUTTONS[0], ["Details", "Delete"]]


async def test_running_job_has_only_cancel(world: BotHarness) -> None:
    answer = await world.repaint()

    assert labels(answer.response) == [["Cancel"]]
    await world.until_settled()


async def test_result_buttons_use_the_servers_language(world: BotHarness) -> None:
    world.says["guild_locale"] = "zh-CN"
    await generate(world)

    assert labels(newest_message(world))[0] == ["再来一次", "修改提示词", "用作原图", "前后对比"]


async def test_before_after_is_one_private_image(world: BotHarness) -> None:
    job = await generate(world, count=2, prompt="a **cat**")

    answer = await world.bob.click(newest_message(world), label="Before / after")

    assert answer.ephemeral
    [shown] = gallery(answer.response)
    assert shown["description"] == (
        "Before and after: the picture that came in, and the 2 that kling-v3 painted of it"
        " from the prompt: a **cat**"
    )
    assert not shown["spoiler"]
    assert answer.response is not None
    [attached] = answer.response.attachments
    with Image.open(io.BytesIO(world.env.backend.cdn.get(attached.url) or b"")) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width > 1000
    assert (folder_of(world, job) / "before-after-en-US.jpg").is_file()


async def test_before_after_is_drawn_once_per_language(world: BotHarness) -> None:
    job = await generate(world)
    await world.bob.click(newest_message(world), label="Before / after")
    kept = folder_of(world, job) / "before-after-en-US.jpg"
    before = kept.stat().st_mtime_ns

    await world.ann.click(newest_message(world), label="Before / after")
    world.says["locale"] = "zh-CN"
    answer = await world.bob.click(newest_message(world), label="Before / after")

    assert kept.stat().st_mtime_ns == before
    assert (folder_of(world, job) / "before-after-zh-CN.jpg").is_file()
    assert gallery(answer.response)[0]["description"].startswith("前后对比")


async def test_before_after_of_a_spoiler_is_a_spoiler(world: BotHarness) -> None:
    await generate(world, spoiler=True)

    answer = await world.bob.click(newest_message(world), label="Before / after")

    assert gallery(answer.response)[0]["spoiler"]


async def test_before_after_cuts_a_long_prompt_in_the_description(world: BotHarness) -> None:
    await generate(world, prompt="x" * 2500)

    answer = await world.bob.click(newest_message(world), label="Before / after")

    assert len(gallery(answer.response)[0]["description"]) == 1024


async def test_before_after_without_images_says_so(world: BotHarness) -> None:
    job = await generate(world)
    (folder_of(world, job) / "source").unlink()

    no_source = await world.bob.click(newest_message(world), label="Before / after")
    delete_images(world, job)
    nothing = await world.bob.click(newest_message(world), label="Before / after")

    assert "The picture that it was painted from is not on my disk" in private_text(no_source)
    assert private_text(nothing).startswith("I no longer keep these pictures")


@pytest.mark.parametrize("label", ["Before / after", "Details", "Use as source", "Edit prompt"])
async def test_button_of_an_unknown_job_says_so(world: BotHarness, label: str) -> None:
    delete_row(world, await generate(world))

    assert private_text(await world.ann.click(newest_message(world), label=label)) == UNKNOWN


async def test_buttons_in_another_server_show_and_change_nothing(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        job = await generate(server.world)
        other = furnish_other_guild(server)
        row = {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": verb, "custom_id": f"rp:{verb}:{job.id}"}
                for verb in ("again", "edit", "use", "compare", "details")
            ],
        }
        more = {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "label": verb, "custom_id": f"rp:{verb}:{job.id}"}
                for verb in ("links", "delete")
            ],
        }
        env = server.world.env
        env.backend.create_message(
            other.channel.id, env.backend.bot_user.id, content="look", components=[row, more]
        )
        for part in (*row["components"], *more["components"]):  # type: ignore[misc]
            pretended = other.channel.last_message
            answer = await other.mod.click(pretended, label=part["label"])  # type: ignore[index]
            assert private_text(answer) == UNKNOWN
        assert list(files_of(server.world, job))
        assert len(await server.world.jobs()) == 1


async def test_result_in_a_direct_message_belongs_to_its_requester(world: BotHarness) -> None:
    dm = world.ann.user
    answer = await dm.slash("repaint", image=("cat.png", make_image()), prompt="a cat")
    [job] = await world.until_settled()
    assert answer.response is not None
    assert labels(answer.response) == BUTTONS

    again = await dm.click(answer.response, label="Again")
    await world.until_settled(2)

    assert len(gallery(again.response)) == 1
    told = await dm.click(answer.response, label="Details")
    assert f"`{job.id}`" in text(told.response)


async def test_user_install_result_can_be_a_source(world: BotHarness) -> None:
    world.says["authorizing_integration_owners"] = {"1": str(world.ann.id)}
    answer = await world.repaint()
    await world.until_settled()
    assert answer.response is not None

    again = await world.bob.click(answer.response, label="Again")
    jobs = await world.until_settled(2)

    assert not jobs[-1].place.can_post
    assert len(gallery(again.response)) == 1


async def test_pictures_too_big_for_the_message_still_compare(world: BotHarness) -> None:
    answer = await world.repaint()
    await world.until(lambda: "Painting" in text(answer.response))
    world.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=413, code=40005)
    await world.until_settled()
    assert not gallery(newest_message(world))
    assert labels(newest_message(world)) == BUTTONS

    compared = await world.bob.click(newest_message(world), label="Before / after")

    assert len(gallery(compared.response)) == 1
