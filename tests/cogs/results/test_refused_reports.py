"""A report that Discord refuses is sent with less: without images, then without users' words."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from tests.cogs.admin.guild_harness import GuildHarness, restart_bot
from tests.cogs.results.test_reports import (
    act,
    newest,
    pictures_of,
    posted,
    report,
    result_in,
    text_of,
)
from tests.support.bot_harness import simulated_bot
from tests.support.job_buttons import click
from tests.support.messages import gallery
from tests.support.result_buttons import labels

WITHOUT = {
    "en-US": ("Discord does not take the pictures", "takes neither the pictures nor the words"),
    "zh-CN": ("不允许在这里发布这些图片，", "不允许在这里发布这些图片和文字"),
}
REFUSED = {
    "explicit": (400, 20009),
    "harmful link": (400, 240000),
    "blocked word": (403, 200000),
    "invalid form": (400, 50035),
    "too large": (400, 40005),
    "too large for the way": (413, 0),
    "no right to attach": (403, 50013),
}


def refuse(server: GuildHarness, channel_id: int, why: str, *, times: int) -> None:
    status, code = REFUSED[why]
    path = f"/channels/{channel_id}/messages"
    server.world.env.inject_error("POST", path, status=status, code=code, times=times)


@pytest.mark.parametrize("why", REFUSED)
async def test_refused_report_is_sent_again_without_its_pictures(tmp_path: Path, why: str) -> None:
    async with posted(tmp_path) as (server, bob):
        refuse(server, server.log.id, why, times=1)

        answer = await report(server, bob, result_in(server), "look at it")

        told = newest(server)
        assert "moderators of this server have your report" in answer
        assert pictures_of(told) == []
        assert told.attachments == []
        for words in (WITHOUT["en-US"][0], "look at it", "a *cat* for", result_in(server).jump_url):
            assert words in text_of(told)
        assert labels(told) == [["Hide", "Delete pictures", "Block member", "No action"]]
        assert server.logged().count(told.content) == 1


@pytest.mark.parametrize("locale", WITHOUT)
async def test_report_refused_twice_goes_without_what_members_wrote(
    tmp_path: Path, locale: str
) -> None:
    async with posted(tmp_path) as (server, bob):
        server.world.env.backend.get_guild(server.guild.id).preferred_locale = locale
        async with restart_bot(server.world):
            refuse(server, server.log.id, "blocked word", times=2)
            await report(server, bob, result_in(server), "look at it")

        told = text_of(newest(server))
        assert WITHOUT[locale][1] in told
        assert result_in(server).jump_url in told
        assert "look at it" not in told
        assert "a *cat* for" not in told


async def test_report_without_pictures_is_acted_on_after_a_restart(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        refuse(server, server.log.id, "explicit", times=1)
        await report(server, bob, result_in(server))
        async with restart_bot(server.world):
            await server.mod.click(newest(server), label="Hide")
            assert [one["spoiler"] for one in gallery(result_in(server))] == [True]
            await act(server.mod, newest(server), "Delete pictures")

            assert text_of(result_in(server)) == "These pictures were removed."
            assert "deleted the pictures" in text_of(newest(server))
            assert WITHOUT["en-US"][0] in text_of(newest(server))


async def test_report_that_is_refused_in_every_form_goes_to_the_operators(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path / "before") as world:
        operator_id = world.bob.id
    async with posted(tmp_path / "now", OPERATOR_IDS=operator_id) as (server, bob):
        refuse(server, server.log.id, "no right to attach", times=3)
        answer = await report(server, server.mod, result_in(server))

        private = bob.user.dm_channel.last_message
        assert "the people who run the bot have yours" in answer
        assert private is not None
        assert pictures_of(private)


async def test_report_that_may_have_arrived_is_not_sent_again(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        before = len(server.logged())
        path = f"/channels/{server.log.id}/messages"
        server.world.env.inject_error("POST", path, status=404, code=0, times=1)

        answer = await report(server, bob, result_in(server))

        assert "Please tell a moderator" in answer
        assert len(server.logged()) == before


async def test_operator_gets_a_refused_report_without_its_pictures(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path / "before") as world:
        operator_id = world.bob.id
    async with posted(tmp_path / "now", OPERATOR_IDS=operator_id) as (server, bob):
        await server.admin("log-channel")
        await bob.user.slash("quota")
        refuse(server, bob.user.dm_channel.id, "explicit", times=1)
        await report(server, server.mod, result_in(server))

        private = bob.user.dm_channel.last_message
        assert private is not None
        assert WITHOUT["en-US"][0] in text_of(private)
        await click(bob.user, private, "rp:report_dismiss")
        assert "took no action" in text_of(last(bob.user.dm_channel.last_message))


def last(message: discord.Message | None) -> discord.Message:
    assert message is not None
    return message
