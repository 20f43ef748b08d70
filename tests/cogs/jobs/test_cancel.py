"""Cancel: free while queued; too late at the provider, where the images can be withheld."""

from __future__ import annotations

from pathlib import Path

import pytest
import simcord

from services.models import Job, State
from tests.cogs.admin.guild_harness import MANAGE_SERVER, restart_bot
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.job_buttons import click, click_stale, ids_of
from tests.support.messages import gallery, said, text
from tests.support.task_durations import FIVE_MINUTES, tasks_lasting


def moderator(world: BotHarness) -> simcord.MemberActor:
    role = world.guild.create_role("Mods", permissions=MANAGE_SERVER)
    return world.guild.add_member(world.env.create_user("mo"), roles=[role])


async def waiting(world: BotHarness, **options: object) -> simcord.InteractionResult:
    """Return Bob's request, queued behind one of Ann's."""
    first = await world.repaint(world.ann)
    await world.until(lambda: "Painting" in text(first.response))
    return await world.repaint(world.bob, **options)


async def bobs(world: BotHarness) -> Job:
    return next(job for job in await world.jobs() if job.request.user_id == world.bob.id)


async def test_cancel_of_a_waiting_job_refunds_all_units(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=2) as world:
        answer = await waiting(world, count=2)
        assert await world.used(world.bob) == 2

        told = await click(world.bob, answer.response, "rp:cancel")
        await world.until(lambda: "Cancelled before" in text(answer.response))

        assert told.ephemeral
        assert text(told.response) == "Cancelled. 2 pictures are free again."
        assert await world.used(world.bob) == 0
        assert "Nothing was counted" in text(answer.response)
        assert not [one for one in ids_of(answer.response) if one.startswith("rp:cancel")]
        assert len(world.orders) == 1


@pytest.mark.parametrize("restart", [False, True])
async def test_cancel_is_allowed_to_moderators_and_no_other_member(
    tmp_path: Path, restart: bool
) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=1) as world:
        answer, mo = await waiting(world), moderator(world)
        if restart:
            async with restart_bot(world):
                refused = await click(world.ann, answer.response, "rp:cancel")
                told = await click(mo, answer.response, "rp:cancel")
        else:
            refused = await click(world.ann, answer.response, "rp:cancel")
            told = await click(mo, answer.response, "rp:cancel")

        assert "Only the member who asked" in text(refused.response)
        assert "1 picture is free again" in text(told.response)
        job = await bobs(world)
        assert (job.state, job.outcome and job.outcome.key) == (
            State.CANCELLED,
            "cancelled_by_moderator",
        )


async def test_cancel_clicked_twice_refunds_once(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=1) as world:
        answer = await waiting(world)
        button = ids_of(answer.response)[0]
        assert answer.response is not None
        await world.bob.click(answer.response, custom_id=button)
        await world.at_rest()
        world.says = {"locale": "zh-CN"}

        again = await click_stale(world, world.bob, answer.response, button)

        assert "已在绘制之前取消" in text(again.response)
        assert await world.used(world.bob) == 0


async def test_cancel_of_a_running_job_withholds_its_images(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES) as world:
        answer = await world.repaint()
        await world.until(lambda: "Painting" in text(answer.response))

        told = await click(world.ann, answer.response, "rp:cancel")
        assert told.ephemeral
        assert "can't be stopped. 1 picture stays counted, unless it fails" in text(told.response)
        await click(world.ann, told.response, "rp:withhold")
        await world.at_rest()
        assert "Not posted here" in text(answer.response)
        [job] = await world.until_settled()

        assert (job.state, job.given_back) == (State.UNDELIVERED, False)
        assert gallery(answer.response) == []
        assert all(result.path.exists() for result in await world.store.jobs.results(job.id))
        assert not any("attachment" in said(body) for body in world.requests("PATCH"))


async def test_withheld_job_that_fails_shows_the_failure(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES) as world:
        answer = await world.repaint(prompt="something forbidden")
        await world.until(lambda: "Painting" in text(answer.response))
        told = await click(world.ann, answer.response, "rp:cancel")
        await click(world.ann, told.response, "rp:withhold")

        [job] = await world.until_settled()

        assert (job.state, job.given_back) == (State.REFUSED, True)
        assert "content rules" in text(answer.response)


