"""One job opened in /jobs: its history, and every button that its own message has."""

from __future__ import annotations

import discord
import pytest
import simcord

from services.models import State
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness
from tests.support.job_buttons import click, ids_of, menu, pick
from tests.support.messages import gallery, job_messages, parts, text
from tests.support.result_buttons import (
    delete_images,
    folder_of,
    form_values,
    generate,
    labels,
    newest_message,
    private_text,
)

WAYS_ON = ["Again", "Edit prompt", "Use as source", "Before / after"]


async def opened(
    world: BotHarness, number: int = 0, who: simcord.MemberActor | None = None
) -> simcord.ResponseMessage:
    """Open one of the newest page, 0 being the newest."""
    who = who or world.ann
    answer = await who.slash(world.channel, "jobs")
    await pick(who, answer.response, [menu(answer.response)[number]])
    assert answer.response is not None
    return answer.response


async def test_job_details_offer_the_buttons_of_the_message(world: BotHarness) -> None:
    await generate(world)

    shown = await opened(world)

    assert labels(shown) == [
        WAYS_ON,
        ["Details", "Delete", "Report"],
        ["Back to the list", "Post here", "Send to me directly"],
    ]


async def test_job_details_buttons_work(world: BotHarness) -> None:
    first = await generate(world, prompt="a duck")
    shown = await opened(world)
    compared = await world.ann.click(shown, label="Before / after")
    details = await world.ann.click(shown, label="Details")
    used = await world.ann.click(shown, label="Use as source")
    await world.ann.submit_modal(used, form_values(used, prompt="darker"))
    await world.until_settled(2)
    edited = await world.ann.click(shown, label="Edit prompt")
    await world.ann.submit_modal(edited, form_values(edited, prompt="a goose"))
    await world.until_settled(3)
    again = await world.ann.click(shown, label="Again")
    jobs = await world.until_settled(4)

    assert len(gallery(compared.response)) == 1
    assert "a duck" in private_text(details)
    assert not again.ephemeral
    assert [job.request.prompt for job in jobs] == ["a duck", "darker", "a goose", "a duck"]
    assert (jobs[1].request.source.job_id, jobs[1].request.source.position) == (first.id, 0)
    assert [job.state for job in jobs] == [State.DELIVERED] * 4


async def test_job_details_buttons_survive_a_restart(world: BotHarness) -> None:
    await generate(world)
    shown = await opened(world)
    async with restart_bot(world):
        form = await world.ann.click(shown, label="Use as source")
        await world.ann.submit_modal(form, form_values(form, prompt="darker"))
    assert (await world.until_settled(2))[1].state is State.DELIVERED


async def test_job_details_show_and_link_the_ancestors(world: BotHarness) -> None:
    for prompt in ("a duck", "a goose", "a swan"):
        if not job_messages(world.channel):
            await generate(world, prompt=prompt)
            continue
        form = await world.ann.click(newest_message(world), label="Use as source")
        await world.ann.submit_modal(form, form_values(form, prompt=prompt))
        await world.until_settled(len(job_messages(world.channel)))
    first, second, _ = job_messages(world.channel)

    youngest, oldest = text(await opened(world)), text(await opened(world, 2))

    chain = youngest.partition("**History**")[2].strip().splitlines()
    assert chain[0].startswith(f"1. Result 1 of [this message]({second.jump_url})")
    assert chain[0].endswith("a goose")
    assert chain[1].startswith(f"2. Result 1 of [this message]({first.jump_url})")
    assert "History" not in oldest


