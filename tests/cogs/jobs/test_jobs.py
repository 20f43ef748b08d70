"""/jobs: a user's own jobs in pages, one job with its images, and posting again at no cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import simcord

from services.models import State
from tests.cogs.admin.guild_harness import MANAGE_SERVER, restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.job_buttons import click, click_stale, ids_of, menu, pick
from tests.support.messages import gallery, job_messages, parts, text
from tests.support.task_durations import LONGER_THAN_TOKEN


async def painted(world: BotHarness, jobs: int, **options: object) -> None:
    for number in range(jobs):
        await world.repaint(prompt=f"cat number {number + 1}", **options)
        await world.until_settled(number + 1)


async def jobs(
    world: BotHarness, who: simcord.MemberActor | None = None
) -> simcord.InteractionResult:
    return await (who or world.ann).slash(world.channel, "jobs")


async def undelivered(world: BotHarness) -> simcord.InteractionResult:
    """Make a private result of Ann's that came after the token had expired."""
    answer = await world.repaint(private=True)
    [job] = await world.until_settled()
    assert job.state is State.UNDELIVERED
    return answer


async def test_jobs_lists_the_newest_five_with_thumbnails(world: BotHarness) -> None:
    await painted(world, 6)

    answer = await jobs(world)

    assert answer.ephemeral
    shown = text(answer.response)
    assert "What you asked for" in shown
    assert "Page 1 of 2" in shown
    assert "1. **Posted** · <t:" in shown
    assert [f"cat number {number}" in shown for number in range(1, 7)] == [False, *[True] * 5]
    thumbnails = [part for part in parts(answer.response) if part["type"] == 11]
    assert len(thumbnails) == 5
    assert thumbnails[0]["description"] == "Small picture of number 1"


@pytest.mark.parametrize("restart", [False, True])
async def test_pages_are_turned_also_after_a_restart(tmp_path: Path, restart: bool) -> None:
    async with simulated_bot(tmp_path) as world:
        await painted(world, 6)
        answer = await jobs(world)
        if restart:
            async with restart_bot(world):
                await click(world.ann, answer.response, "rpj:page:all:1")
        else:
            await click(world.ann, answer.response, "rpj:page:all:1")

        assert "cat number 1" in text(answer.response)
        assert "Page 2 of 2" in text(answer.response)
        assert "rpj:page:all:0" in ids_of(answer.response)


async def test_jobs_shows_no_job_of_others(world: BotHarness) -> None:
    await painted(world, 1)
    [job] = await world.jobs()

    answer = await jobs(world, world.bob)
    assert "Nothing yet. /repaint begins." in text(answer.response)
    assert menu(answer.response) == []

    mine = await jobs(world)
    chosen = await pick_of_another(world, mine, job.id)
    assert "I no longer know" in chosen or "Only the member who asked" in chosen


async def pick_of_another(world: BotHarness, answer: simcord.InteractionResult, job_id: str) -> str:
    """Click another user's button, as a modified client can."""
    public = await world.repaint(world.bob)
    told = await click_stale(world, world.bob, public.response, f"rp:post:{job_id}")
    return text(told.response)


async def test_jobs_filter_by_server_omits_others(world: BotHarness) -> None:
    await painted(world, 1)
    other = world.env.create_guild("Elsewhere")
    member = other.add_member(world.ann.user)
    await member.slash(
        other.create_text_channel("there"),
        "repaint",
        image=("c.png", make_image()),
        prompt="a far dog",
    )
    await world.until_settled(2)

    answer = await jobs(world)
    assert "a far dog" in text(answer.response)
    await click(world.ann, answer.response, "rpj:page:here:0")

    assert "in this server" in text(answer.response)
    assert "a far dog" not in text(answer.response)
    assert "cat number 1" in text(answer.response)


async def test_jobs_opens_one_job_with_images_and_prompt(world: BotHarness) -> None:
    await painted(world, 1, count=2)
    answer = await jobs(world)

    await pick(world.ann, answer.response, menu(answer.response))

    shown = text(answer.response)
    assert len(gallery(answer.response)) == 2
    assert "It counts as 2 pictures." in shown
    assert "kling-v3 · 2 pictures" in shown
    assert f"/{world.guild.id}/{world.channel.id}/" in shown
    await click(world.ann, answer.response, "rpj:page:all:0")
    assert "Page 1 of 1" in text(answer.response)
    assert gallery(answer.response) == []


async def test_chinese_readers_read_chinese(world: BotHarness) -> None:
    await painted(world, 1)
    world.says = {"locale": "zh-CN"}

    answer = await jobs(world)
    assert "您的请求" in text(answer.response)
    await pick(world.ann, answer.response, menu(answer.response))

    assert "计为 1 张图片" in text(answer.response)


async def test_jobs_cancels_a_waiting_job(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_CONCURRENCY=1) as world:
        first = await world.repaint(world.bob)
        await world.until(lambda: "Painting" in text(first.response))
        await world.repaint()
        answer = await jobs(world)
        await pick(world.ann, answer.response, menu(answer.response))

        told = await click(world.ann, answer.response, "rp:cancel")

        assert "1 picture is free again" in text(told.response)
        assert await world.used() == 0


