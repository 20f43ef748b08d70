"""Reports: the button under a result, the report, and the moderators' actions."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import discord
import simcord

from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_other_guild,
    open_guild_harness,
    restart_bot,
)
from tests.support.bot_harness import simulated_bot
from tests.support.result_buttons import private_text

PROMPT = "a *cat* for @everyone with `ticks` and [a link](https://example.com)"


@asynccontextmanager
async def posted(
    folder: Path, **settings: object
) -> AsyncGenerator[tuple[GuildHarness, simcord.MemberActor]]:
    """Open a server with a log channel and a result, and another member who sees it."""
    async with open_guild_harness(folder, **settings) as server:
        await server.admin("log-channel", channel=server.log)
        await server.world.repaint(prompt=PROMPT)
        await server.world.until_settled()
        yield server, server.world.bob


async def report(
    server: GuildHarness, by: simcord.MemberActor, message: discord.Message, why: str = ""
) -> str:
    shown = await by.click(message, label="Report")
    assert shown.modal is not None
    values = {field_of(shown): why} if why else {}
    answer = await by.submit_modal(shown, values)
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response.content


async def act(
    who: simcord.MemberActor | simcord.UserHandle,
    message: discord.Message | None,
    label: str,
    **filled: object,
) -> simcord.InteractionResult:
    """Click a button under a report and submit the form that it opens."""
    shown = await who.click(message, label=label)
    assert shown.modal is not None, "nobody asked"
    return await who.submit_modal(shown, filled)


def field_of(shown: simcord.InteractionResult) -> str:
    assert shown.modal is not None
    return shown.modal["components"][0]["component"]["custom_id"]


def result_in(server: GuildHarness) -> discord.Message:
    message = server.world.channel.last_message
    assert message is not None
    return message


def newest(server: GuildHarness) -> discord.Message:
    message = server.log.last_message
    assert message is not None
    return message


def text_of(message: discord.Message) -> str:
    return "\n".join(texts(message.components))


def texts(components: object) -> list[str]:
    found: list[str] = []
    for one in components:  # type: ignore[attr-defined]
        if isinstance(one, discord.TextDisplay):
            found.append(one.content)
        elif isinstance(one, discord.Container):
            found += texts(one.children)
    return found


def pictures_of(message: discord.Message) -> list[discord.MediaGalleryItem]:
    found: list[discord.MediaGalleryItem] = []
    for one in message.components:
        children = one.children if isinstance(one, discord.Container) else [one]
        for child in children:
            if isinstance(child, discord.MediaGalleryComponent):
                found += child.items
    return found


async def test_report_contains_image_prompt_and_users(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        answer = await report(server, bob, result_in(server), "it is *mine*")

        assert answer == "Thank you. The moderators of this server have your report."
        told = text_of(newest(server))
        assert bob.mention in told
        assert server.world.ann.mention in told
        assert result_in(server).jump_url in told
        assert r"it is \*mine\*" in told
        assert (
            "```\na *cat* for @everyone with ˋticksˋ and [a link](https://example.com)\n```" in told
        )
        [picture] = pictures_of(newest(server))
        assert picture.spoiler
        assert picture.description == "Reported picture 1 of 1"


async def test_report_button_works_after_a_restart(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob), restart_bot(server.world):
        await server.admin("log-channel", channel=server.log)

        assert "moderators" in await report(server, bob, result_in(server))
        assert bob.mention in text_of(newest(server))


async def test_report_form_open_during_a_restart_is_accepted(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        shown = await bob.click(result_in(server), label="Report")
        async with restart_bot(server.world):
            answer = await bob.submit_modal(shown, {field_of(shown): "look at it"})

            assert answer.response is not None
            assert "moderators" in answer.response.content
            assert "look at it" in text_of(newest(server))


async def test_report_again_is_not_sent_and_by_another_member_is_a_line(
    tmp_path: Path,
) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        again = await bob.click(result_in(server), label="Report")
        assert private_text(again) == "You have reported these pictures already."

        await report(server, server.mod, result_in(server))

        line = newest(server)
        assert f"{server.mod.mention} reported these pictures too" in line.content
        assert not pictures_of(line)


async def test_report_delete_removes_images_from_channel_disk_and_report(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        [job] = await server.world.jobs()
        folder = server.world.settings.pictures_path / job.id
        assert folder.is_dir()

        await act(server.mod, newest(server), "Delete pictures")

        assert not folder.exists()
        assert text_of(result_in(server)) == "These pictures were removed."
        assert not pictures_of(result_in(server))
        assert not result_in(server).attachments
        assert not pictures_of(newest(server))
        assert not newest(server).attachments
        assert f"{server.mod.mention} deleted the pictures" in text_of(newest(server))
        assert bob.mention in text_of(newest(server))


async def test_report_delete_is_in_the_audit_log(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        await act(server.mod, newest(server), "Delete pictures")

        trail = await server.admin("history")

        deleted = f"{server.mod.mention} deleted pictures of {server.world.ann.mention}."
        assert deleted in trail


async def test_delete_works_after_a_restart(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        async with restart_bot(server.world):
            await act(server.mod, newest(server), "Delete pictures")

            assert text_of(result_in(server)) == "These pictures were removed."


async def test_report_delete_of_an_uneditable_message_deletes_it(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        result = result_in(server)
        path = f"/channels/{result.channel.id}/messages/{result.id}"
        server.world.env.inject_error("PATCH", path, status=400, code=30046)

        await act(server.mod, newest(server), "Delete pictures")

        assert result.id not in {one.id for one in server.world.channel.history()}
        assert "gone from the channel" in text_of(newest(server))


async def test_report_delete_of_an_unreachable_message_says_so(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        path = f"/channels/{server.world.channel.id}/messages/*"
        for method in ("PATCH", "DELETE"):
            server.world.env.inject_error(method, path, status=403, code=50013)

        await act(server.mod, newest(server), "Delete pictures")

        assert "please delete it by hand" in text_of(newest(server))


async def test_block_blocks_for_ever_and_says_how_to_undo_it(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        async with restart_bot(server.world):
            report_message = newest(server)
            answer = await act(server.mod, report_message, "Block member", duration=["0"])

            [told] = answer.followups
            assert told.ephemeral
            assert "/repaint-admin unblock" in told.content
            assert f"blocked {server.world.ann.mention}" in server.logged()[-1]
            assert await server.offered("unblock", "member")


async def test_members_can_press_neither(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))

        for label in ("Delete pictures", "Block member"):
            answer = await bob.click(newest(server), label=label)
            assert answer.ephemeral
            assert answer.response is not None
            assert answer.response.content == (
                "Only the member who asked for this picture, and moderators, can do that."
            )
        assert pictures_of(result_in(server))
        assert await server.offered("unblock", "member") == []


async def test_moderators_of_another_server_learn_and_change_nothing(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        other = furnish_other_guild(server)
        for verb in ("report", "report_delete", "report_block"):
            pretend(other, verb, server)
            answer = await other.mod.click(other.channel.last_message, label="pretended")
            assert answer.ephemeral
            assert answer.response is not None
            assert answer.response.content == "I no longer know this picture."
        assert pictures_of(result_in(server))


def pretend(other: GuildHarness, verb: str, server: GuildHarness) -> None:
    """Put a button of another server's result under a message of the bot here."""
    ids = re.findall(r"rp:[a-z_]+:([0-9a-z]{22})", str(newest(server).components))
    env = other.world.env
    row = {
        "type": 1,
        "components": [
            {"type": 2, "style": 2, "label": "pretended", "custom_id": f"rp:{verb}:{ids[0]}"}
        ],
    }
    env.backend.create_message(
        other.channel.id, env.backend.bot_user.id, content="look", components=[row]
    )


