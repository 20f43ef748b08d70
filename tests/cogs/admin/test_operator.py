"""/repaint-operator and the command line: the whole bot, for operators alone."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from bot import DATA
from services.cli import guild_export
from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_other_guild,
    open_guild_harness,
    restart_bot,
)
from tests.support.bot_harness import BotHarness, simulated_bot


async def operated(folder: Path) -> int:
    """Find the id that bob will have in every world."""
    async with simulated_bot(folder) as world:
        return world.bob.id


async def ask(
    server: GuildHarness, who: simcord.UserHandle, command: str, /, **options: object
) -> str:
    found = await who.slash(f"repaint-operator {command}", **options)
    assert found.response is not None
    return found.response.content


async def refusal(world: BotHarness) -> str:
    answer = await world.repaint()
    assert answer.ephemeral
    assert answer.response is not None
    return answer.response.content


async def test_operator_pause_applies_everywhere_with_its_reason(tmp_path: Path) -> None:
    bob_id = await operated(tmp_path / "before")
    async with open_guild_harness(tmp_path / "now", OPERATOR_IDS=bob_id) as server:
        answer = await ask(server, server.world.bob.user, "pause", reason="new *key*")

        assert "paused the whole bot" in answer
        assert await refusal(server.world) == (
            r"The people who run the bot take no requests for now. Reason: new \*key\*"
        )

        await ask(server, server.world.bob.user, "resume")

        assert not (await server.world.repaint()).ephemeral


async def test_operator_command_by_others_is_refused(tmp_path: Path) -> None:
    bob_id = await operated(tmp_path / "before")
    async with open_guild_harness(tmp_path / "now", OPERATOR_IDS=bob_id) as server:
        administrator = server.guild.create_role(
            "Admins", permissions=discord.Permissions(administrator=True)
        )
        admin = server.guild.add_member(
            server.world.env.create_user("owner"), roles=[administrator]
        )
        for command in ("pause", "resume", "history", "stats"):
            found = await admin.slash(server.channel, f"repaint-operator {command}")
            assert found.ephemeral
            assert found.response is not None
            assert found.response.content == "Only the people who run this bot can use that."
            private = await ask(server, server.member.user, command)
            assert private == "Only the people who run this bot can use that."
        assert not (await server.world.repaint()).ephemeral


async def test_operator_command_without_operators_does_not_exist(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        assert "repaint-operator" not in server.world.bob.user.available_commands()


@pytest.mark.proof
async def test_stats_counts_every_server(tmp_path: Path) -> None:
    bob_id = await operated(tmp_path / "before")
    async with open_guild_harness(tmp_path / "now", OPERATOR_IDS=bob_id) as server:
        other = furnish_other_guild(server)
        await server.world.repaint()
        await server.world.repaint(other.member, other.channel)
        await server.world.until_settled(2)

        found = await server.world.bob.user.slash("repaint-operator stats", days=3)

        assert found.response is not None
        [picture] = found.response.attachments
        assert picture.description is not None
        assert "images painted: 2" in picture.description


async def test_terminal_pause_applies_to_a_running_bot(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        settings, clock = server.world.settings, server.world.clock

        text = await guild_export.pause(settings, reason="moving house", data=DATA, clock=clock)

        assert text.startswith("Paused")
        assert "moving house" in await refusal(server.world)
        assert (await guild_export.resume(settings, data=DATA, clock=clock)).startswith(
            "The bot accepts"
        )
        assert (
            await guild_export.resume(settings, data=DATA, clock=clock) == "Nothing was paused.\n"
        )
        assert not (await server.world.repaint()).ephemeral


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", ("took the server", "put the server", "blocked <@", "paused the whole bot")),
        ("zh-CN", ("移出了允许列表", "加入了允许列表", "中屏蔽了", "暂停了整个机器人")),
    ],
)
async def test_history_shows_every_decision_of_the_whole_bot_privately_and_latest_first(
    tmp_path: Path, locale: str, words: tuple[str, ...]
) -> None:
    bob_id = await operated(tmp_path / "before")
    async with open_guild_harness(tmp_path / "now", OPERATOR_IDS=bob_id) as server:
        world, bob, there = server.world, server.world.bob.user, str(server.guild.id)
        world.says = {"locale": locale}
        assert words[0] not in await ask(server, bob, "history")
        await ask(server, bob, "pause", reason="new *key*")
        await ask(server, bob, "block member", member=server.member, reason="spam")
        await ask(server, bob, "servers allow", server=there)
        await ask(server, bob, "servers remove", server=there)
        await server.admin("pause", reason="of this server alone")
        async with restart_bot(world):
            found = await bob.slash("repaint-operator history")

    assert found.ephemeral
    assert found.response is not None
    lines = found.response.content.splitlines()
    assert len(lines) == len(words)
    for line, said in zip(lines, words, strict=True):
        assert said in line
        assert world.bob.mention in line
        assert line.startswith("<t:")
    assert r"new \*key\*" in lines[-1]


async def test_operator_history_names_the_terminal_and_fits_a_message(
    tmp_path: Path,
) -> None:
    bob_id = await operated(tmp_path / "before")
    async with open_guild_harness(tmp_path / "now", OPERATOR_IDS=bob_id) as server:
        bob, settings, clock = server.world.bob.user, server.world.settings, server.world.clock
        assert await ask(server, bob, "history") == "Nobody has changed anything yet."
        for _ in range(12):
            await ask(server, bob, "pause", reason="x" * 300)
        await guild_export.pause(settings, reason="moving house", data=DATA, clock=clock)

        lines = (await ask(server, bob, "history")).splitlines()

        assert "the command line paused" in lines[0].lower()
        assert "moving house" in lines[0]
        assert len("\n".join(lines)) <= 2000
        assert all(line.startswith("<t:") for line in lines)
