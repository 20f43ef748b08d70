"""Moderators' actions on a report: each stays available, and the report lists those taken."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from tests.cogs.admin.guild_harness import (
    MANAGE_SERVER,
    GuildHarness,
    furnish_other_guild,
    restart_bot,
)
from tests.cogs.results.test_reports import (
    act,
    newest,
    pictures_of,
    posted,
    report,
    result_in,
    text_of,
)
from tests.support.databases import ask
from tests.support.job_buttons import click, ids_of, menu, pick
from tests.support.messages import gallery, text
from tests.support.result_buttons import folder_of, labels

ACTIONS = ["Hide", "Delete pictures", "Block member", "No action"]


async def reported(server: GuildHarness, by: simcord.MemberActor) -> discord.Message:
    await report(server, by, result_in(server))
    return newest(server)


def in_log(server: GuildHarness, message: discord.Message) -> discord.Message:
    [found] = [one for one in server.log.history() if one.id == message.id]
    return found


async def test_report_offers_four_actions(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        assert labels(await reported(server, bob)) == [ACTIONS]


async def test_report_keeps_every_action_and_lists_those_taken(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message, mod = await reported(server, bob), server.mod
        await mod.click(message, label="Hide")
        assert pictures_of(in_log(server, message)), "hidden and kept"
        await act(mod, message, "Delete pictures")
        await act(mod, message, "Block member", duration=["7"])
        await mod.click(message, label="No action")

        shown = text_of(in_log(server, message))
        assert labels(in_log(server, message)) == [ACTIONS]
        lines = [line for line in shown.splitlines() if line.startswith(mod.mention)]
        for line, words in zip(lines, ("hid", "deleted", "blocked", "no action"), strict=True):
            assert words in line
        assert shown.index("```") < shown.index(mod.mention), "above the buttons, below the report"
        assert server.world.ann.mention in shown


async def test_report_lists_actions_of_two_moderators(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        other = server.guild.add_member(server.world.env.create_user("vic"), roles=[server.mods])

        await server.mod.click(message, label="Hide")
        await other.click(message, label="No action")

        shown = text_of(in_log(server, message))
        assert f"{server.mod.mention} hid" in shown
        assert f"{other.mention} took no action" in shown


async def test_report_with_many_actions_fits_a_message(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        for _ in range(70):
            await server.mod.click(message, label="No action")

        assert len(text_of(in_log(server, message))) <= 4000
        assert "took no action" in text_of(in_log(server, message))


async def test_report_confirmation_dismissed_changes_nothing(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        for label in ("Delete pictures", "Block member"):
            shown = await server.mod.click(message, label=label)
            assert shown.modal is not None
        assert pictures_of(result_in(server))
        assert await server.offered("unblock", "member") == []


@pytest.mark.parametrize(("days", "seconds"), [("1", 86400), ("30", 30 * 86400), ("0", None)])
async def test_block_lasts_as_long_as_was_chosen(
    tmp_path: Path, days: str, seconds: int | None
) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        await act(server.mod, message, "Block member", duration=[days], reason="spam")

        now = server.world.clock.now()
        [(until, reason)] = ask(
            server.world.settings, "SELECT expires_at, reason FROM member_block"
        )
        assert until == (None if seconds is None else pytest.approx(now + seconds, abs=60))
        assert reason == "spam"


async def test_nothing_is_chosen_for_a_block_beforehand(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        shown = await server.mod.click(await reported(server, bob), label="Block member")
        assert shown.modal is not None
        [choice] = [
            one["component"]
            for one in shown.modal["components"]
            if one["component"]["custom_id"] == "duration"
        ]
        assert choice["required"]
        assert not [one for one in choice["options"] if one.get("default")]
        assert choice["options"][-1]["label"] == "Permanently"


def as_before(server: GuildHarness, message: discord.Message) -> None:
    """Give a report the two buttons that earlier versions posted."""
    stored = server.world.env.backend.get_message(message.channel.id, message.id)
    [row] = [one for one in stored.components if one["type"] == 1]
    row["components"] = [
        one | {"custom_id": one["custom_id"].rpartition(":")[0]}
        for one in row["components"]
        if one["label"] in ("Delete pictures", "Block member")
    ]


async def test_reports_of_earlier_versions_work_after_a_restart(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        as_before(server, message)
        async with restart_bot(server.world):
            await act(server.mod, message, "Block member", duration=["0"])
            assert labels(in_log(server, message)) == [ACTIONS]
            as_before(server, message)
            await act(server.mod, message, "Delete pictures")

            assert text(result_in(server)) == "These pictures were removed."
            assert await server.offered("unblock", "member")


async def test_report_of_an_earlier_version_deletes_a_forgotten_result(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        as_before(server, message)
        await forget(server)

        await act(server.mod, message, "Delete pictures")

        assert text(result_in(server)) == "These pictures were removed."


async def forget(server: GuildHarness) -> None:
    """Delete Ann's data by /forget-me."""
    asked = await server.world.ann.slash(server.channel, "forget-me")
    assert asked.response is not None
    [go] = [one for one in ids_of(asked.response) if one.startswith("rp-forget")]
    await server.world.ann.click(asked.response, custom_id=go)
    await server.world.at_rest()