async def test_deleting_leaves_the_list_open_and_empties_every_message(world: BotHarness) -> None:
    job = await generate(world)
    shown = await opened(world)
    posted = await world.ann.click(shown, label="Post here")
    assert len(gallery(posted.response)) == 1

    form = await world.ann.click(shown, label="Delete")
    await world.ann.submit_modal(form, {})

    assert text(shown) == "These pictures were removed."
    assert labels(shown) == [["Back to the list"]]
    assert [text(one) for one in job_messages(world.channel)] == [
        "These pictures were removed."
    ] * 2
    assert not folder_of(world, job).exists()
    await click(world.ann, shown, "rpj:page")
    assert "Page 1 of 1" in text(shown)


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (404, 10062), (500, 0), (403, 40333)])
async def test_deletion_whose_message_can_not_be_edited_empties_the_others_and_says_so(
    world: BotHarness, status: int, code: int
) -> None:
    """The clicked message was deleted while the form was open, or the form was sent too late."""
    job = await generate(world)
    shown = await opened(world)
    await world.ann.click(shown, label="Post here")
    form = await world.ann.click(newest_message(world), label="Delete")
    callback = "/interactions/*/*/callback"
    world.env.inject_error("POST", callback, status=status, code=code, times=1)

    done = await world.ann.submit_modal(form, {})

    assert not folder_of(world, job).exists()
    assert [text(one) for one in job_messages(world.channel)] == [
        "These pictures were removed."
    ] * 2
    assert text(done.response) == "These pictures were removed."
    assert world.traces == []


async def test_deletion_of_private_images_that_stay_shown_is_not_called_removed(
    world: BotHarness,
) -> None:
    """The bot's own token reaches no private message, so only the click could empty it."""
    answer = await world.repaint(private=True)
    job = (await world.until_settled(1))[-1]
    form = await world.ann.click(answer.response, label="Delete")
    world.env.inject_error("POST", "/interactions/*/*/callback", status=500, code=0, times=1)

    done = await world.ann.submit_modal(form, {})

    assert not folder_of(world, job).exists()
    assert text(done.response).startswith("Discord did not let me change this message")
    assert world.traces == []


async def test_job_posted_again_is_deleted_by_its_own_button(world: BotHarness) -> None:
    await generate(world)
    posted = await world.ann.click(await opened(world), label="Post here")
    assert posted.response is not None

    form = await world.ann.click(posted.response, label="Delete")
    await world.ann.submit_modal(form, {})

    assert [text(one) for one in job_messages(world.channel)] == [
        "These pictures were removed."
    ] * 2


async def test_job_details_report_links_the_public_message(world: BotHarness) -> None:
    await generate(world)
    own = newest_message(world)
    shown = await opened(world)
    log = world.guild.create_text_channel("log")
    role = world.guild.create_role("Mods", permissions=discord.Permissions(manage_guild=True))
    mod = world.guild.add_member(world.env.create_user("mod"), roles=[role])
    await mod.slash(world.channel, "repaint-admin log-channel", channel=log)

    form = await world.ann.click(shown, label="Report")
    await world.ann.submit_modal(form, {"reason": "looks like me"})

    report = log.last_message
    assert f"[go to the message]({own.jump_url})" in text(report)


async def test_job_details_without_images_offer_again(world: BotHarness) -> None:
    delete_images(world, await generate(world))

    shown = await opened(world)

    assert labels(shown) == [["Again", "Edit prompt", "Details"], ["Back to the list"]]
    assert "I no longer keep" in text(shown)
    await world.ann.click(shown, label="Again")
    assert (await world.until_settled(2))[1].state is State.DELIVERED


async def test_job_details_of_a_failed_job_offer_fitting_buttons(world: BotHarness) -> None:
    world.refuse_submissions(1301, "risk control", times=None)
    await world.repaint()
    await world.until_settled()

    assert labels(await opened(world)) == [["Edit prompt", "Details"], ["Back to the list"]]


@pytest.mark.parametrize("prompt", ["*" * 2500, "`" * 2500, "@everyone " * 250, "🐈" * 1250])
async def test_job_details_show_any_prompt_whole(world: BotHarness, prompt: str) -> None:
    await generate(world, prompt=prompt)

    shown = await opened(world)

    words = [part["content"] for part in parts(shown) if "content" in part]
    assert sum(map(len, words)) <= 4000
    assert len(text(shown)) > len(prompt.strip())
    assert [one for one in ids_of(shown) if one.startswith("rp:again")]
