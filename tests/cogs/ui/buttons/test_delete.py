"""Delete: asks once, works for requester and moderators, and really deletes."""

from __future__ import annotations

import json
from pathlib import Path

import discord
import simcord

from tests.cogs.admin.guild_harness import open_guild_harness, restart_bot
from tests.support.bot_harness import BotHarness
from tests.support.databases import ask
from tests.support.messages import gallery, text
from tests.support.result_buttons import (
    block_deletion,
    files_of,
    folder_of,
    generate,
    labels,
    newest_message,
    post_buttons,
    private_text,
)

NOT_YOURS = "Only the member who asked for this picture, and moderators, can do that."
MANAGE_MESSAGES = discord.Permissions(manage_messages=True)


async def delete(
    who: simcord.MemberActor, message: discord.Message | simcord.ResponseMessage
) -> simcord.InteractionResult:
    shown = await who.click(message, label="Delete")
    assert shown.modal is not None
    assert "for good" in str(shown.modal["components"])
    return await who.submit_modal(shown, {})


async def test_delete_confirms_and_empties_message_disk_and_rows(world: BotHarness) -> None:
    job = await generate(world)

    shown = await world.ann.click(newest_message(world), label="Delete")
    assert shown.modal is not None
    assert list(files_of(world, job))
    await world.ann.submit_modal(shown, {})

    message = newest_message(world)
    assert text(message) == "These pictures were removed."
    assert not gallery(message)
    assert not message.attachments
    assert labels(message) == []
    assert not folder_of(world, job).exists()
    assert await world.store.jobs.results(job.id) == []
    assert await world.used(world.ann) == 1


async def test_delete_refused_by_the_disk_is_reported_as_pending(world: BotHarness) -> None:
    job = await generate(world)
    block_deletion(world, job)

    answer = await delete(world.ann, newest_message(world))

    assert text(newest_message(world)) == "These pictures were removed."
    [(job_id,)] = ask(world.settings, "SELECT job_id FROM pending_delete")
    [told] = answer.followups
    assert (job_id, told.ephemeral) == (job.id, True)
    assert "The disk has not let the files go yet" in told.content


async def test_deleted_result_cannot_be_a_source(world: BotHarness) -> None:
    job = await generate(world)
    old = newest_message(world)
    await delete(world.ann, old)
    message = await post_buttons(world, job)
    details = await world.bob.click(message, label="Details")
    links = private_text(await world.bob.click(message, label="Original links"))

    assert "**Pictures** 0 of 1" in private_text(details)
    assert labels(details.response) == []
    assert links == "The service gave no addresses for these pictures."
    [(source,)] = ask(world.settings, "SELECT source FROM job")
    assert json.loads(source)["url"] == ""


async def test_delete_of_a_private_result_works(world: BotHarness) -> None:
    answer = await world.repaint(private=True)
    [job] = await world.until_settled()
    assert answer.response is not None

    await delete(world.ann, answer.response)

    assert text(answer.response) == "These pictures were removed."
    assert not folder_of(world, job).exists()


async def test_delete_by_another_member_is_refused(world: BotHarness) -> None:
    job = await generate(world)

    answer = await world.bob.click(newest_message(world), label="Delete")

    assert private_text(answer) == NOT_YOURS
    assert list(files_of(world, job))


async def test_delete_by_a_moderator_is_in_the_audit_log(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await server.admin("log-channel", channel=server.log)
        job = await generate(world)
        role = server.guild.create_role("Helpers", permissions=MANAGE_MESSAGES)
        helper = server.guild.add_member(world.env.create_user("helper"), roles=[role])

        await delete(helper, newest_message(world))

        line = f"{helper.mention} deleted pictures of {world.ann.mention}."
        assert text(newest_message(world)) == "These pictures were removed."
        assert not folder_of(world, job).exists()
        assert line in server.logged()[-1]
        assert line in await server.admin("history")


async def test_ones_own_deletion_is_nobodys_business(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        before = len(server.logged())
        await generate(server.world)

        await delete(server.world.ann, newest_message(server.world))

        assert len(server.logged()) == before


async def test_delete_outlives_a_restart_and_finds_it_done_already(world: BotHarness) -> None:
    job = await generate(world)
    shown = await world.ann.click(newest_message(world), label="Delete")
    async with restart_bot(world):
        await world.ann.submit_modal(shown, {})
        assert text(newest_message(world)) == "These pictures were removed."
        assert not folder_of(world, job).exists()