async def test_cancel_of_a_delivered_job_says_so(world: BotHarness) -> None:
    answer = await world.repaint()
    button = ids_of(answer.response)[0]
    assert answer.response is not None
    await world.until_settled()

    told = await click_stale(world, world.ann, answer.response, button)

    assert text(told.response) == "That one has been posted already."


async def test_long_wait_mentions_the_requester_only(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES) as world:
        answer = await world.repaint(prompt=f"a cat for @everyone and {world.bob.mention}")
        await world.until_settled()
        assert answer.response is not None

        [ping] = [body for body in world.requests("POST", "/messages") if body.get("content")]
        link = (
            f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{answer.response.id}"
        )
        assert ping["content"] == f"{world.ann.mention} your pictures are ready: {link}"
        assert ping["allowed_mentions"] == {"parse": [], "users": [world.ann.id]} | (
            {"replied_user": False} if "replied_user" in ping["allowed_mentions"] else {}
        )
        assert ping["enforce_nonce"]


async def test_short_wait_mentions_no_user(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        await world.repaint()
        await world.until_settled()

        assert world.requests("POST", "/messages") == []


LONG_AFTER_S = 120.0
"""The bot mentions a user who has waited for this number of seconds."""


@pytest.mark.parametrize("by_moderator", [False, True])
async def test_cancel_after_a_long_wait_mentions_no_user(
    tmp_path: Path, by_moderator: bool
) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES, KLING_CONCURRENCY=1) as world:
        answer = await waiting(world)
        asked_at = (await bobs(world)).created_at
        await world.until(lambda: world.clock.now() > asked_at + LONG_AFTER_S)

        await click(moderator(world) if by_moderator else world.bob, answer.response, "rp:cancel")
        await world.until(lambda: "Cancelled" in text(answer.response))
        await world.at_rest()

        assert (await bobs(world)).state is State.CANCELLED
        assert world.requests("POST", "/messages") == []


@pytest.mark.parametrize("prompt", ["a cat", "something forbidden"])
async def test_withheld_job_mentions_no_user(tmp_path: Path, prompt: str) -> None:
    """The bot does not mention a user who clicked Cancel, whatever the outcome."""
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES) as world:
        answer = await world.repaint(prompt=prompt)
        await world.until(lambda: "Painting" in text(answer.response))
        told = await click(world.ann, answer.response, "rp:cancel")
        await click(world.ann, told.response, "rp:withhold")

        [job] = await world.until_settled()

        assert job.withheld
        assert world.requests("POST", "/messages") == []


async def test_refused_mention_affects_nothing(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, kling=FIVE_MINUTES) as world:
        await world.repaint()
        world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)

        [job] = await world.until_settled()

        assert job.state is State.DELIVERED


async def test_expected_start_is_shown_once_known(tmp_path: Path) -> None:
    short = tasks_lasting(50)
    async with simulated_bot(tmp_path, kling=short, KLING_CONCURRENCY=1) as world:
        for number in range(5):
            await world.repaint()
            await world.until_settled(number + 1)
        first = await world.repaint(world.ann)
        await world.until(lambda: "Painting" in text(first.response))

        answer = await world.repaint(world.bob)

        assert "next in line · should start <t:" in text(answer.response)


async def test_longer_than_usual_is_shown_once(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, KLING_TIMEOUT=600) as world:
        for number in range(5):
            await world.repaint()
            await world.until_settled(number + 1)
        world.kling.api.life.options = FIVE_MINUTES
        answer = await world.repaint()

        await world.until(lambda: "longer than the usual" in text(answer.response))
        await world.until_settled(6)

        edits = [said(body) for body in world.requests("PATCH", "@original")]
        told = [words for words in edits if "longer than" in words]
        assert len(set(told)) == 1
        assert len(told) <= 1 + len(world.others), "more than once a bot"