async def test_posting_again_here_is_public_and_costs_nothing(world: BotHarness) -> None:
    await painted(world, 1)
    answer = await jobs(world)
    await pick(world.ann, answer.response, menu(answer.response))

    posted = await click(world.ann, answer.response, "rp:post")

    assert not posted.ephemeral
    assert len(gallery(posted.response)) == 1
    assert len(job_messages(world.channel)) == 2
    assert await world.used() == 1
    assert len(world.orders) == 1


async def test_posting_again_directly_needs_no_channel(world: BotHarness) -> None:
    await painted(world, 1)
    answer = await jobs(world)
    await pick(world.ann, answer.response, menu(answer.response))

    told = await click(world.ann, answer.response, "rp:direct")

    assert told.ephemeral
    assert text(told.response) == "Sent. It costs nothing."
    [message] = world.ann.user.dm_channel.history()
    assert len(gallery(message)) == 1


async def test_jobs_send_to_a_closed_direct_message_says_so(world: BotHarness) -> None:
    await painted(world, 1)
    answer = await jobs(world)
    await pick(world.ann, answer.response, menu(answer.response))
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)

    told = await click(world.ann, answer.response, "rp:direct")

    assert "does not let me send you direct messages" in text(told.response)


@pytest.mark.parametrize("verb", ["rp:post", "rp:direct"])
async def test_jobs_delivers_an_undelivered_job_by_a_click(tmp_path: Path, verb: str) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=1) as world:
        await undelivered(world)
        answer = await jobs(world)
        assert "Done, not posted" in text(answer.response)
        await pick(world.ann, answer.response, menu(answer.response))
        async with restart_bot(world):
            await click(world.ann, answer.response, verb)

        [job] = await world.jobs()
        assert (job.state, job.given_back) == (State.DELIVERED, False)
        assert await world.used() == 1


async def test_fetch_button_shows_the_result_in_the_old_message(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=LONGER_THAN_TOKEN, KLING_TIMEOUT=60) as world:
        answer = await world.repaint(private=True)
        await world.until(lambda: "Still painting" in text(answer.response))
        early = await click(world.ann, answer.response, "rp:fetch")
        assert text(early.response) == "It is not done yet."
        await world.until_settled()
        assert gallery(answer.response) == []

        await click(world.ann, answer.response, "rp:fetch")

        assert len(gallery(answer.response)) == 1
        [job] = await world.jobs()
        assert job.state is State.DELIVERED


async def test_fetch_button_is_on_private_messages_from_the_start(tmp_path: Path) -> None:
    """Its message can never be edited again, so it has the button to the images from the start."""
    async with simulated_bot(tmp_path, KLING_CONCURRENCY=1) as world:
        world.kling.api.life.options = LONGER_THAN_TOKEN
        first = await world.repaint(world.bob)
        await world.until(lambda: "Painting" in text(first.response))
        answer = await world.repaint(private=True)
        await world.until_settled(2)
        assert "In the queue" in text(answer.response)

        await click(world.ann, answer.response, "rp:fetch")

        assert len(gallery(answer.response)) == 1
        assert "In the queue" not in text(answer.response)


async def test_fetch_button_is_absent_if_the_bot_can_edit_later(world: BotHarness) -> None:
    answer = await world.repaint()
    assert [one for one in ids_of(answer.response) if one.startswith("rp:")] == [
        f"rp:cancel:{(await world.jobs())[0].id}"
    ]


async def test_jobs_in_a_server_of_private_answers_posts_nothing_publicly(
    world: BotHarness,
) -> None:
    await painted(world, 1)
    mod = world.guild.add_member(
        world.env.create_user("mod"),
        roles=[world.guild.create_role("Mods", permissions=MANAGE_SERVER)],
    )
    await mod.slash(world.channel, "repaint-admin settings", private_only=True)
    answer = await jobs(world)
    await pick(world.ann, answer.response, menu(answer.response))

    posted = await click(world.ann, answer.response, "rp:post")

    assert posted.ephemeral
    assert len(job_messages(world.channel)) == 1


async def test_jobs_of_deleted_images_says_so(world: BotHarness) -> None:
    await painted(world, 1)
    answer = await jobs(world)
    [job] = await world.jobs()
    [result] = await world.store.jobs.results(job.id)
    result.path.unlink()

    await pick(world.ann, answer.response, menu(answer.response))

    assert "I no longer keep these pictures" in text(answer.response)
    assert not [one for one in ids_of(answer.response) if one.startswith(("rp:post", "rp:direct"))]


async def test_jobs_repost_without_files_sends_links(world: BotHarness) -> None:
    await painted(world, 1)
    answer = await jobs(world)
    await pick(world.ann, answer.response, menu(answer.response))
    world.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=413, code=40005)

    posted = await click(world.ann, answer.response, "rp:post")

    assert "Too large to post here" in text(posted.response)
