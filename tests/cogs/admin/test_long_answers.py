"""Answers longer than a message: they end with a whole line and say how many are left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cogs.admin.responder import fitted
from cogs.ui.job_message import MESSAGE_LIMIT
from services.models import AuditEntry
from tests.cogs.admin.guild_harness import GuildHarness, open_guild_harness
from tests.support.requests import NOON

WORDS = "in thick felt with long soft fibres " * 7


async def decide(
    server: GuildHarness, action: str, target: int | None = None, **details: str | int
) -> None:
    entry = AuditEntry(
        guild_id=server.guild.id, at=NOON, by=1, action=action, target=target, details=details
    )
    assert await server.world.store.community.apply(entry)


async def test_fifty_styles_are_shown_in_whole_lines(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for number in range(50):
            name = f"Felt 🎨 {number}"
            details = {"name": name, "name_zh": "", "fragment": f"{WORDS}{number} end"}
            await decide(server, "add_style", style_key=f"felt-{number}", **details)
        answer = await server.admin("style show")

    heading, *lines, more = answer.split("\n")
    assert "50" in heading
    assert lines
    assert all(line.endswith(" end") for line in lines)
    assert more == f"… and {50 - len(lines)} more"
    assert len(answer.encode("utf-16-le")) // 2 <= MESSAGE_LIMIT


async def test_fifty_hidden_styles_are_counted(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for number in range(50):
            name = f"a style with a name of forty letters {number}"
            details = {"name": name, "name_zh": "", "fragment": ""}
            await decide(server, "add_style", style_key=f"s{number}", **details)
        answer = await server.admin("style show")

    shown = len(re.findall(r"of forty letters \d+", answer))
    assert answer.endswith(f"… and {50 - shown} more")


async def test_settings_with_a_hundred_mentions_cut_none(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        for number in range(100):
            await decide(server, "allow_channel", 10**18 + number)
            await decide(server, "role_limit", 10**18 + number, units=3)
        channels = await server.admin("channels show")
        limits = await server.admin("limits")

    mentions = re.findall(r"<#\d{19}>", channels)
    assert channels.count("<#") == len(mentions) < 100
    assert channels.endswith(f"… and {100 - len(mentions)} more")
    roles = re.findall(r"<@&\d{19}>", limits)
    assert limits.count("<@") == len(roles) < 100
    assert limits.endswith(f"… and {100 - len(roles)} more")


@pytest.mark.parametrize("length", [10, MESSAGE_LIMIT])
def test_text_that_fits_stays_as_it_is(length: int) -> None:
    assert fitted("x" * length, "en-US") == "x" * length