async def test_moderators_delete_what_its_author_forgot(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await forget(server)
        async with restart_bot(server.world):
            refused = await bob.click(result_in(server), label="Delete")
            assert refused.modal is None

            shown = await server.mod.click(result_in(server), label="Delete")
            assert shown.modal is not None
            assert "deleted their data" in str(shown.modal["components"])
            await server.mod.submit_modal(shown, {})

            assert text(result_in(server)) == "These pictures were removed."
            assert not pictures_of(result_in(server))
            history = await server.admin("history")
            assert f"{server.mod.mention} deleted pictures whose author" in history
            assert server.world.ann.mention not in history


async def test_delete_by_the_author_after_forget_me_works_that_day(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, _):
        await forget(server)
        shown = await server.world.ann.click(result_in(server), label="Delete")
        await server.world.ann.submit_modal(shown, {})

        assert text(result_in(server)) == "These pictures were removed."


async def test_report_of_a_forgotten_job_names_its_message(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await forget(server)
        answer = await report(server, bob, result_in(server), "look at it")

        told, mod = newest(server), server.mod
        assert "moderators" in answer
        for words in (result_in(server).jump_url, "look at it", "deleted their data"):
            assert words in text_of(told)
        assert labels(told) == [["Hide", "Delete pictures", "No action"]]
        await mod.click(told, label="Hide")
        assert [one["spoiler"] for one in gallery(result_in(server))] == [True]
        async with restart_bot(server.world):
            await act(mod, told, "Delete pictures")
            assert text(result_in(server)) == "These pictures were removed."
            assert f"{mod.mention} deleted the pictures" in text_of(in_log(server, told))


async def test_block_from_a_report_of_a_forgotten_user_is_refused(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        await forget(server)

        answer = await server.mod.click(message, label="Block member")

        assert answer.modal is None
        assert answer.response is not None
        assert "deleted their data" in answer.response.content


@pytest.mark.parametrize("label", ["Again", "Edit prompt", "Use as source", "Details"])
async def test_buttons_of_a_forgotten_job_say_the_data_is_deleted(
    tmp_path: Path, label: str
) -> None:
    async with posted(tmp_path) as (server, bob):
        await forget(server)

        answer = await bob.click(result_in(server), label=label)

        assert answer.ephemeral
        assert answer.modal is None
        assert answer.response is not None
        assert "deleted their data" in answer.response.content


async def test_forged_report_id_of_another_servers_message_changes_nothing(tmp_path: Path) -> None:
    """If the job is forgotten, only the id names the message, which must be of the same server."""
    async with posted(tmp_path) as (server, _):
        await forget(server)
        target = result_in(server)
        world = server.world
        other = world.env.create_guild("Elsewhere")
        room = other.create_text_channel("room")
        mods = other.create_role("Mods", permissions=MANAGE_SERVER)
        eve = other.add_member(world.env.create_user("eve"), roles=[mods])
        [job] = await world.jobs()
        for guild_id in (other.id, server.guild.id):
            spot = "-".join(map(base36, (guild_id, target.channel.id, target.id)))
            for verb in ("report_hide", "report_delete", "report_dismiss"):
                button = {"type": 2, "style": 2, "label": "x"}
                button["custom_id"] = f"rp:{verb}:{job.id}:{spot}"
                row = {"type": 1, "components": [button]}
                bot_id = world.env.backend.bot_user.id
                world.env.backend.create_message(room.id, bot_id, content="x", components=[row])
                shown = await eve.click(room.last_message, label="x")
                if shown.modal is not None:
                    await eve.submit_modal(shown, {})
        assert pictures_of(result_in(server))
        assert [one["spoiler"] for one in gallery(result_in(server))] == [False]


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (base36(number // 36) if number >= 36 else "") + digits[number % 36]


@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
async def test_report_of_an_image_posted_again_belongs_to_that_server(
    tmp_path: Path, *, private: bool
) -> None:
    """Requested in one server, posted again in another, reported there."""
    async with posted(tmp_path) as (server, _):
        other = furnish_other_guild(server)
        world, ann = server.world, other.guild.add_member(server.world.ann.user)
        await world.repaint(prompt="a secret", private=private)
        job = (await world.until_settled(2))[-1]
        await post_again(other, ann)
        await other.admin("log-channel", channel=other.log)
        before, history = len(server.logged()), await server.admin("history")

        answer = await report(server, other.member, posted_in(other), "look")
        told = newest(other)
        await act(other.mod, told, "Delete pictures")
        await act(other.mod, told, "Block member", duration=["7"])

        assert "moderators of this server" in answer
        assert posted_in(other).jump_url in text_of(told)
        assert text(posted_in(other)) == "These pictures were removed."
        assert "gone from this server" in text_of(in_log(other, told))
        assert pictures_of(result_in(server))
        assert folder_of(world, job).is_dir(), "it is still Ann's own where she asked for it"
        assert len(server.logged()) == before
        assert await server.admin("history") == history
        blocks = ask(world.settings, "SELECT guild_id FROM member_block")
        assert [row[0] for row in blocks] == [other.guild.id]
        assert "deleted pictures" in await other.admin("history")


def posted_in(server: GuildHarness) -> discord.Message:
    [found] = [one for one in server.channel.history() if one.components]
    return found


async def post_again(server: GuildHarness, ann: simcord.MemberActor) -> None:
    """Post Ann's newest images once more in the channel, from her /jobs list."""
    shown = await ann.slash(server.channel, "jobs")
    await pick(ann, shown.response, [menu(shown.response)[0]])
    await click(ann, shown.response, "rp:post")
