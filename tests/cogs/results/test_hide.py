"""Hide and Block under a report: what stays hidden, and which user a moderator blocks."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from tests.cogs.admin.guild_harness import GuildHarness, furnish_other_guild, restart_bot
from tests.cogs.results.test_report_actions import in_log, post_again, posted_in, reported
from tests.cogs.results.test_reports import newest, posted, report, result_in, text_of
from tests.support.databases import ask
from tests.support.job_buttons import click, ids_of
from tests.support.messages import gallery, text


async def test_hide_puts_the_result_behind_a_spoiler_in_place(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        before = result_in(server)
        message = await reported(server, bob)
        async with restart_bot(server.world):
            await server.mod.click(message, label="Hide")

            after = result_in(server)
            assert after.id == before.id
            assert [one["spoiler"] for one in gallery(before)] == [False]
            assert [one["spoiler"] for one in gallery(after)] == [True]
            assert text(after) == text(before)
            assert ids_of(after) == ids_of(before)
            line = f"{server.mod.mention} hid pictures of {server.world.ann.mention}"
            assert line in await server.admin("history")


async def test_hide_of_an_unreachable_message_says_so(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        message = await reported(server, bob)
        path = f"/channels/{server.world.channel.id}/messages/*"
        server.world.env.inject_error("GET", path, status=403, code=50001)

        await server.mod.click(message, label="Hide")

        assert "could not reach the message" in text_of(in_log(server, message))
        assert "hid pictures" not in await server.admin("history")


@pytest.mark.parametrize(("locale", "warning"), [("en-US", "That is you"), ("zh-CN", "这是您自己")])
async def test_moderator_who_blocks_themselves_from_a_report_is_warned_in_the_form(
    tmp_path: Path, locale: str, warning: str
) -> None:
    async with posted(tmp_path) as (server, bob):
        server.world.says = {"locale": locale}
        ordinary = await server.mod.click(await reported(server, bob), custom_id=block_id(server))
        assert warning not in str(ordinary.modal)
        await server.world.repaint(server.mod, server.channel)
        await server.world.until_settled(2)
        shown = await bob.click(posted_in(server), custom_id=report_id(posted_in(server)))
        await bob.submit_modal(shown, {})
        async with restart_bot(server.world):
            form = await server.mod.click(newest(server), custom_id=block_id(server))
            assert warning in str(form.modal)
            assert ask(server.world.settings, "SELECT * FROM member_block") == []

            await server.mod.submit_modal(form, {"duration": ["1"]})

            [(blocked,)] = ask(server.world.settings, "SELECT user_id FROM member_block")
            assert blocked == server.mod.id


def block_id(server: GuildHarness) -> str:
    return next(one for one in ids_of(newest(server)) if one.startswith("rp:report_block:"))


def report_id(message: discord.Message) -> str:
    return next(one for one in ids_of(message) if one.startswith("rp:report:"))


async def test_hidden_images_posted_again_stay_spoilers(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await server.mod.click(await reported(server, bob), label="Hide")
        other = furnish_other_guild(server)
        ann = other.guild.add_member(server.world.ann.user)
        async with restart_bot(server.world):
            await post_again(server, server.world.ann)
            await post_again(other, ann)

            for message in (posted_in(server), posted_in(other)):
                assert [one["spoiler"] for one in gallery(message)] == [True]


async def test_hide_by_another_server_applies_there_only(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, _):
        other = furnish_other_guild(server)
        ann = other.guild.add_member(server.world.ann.user)
        await post_again(other, ann)
        await other.admin("log-channel", channel=other.log)
        await report(server, other.member, posted_in(other))
        await other.mod.click(newest(other), label="Hide")
        async with restart_bot(server.world):
            await post_again(server, server.world.ann)
            await post_again(other, ann)

            again = [one for one in other.channel.history() if one.components]
            assert [one["spoiler"] for message in again for one in gallery(message)] == [True, True]
            assert [one["spoiler"] for one in gallery(posted_in(server))] == [False]


async def test_again_from_hidden_images_is_hidden(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await server.mod.click(await reported(server, bob), label="Hide")
        await click(server.world.ann, result_in(server), "rp:again")
        await server.world.until_settled(2)

        assert [one["spoiler"] for one in gallery(result_in(server))] == [True]
