"""Impossible values are refused privately and in words, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.backend.errors import SetupError

from tests.cogs.admin.guild_harness import GuildHarness, open_guild_harness
from tests.support.gateway_events import alter_interactions, hide
from tests.support.messages import Json

Options = Callable[[GuildHarness], dict[str, Any]]
PREFIX = "I can't use that. "

CASES: list[tuple[str, Options, str]] = [
    ("grant", lambda it: {"member": it.member, "images": 5, "duration": "soon"}, "A duration"),
    ("grant", lambda it: {"member": it.member, "images": 5, "duration": "0m"}, "A duration"),
    ("block", lambda it: {"member": it.member, "duration": "900000w"}, "A duration"),
    ("revoke", lambda it: {"member": str(it.member.id)}, "Pick a member"),
    ("revoke", lambda _: {"member": "everybody"}, "Pick a member"),
    ("unblock", lambda it: {"member": str(it.member.id)}, "Pick a member"),
    ("unblock", lambda _: {"member": "9" * 19}, "Pick a member"),
    ("unblock", lambda _: {"member": "٣"}, "Pick a member"),
    ("channels remove", lambda it: {"channel": str(it.channel.id)}, "Pick a channel"),
    ("channels remove", lambda _: {"channel": "#talk"}, "Pick a channel"),
    ("words add", lambda _: {"phrase": "!!! ..."}, "It needs letters"),
    ("words remove", lambda _: {"phrase": "unheard of"}, "Pick a word"),
    ("role-limit", lambda it: {"role": it.painters}, "This role has no limit"),
    ("settings", lambda _: {"default_model": "kling-v99"}, "Pick a model"),
    ("settings", lambda _: {"default_style": "'; DROP TABLE guild"}, "Pick a style"),
    ("resume", lambda _: {}, "Nothing is paused"),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}: {case[2]}" for case in CASES])
async def test_impossible_value_is_refused_and_changes_nothing(
    tmp_path: Path, case: tuple[str, Options, str]
) -> None:
    command, options, says = case
    async with open_guild_harness(tmp_path) as server:
        before = await server.admin("settings")

        answer = await server.admin(command, **options(server))

        assert answer.startswith(PREFIX + says)
        assert await server.admin("settings") == before
        assert await server.admin("history") == "Nobody has changed anything yet."


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("limits", {"member": -1}),
        ("limits", {"server": 10_001}),
        ("settings", {"max_count": 10}),
        ("settings", {"max_count": 0}),
        ("settings", {"min_membership_days": 366}),
        ("settings", {"clear": "everything"}),
        ("stats", {"days": 0}),
        ("stats", {"days": 91}),
        ("words add", {"phrase": "x" * 101}),
        ("pause", {"reason": "x" * 301}),
    ],
)
async def test_discord_does_not_even_send_it(
    tmp_path: Path, command: str, options: dict[str, Any]
) -> None:
    async with open_guild_harness(tmp_path) as server:
        with pytest.raises(SetupError):
            await server.admin(command, **options)


async def test_log_channel_without_permissions_is_refused(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        nothing = discord.PermissionOverwrite(send_messages=False)
        secret = server.guild.create_text_channel(
            "secret", overwrites={server.guild.default_role: nothing}
        )

        answer = await server.admin("log-channel", channel=secret)

        assert "Send Messages" in answer
        assert "no log channel" in await server.admin("settings")


async def test_deleted_log_channel_stops_no_command(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        path = f"/channels/{server.log.id}/messages"
        server.world.env.inject_error("POST", path, status=404, code=10003)

        assert "5 pictures" in await server.admin("limits", member=5)


async def test_admin_text_is_shown_escaped(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)

        answer = await server.admin("pause", reason="**now** @everyone\n||x||")

        assert r"\*\*now\*\*" in answer
        assert "@everyone" not in answer
        assert "@everyone" not in server.logged()[-1]


async def test_words_list_of_any_length_fits_a_message(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for number in range(30):
            await server.admin("words add", phrase=f"*{number} " + "long " * 19)

        answer = await server.admin("words show")

        assert answer.startswith("30 blocked words and phrases")
        assert "more" in answer
        assert len(answer) <= 2000
        assert answer.count("||") == 2
        assert len(await server.offered("words remove", "phrase")) == 25


async def test_history_of_any_length_ends_with_a_whole_line(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for _ in range(9):
            await server.admin("pause", reason=f"{'long ' * 58}end")

        lines = (await server.admin("history")).split("\n")

        assert 3 < len(lines) < 9
        assert all(line.startswith("<t:") and line.endswith("long end") for line in lines)


async def test_log_channel_is_judged_by_the_permissions_in_the_interaction(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        allowed = discord.Permissions(view_channel=True, send_messages=True, attach_files=True)
        alter_interactions(server.world, partial(say_permissions, allowed=allowed))
        hide(server.world, server.log.id)
        taken = await server.admin("log-channel", channel=server.log)

        allowed.attach_files = False
        alter_interactions(server.world, partial(say_permissions, allowed=allowed))
        refused = await server.admin("log-channel", channel=server.log)

        assert "written into" in taken
        assert "Attach Files" in refused


def say_permissions(interaction: Json, *, allowed: discord.Permissions) -> None:
    """Add the bot's permissions to each chosen channel, as Discord does."""
    for channel in interaction["data"].get("resolved", {}).get("channels", {}).values():
        channel["app_permissions"] = str(allowed.value)