async def test_report_without_a_log_channel_goes_to_operators(
    tmp_path: Path,
) -> None:
    async with simulated_bot(tmp_path / "before") as world:
        operator_id = world.bob.id

    async with posted(tmp_path / "now", OPERATOR_IDS=operator_id) as (server, bob):
        assert bob.id == operator_id
        await server.admin("log-channel")

        answer = await report(server, server.mod, result_in(server), "look")

        assert "so the people who run the bot have yours" in answer
        private = bob.user.dm_channel.last_message
        assert private is not None
        assert pictures_of(private)
        assert server.mod.mention in text_of(private)

        await act(bob.user, private, "Delete pictures")

        assert text_of(result_in(server)) == "These pictures were removed."
        assert "deleted the pictures" in text_of(bob.user.dm_channel.last_message)


async def test_report_block_by_an_operator_works_in_direct_messages(
    tmp_path: Path,
) -> None:
    async with simulated_bot(tmp_path / "before") as world:
        operator_id = world.bob.id

    async with posted(tmp_path / "now", OPERATOR_IDS=operator_id) as (server, bob):
        await server.admin("log-channel")
        await report(server, server.mod, result_in(server))
        async with restart_bot(server.world):
            private = bob.user.dm_channel.last_message
            answer = await act(bob.user, private, "Block member", duration=["0"])

            [told] = answer.followups
            assert f"blocked {server.world.ann.mention}" in told.content
            assert f"{bob.mention} blocked" in await server.admin("history")
            refused = await server.world.repaint()
            assert refused.ephemeral
            assert refused.response is not None
            assert "take no requests of yours" in refused.response.content


async def test_report_that_cannot_be_sent_tells_the_reporter(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        path = f"/channels/{server.log.id}/messages"
        server.world.env.inject_error("POST", path, status=404, code=10003)

        assert "Please tell a moderator" in await report(server, bob, result_in(server))
        assert "Please tell a moderator" not in await report(server, bob, result_in(server))


async def test_private_results_have_no_report_button(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        answer = await server.world.repaint(private=True)
        await server.world.until_settled()

        assert answer.response is not None
        assert "rp:report" not in str(answer.response.components)
