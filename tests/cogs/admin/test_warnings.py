"""Likely mistakes are warned of before they take effect; impossible values are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from services.models import AuditEntry
from services.policy.blocked_words import is_common
from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_other_guild,
    open_guild_harness,
    restart_bot,
)
from tests.support.job_buttons import ids_of
from tests.support.result_buttons import labels

NOBODYS = "rpa:decide:01kdvdna00m73jw1bf4p0v"


async def warned(server: GuildHarness, command: str, **options: Any) -> simcord.InteractionResult:
    """Run a command that warns, without confirming it."""
    before = await server.admin("history")
    answer = await server.mod.slash(server.channel, f"repaint-admin {command}", **options)
    assert answer.ephemeral
    assert labels(answer.response) == [["Block all the same"]]
    assert await server.admin("history") == before
    return answer


async def meant(server: GuildHarness, answer: simcord.InteractionResult) -> str:
    done = await server.mod.click(answer.response, label="Block all the same")
    assert done.response is not None
    assert labels(done.response) == []
    return done.response.content


async def refused(server: GuildHarness, answer: simcord.InteractionResult) -> str:
    told = await server.mod.click(answer.response, label="Block all the same")
    assert told.ephemeral
    assert told.response is not None
    return told.response.content


def nine(server: GuildHarness) -> AuditEntry:
    """Return the audit entry of a setting from a time when the operators allowed more."""
    return AuditEntry(
        guild_id=server.guild.id, at=0.0, by=1, action="change", details={"max_count": 9}
    )


async def test_moderator_who_blocks_themselves_is_warned_first(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        answer = await warned(server, "block", member=server.mod, duration="2h", reason="a *test*")
        assert answer.response is not None
        assert "That is you" in answer.response.content
        assert await server.offered("unblock", "member") == []

        server.world.pass_time(3_600)
        done = await meant(server, answer)

        until = int(server.world.clock.now()) + 7_200
        assert f"until: <t:{until}:f>. Reason: a \\*test\\*" in done
        assert f"<t:{until}:f>" in server.logged()[-1]
        assert await server.offered("unblock", "member") == [f"mod={server.mod.id}"]


@pytest.mark.parametrize("phrase", ["a", "I", " The ", "的", "1", "Ⓐ"])
async def test_word_of_nearly_every_prompt_is_warned_of_first(tmp_path: Path, phrase: str) -> None:
    async with open_guild_harness(tmp_path) as server:
        answer = await warned(server, "words add", phrase=phrase)
        assert await server.admin("words show") == "No words are blocked."

        assert "1 blocked word" in await meant(server, answer)
        assert "1 blocked word" in await server.admin("words show")


@pytest.mark.parametrize("command", ["block", "words add"])
async def test_warning_button_works_after_a_restart(tmp_path: Path, command: str) -> None:
    async with open_guild_harness(tmp_path) as server:
        options = {"member": server.mod} if command == "block" else {"phrase": "a"}
        answer = await warned(server, command, **options)

        async with restart_bot(server.world):
            assert "blocked" in await meant(server, answer)


async def test_warning_lapses_and_needs_the_right_still(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        late = await warned(server, "words add", phrase="a")
        server.world.pass_time(25 * 3_600)
        assert "no longer know" in await refused(server, late)

        demoted = await warned(server, "words add", phrase="a")
        backend = server.world.env.backend
        backend.remove_member_role(server.guild.id, server.mod.id, server.mods.id)
        assert "manage this server" in await refused(server, demoted)
        backend.add_member_role(server.guild.id, server.mod.id, server.mods.id)
        assert await server.admin("words show") == "No words are blocked."


async def test_owner_let_in_through_discords_settings_may_press(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        pia = server.world.env.create_user("pia")
        painter = server.guild.add_member(pia, roles=[server.painters])
        kept = server.world.env.backend.commands[None].values()
        command_id = next(int(one["id"]) for one in kept if one["name"] == "repaint-admin")
        server.guild.set_command_permissions(command_id, {server.painters: True})

        path = "repaint-admin words add"
        answer = await painter.slash(server.channel, path, phrase="a")
        done = await painter.click(answer.response, label="Block all the same")

        assert done.response is not None
        assert "1 blocked word" in done.response.content


@pytest.mark.parametrize("which", ["forged", "of nobody", "another moderator", "another server"])
async def test_warning_is_for_one_moderator_in_one_server(tmp_path: Path, which: str) -> None:
    async with open_guild_harness(tmp_path) as server:
        there = furnish_other_guild(server)
        answer = await warned(server, "words add", phrase="a")
        custom_id = {"forged": f"rpa:decide:{'0' * 22}", "of nobody": NOBODYS}.get(which)
        presser, place = server.mod, server
        if which == "another moderator":
            second = server.world.env.create_user("second")
            presser = server.guild.add_member(second, roles=[server.mods])
        if which == "another server":
            presser, place = there.guild.add_member(server.mod.user, roles=[there.mods]), there
        message = posted(place, custom_id or ids_of(answer.response)[0])

        told = await presser.click(message, label="x")

        assert told.response is not None
        assert "no longer know" in told.response.content
        assert await place.admin("words show") == "No words are blocked."


def posted(server: GuildHarness, custom_id: str) -> discord.Message:
    """Post a button with such an id into a server, as only an attacker could."""
    backend = server.world.env.backend
    button = {"type": 2, "style": 4, "label": "x", "custom_id": custom_id}
    row = {"type": 1, "components": [button]}
    backend.create_message(server.channel.id, backend.bot_user.id, content="look", components=[row])
    message = server.channel.last_message
    assert message is not None
    return message


@pytest.mark.parametrize("phrase", ["cat", "nude", "ai", "a cat", "of cats", "水墨", "3d"])
def test_is_common_of_usual_words_is_false(phrase: str) -> None:
    assert not is_common(phrase)


async def test_block_of_others_and_usual_words_needs_no_warning(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        assert "blocked" in await server.admin("block", member=server.member)
        assert "blocked" in await server.admin("words add", phrase="cat")


async def test_more_images_than_the_operators_allow_are_refused(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, MAX_COUNT=4) as server:
        answer = await server.admin("settings", max_count=9)

        assert "from 1 to 4; the people who run the bot allow no more" in answer
        assert await server.admin("history") == "Nobody has changed anything yet."
        assert "**4**" in await server.admin("settings", max_count=4)


async def test_rules_above_the_operators_figures_are_explained(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path, GUILD_DAILY_IMAGES=20, MAX_COUNT=3) as server:
        await server.world.store.community.apply(nine(server))
        settings = await server.admin("settings")
        limits = await server.admin("limits", server=500)

        assert "3 (the people who run the bot allow no more; set here: 9)" in settings
        assert "**20 pictures** (the people who run the bot allow no more" in limits
        assert "set here: 500 pictures" in limits
        assert "set here: no limit" in await server.admin("limits", server=0)
        assert "The whole server: **5 pictures**" in await server.admin("limits", server=5)


@pytest.mark.parametrize("operators", ["", "77"])
async def test_settings_say_who_takes_reports(tmp_path: Path, operators: str) -> None:
    async with open_guild_harness(tmp_path, OPERATOR_IDS=operators) as server:
        for answer in (await server.admin("settings"), await server.admin("log-channel")):
            assert ("Reports go to the people who run the bot" in answer) is bool(operators)
            assert ("nobody else takes reports" in answer) is not bool(operators)


async def test_style_needs_words_and_a_removed_one_is_restored(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        [command] = [one for one in server.world.registered() if one["name"] == "repaint-admin"]
        [style] = [one for one in command["options"] if one["name"] == "style"]
        [add] = [one for one in style["options"] if one["name"] == "add"]
        needed = {one["name"] for one in add["options"] if one.get("required")}
        assert needed == {"name", "words"}

        assert "Pick a style" in await server.admin("style restore", style="ink")
        assert "Pick a style" in await server.admin("style restore", style="no such")
        await server.admin("style remove", style="ink")
        assert await server.offered("style restore", "style", "in") == ["Ink drawing=ink"]
        assert "put the style" in await server.admin("style restore", style="ink")


SHUT = {
    "en-US": ("I can not write into <#", "Nobody else takes reports", "Reports go to the people"),
    "zh-CN": ("我无法写入日志频道 <#", "没有其他人接收举报", "举报会发送给机器人的运行者"),
}


@pytest.mark.parametrize("operators", ["", "1"], ids=["no operators", "an operator"])
@pytest.mark.parametrize("why", ["deleted", "silent", "hidden"])
@pytest.mark.parametrize("locale", SHUT)
async def test_settings_name_a_log_channel_that_takes_nothing(
    tmp_path: Path, locale: str, why: str, operators: str
) -> None:
    async with open_guild_harness(tmp_path, OPERATOR_IDS=operators) as server:
        await server.admin("log-channel", channel=server.log)
        server.world.says = {"locale": locale}
        assert SHUT[locale][0] not in await server.admin("settings")
        channel_id = await shut(server, why)

        for _ in range(2):
            said = await server.admin("settings")
            assert f"{SHUT[locale][0]}{channel_id}>" in said
            assert SHUT[locale][2 if operators else 1] in said
            server.world.pass_time(6)


async def shut(server: GuildHarness, why: str) -> int:
    """Make the log channel reject posts from now on; return its id."""
    if why == "deleted":
        server.world.env.backend.delete_channel(server.log.id)
        await server.world.at_rest()
        return server.log.id
    me = server.guild.me
    assert me is not None
    denied = discord.PermissionOverwrite(send_messages=False)
    if why == "hidden":
        denied.update(view_channel=False)
    channel = server.guild.create_text_channel("silent", overwrites={me: denied})
    details = {"log_channel_id": channel.id}
    entry = AuditEntry(guild_id=server.guild.id, at=0.0, by=1, action="change", details=details)
    await server.world.store.community.apply(entry)
    server.world.pass_time(6)
    return channel.id
