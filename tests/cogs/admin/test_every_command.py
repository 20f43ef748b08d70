"""Every command of /repaint-admin: permissions, visibility of answers, and after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.cogs.admin.guild_harness import (
    GuildHarness,
    furnish_other_guild,
    open_guild_harness,
    restart_bot,
)

Options = Callable[[GuildHarness], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A command that changes something, the words of its answer, and where the change shows."""

    command: str
    options: Options
    says: str
    seen_in: str = "settings"
    shows: str = ""
    first: tuple[tuple[str, Options], ...] = ()


def nothing(_server: GuildHarness) -> dict[str, Any]:
    return {}


def the_member(server: GuildHarness) -> dict[str, Any]:
    return {"member": server.member}


def their_id(server: GuildHarness) -> dict[str, Any]:
    return {"member": str(server.member.id)}


GRANT = ("grant", lambda it: {"member": it.member, "images": 33, "duration": "7d"})
BLOCK = ("block", lambda it: {"member": it.member, "reason": "too loud"})
WORD = ("words add", lambda _: {"phrase": "black magic"})
STYLE = ("style add", lambda _: {"name": "Felt", "words": "in thick felt"})
REQUIRE = ("required-roles add", lambda it: {"role": it.painters})
HIDE = ("style remove", lambda _: {"style": "ink"})
ALLOW = ("channels allow", lambda it: {"channel": it.channel})

CASES = [
    Case("limits", lambda _: {"member": 7, "server": 90}, "7 pictures", shows="90 pictures"),
    Case("limits", lambda _: {"default": "member"}, "10 pictures", shows="10 pictures"),
    Case(
        "role-limit",
        lambda it: {"role": it.painters, "images": 44},
        "44 pictures",
        shows="44 pictures",
    ),
    Case(*GRANT, "33 pictures", seen_in="history", shows="33 pictures"),
    Case("revoke", their_id, "took away", first=(GRANT,), seen_in="history", shows="took away"),
    Case("reset", the_member, "reset", seen_in="history", shows="reset"),
    Case(*BLOCK, "too loud", seen_in="history", shows="too loud"),
    Case("unblock", their_id, "unblocked", first=(BLOCK,), seen_in="history", shows="unblocked"),
    Case(*ALLOW, "Requests are taken in", seen_in="channels show", shows="<#"),
    Case(
        "channels remove",
        lambda it: {"channel": str(it.channel.id)},
        "every channel",
        first=(ALLOW,),
        seen_in="channels show",
        shows="every channel",
    ),
    Case("channels everywhere", nothing, "every channel", first=(ALLOW,), shows="every channel"),
    Case(*REQUIRE, "Only members", seen_in="required-roles show", shows="<@&"),
    Case(
        "required-roles remove",
        lambda it: {"role": str(it.painters.id)},
        "Every member",
        first=(REQUIRE,),
        seen_in="required-roles show",
        shows="Every member",
    ),
    Case(*WORD, "black magic", seen_in="words show", shows="black magic"),
    Case(
        "words remove",
        lambda _: {"phrase": "black magic"},
        "No words",
        first=(WORD,),
        seen_in="words show",
        shows="No words",
    ),
    Case(*STYLE, "in thick felt", seen_in="style show", shows="Felt"),
    Case(
        "style remove",
        lambda _: {"style": "felt"},
        "no styles of its own",
        first=(STYLE,),
        seen_in="style show",
        shows="no styles of its own",
    ),
    Case(
        "style remove",
        lambda _: {"style": "Ink drawing"},
        "took the style",
        seen_in="style show",
        shows="Not offered here: Ink drawing",
    ),
    Case(
        "style restore",
        lambda _: {"style": "ink"},
        "put the style",
        first=(HIDE,),
        seen_in="style show",
        shows="no styles of its own",
    ),
    Case(
        "settings", lambda _: {"max_count": 2, "spoiler": True}, "**2**", shows="spoiler: **yes**"
    ),
    Case("settings", lambda _: {"clear": "spoiler"}, "spoiler: **no**", shows="spoiler: **no**"),
    Case("pause", lambda _: {"reason": "party"}, "Paused in this server", shows="party"),
    Case("resume", nothing, "Requests are taken.", first=(("pause", nothing),)),
    Case("log-channel", lambda it: {"channel": it.log}, "are written into", shows="written into"),
]
READING = [
    ("limits", nothing),
    ("channels show", nothing),
    ("required-roles show", nothing),
    ("words show", nothing),
    ("style show", nothing),
    ("settings", nothing),
    ("history", nothing),
]
OFFERING = [
    ("unblock", "member"),
    ("revoke", "member"),
    ("words remove", "phrase"),
    ("style remove", "style"),
    ("style restore", "style"),
    ("required-roles remove", "role"),
    ("channels remove", "channel"),
]
EVERYTHING = [(case.command, case.options) for case in CASES] + READING + [("stats", nothing)]


async def test_admin_cases_cover_every_command(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        group = server.world.bot.client.tree.get_command("repaint-admin")
        assert isinstance(group, app_commands.Group)
        commands = [one for one in group.walk_commands() if isinstance(one, app_commands.Command)]

        names = {one.qualified_name.removeprefix("repaint-admin ") for one in commands}
        assert names == {command for command, _ in EVERYTHING}
        assert group.default_permissions == discord.Permissions(manage_guild=True)
        assert group.guild_only


def named(cases: list[Any]) -> list[str]:
    return [case.command if isinstance(case, Case) else case[0] for case in cases]


@pytest.mark.parametrize("case", CASES, ids=named(CASES))
async def test_admin_command_shows_the_new_state_and_is_logged(tmp_path: Path, case: Case) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        answer = await carry_out(server, case)

        assert server.mod.mention in answer
        assert case.says in answer
        assert case.shows in await server.admin(case.seen_in)
        assert len(server.logged()) == 2 + len(case.first)
        assert server.mod.mention in server.logged()[-1]


async def test_everything_holds_after_a_restart(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for case in CASES:
            await carry_out(server, case)
        for again in (GRANT, BLOCK, WORD, ALLOW, REQUIRE, HIDE):
            await server.admin(again[0], **again[1](server))
        before = await everything(server)

        async with restart_bot(server.world):
            assert await everything(server) == before


async def test_admin_command_leaves_other_servers_unchanged(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        other = furnish_other_guild(server)
        pristine = await everything(other)
        for case in CASES:
            await carry_out(server, case)
            assert await everything(other) == pristine, case.command


async def test_discord_hides_it_from_members_and_a_stale_registration_does_not_help(
    tmp_path: Path,
) -> None:
    async with open_guild_harness(tmp_path) as server:
        assert "repaint-admin" not in server.member.available_commands(server.channel)
        unguarded(server)

        for command, options in EVERYTHING:
            answer = await server.admin(command, by=server.member, **options(server))
            assert answer == "Only people who manage this server can use that.", command

        assert await server.admin("history") == "Nobody has changed anything yet."


async def test_admin_autocomplete_offers_members_nothing(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for first in (GRANT, BLOCK, WORD, ALLOW, REQUIRE, HIDE):
            await server.admin(first[0], **first[1](server))
        unguarded(server)

        for command, option in OFFERING:
            assert await server.offered(command, option), command
            path = f"repaint-admin {command}"
            assert await server.member.autocomplete(server.channel, path, option, "") == []


async def test_admin_command_allowed_by_discords_permissions_works(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        pia = server.world.env.create_user("pia")
        painter = server.guild.add_member(pia, roles=[server.painters])
        server.guild.set_command_permissions(registered(server), {server.painters: True})

        assert painter.mention in await server.admin("pause", by=painter)


async def everything(server: GuildHarness) -> list[Any]:
    """Return everything that a moderator can read."""
    answers: list[Any] = [await server.admin(command) for command, _ in READING]
    return answers + [await server.offered(command, option) for command, option in OFFERING]


async def carry_out(server: GuildHarness, case: Case) -> str:
    for command, options in case.first:
        await server.admin(command, **options(server))
    return await server.admin(case.command, **case.options(server))


def registered(server: GuildHarness) -> int:
    """Return the command's id at Discord."""
    kept = server.world.env.backend.commands[None].values()
    return next(int(one["id"]) for one in kept if one["name"] == "repaint-admin")


def unguarded(server: GuildHarness) -> None:
    """Remove the commands' default permissions at Discord, as an old registration would."""
    for command in server.world.env.backend.commands[None].values():
        command["default_member_permissions"] = None
