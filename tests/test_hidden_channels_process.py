"""The bot as a process in a server where most channels are hidden from it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord.testclient.member import Member
from sandbox.processes import bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.system.kill.members import small_picture
from tests.test_process import BOT, TIMEOUT_S

pytestmark = pytest.mark.proof
KINDS = ("text", "voice", "category", "stage", "forum")


@pytest.mark.parametrize("form", ["full", "minimal", "null"])
async def test_bot_connects_and_serves_a_private_request_in_a_hidden_channel(
    tmp_path: Path, form: str
) -> None:
    quick = ("--min-seconds", "0.1", "--max-seconds", "0.1", "--painter", "copy")
    async with running(
        "-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick, "--hidden-channels", form
    ) as process:
        world = await process.first_line()
        async with aiohttp.ClientSession(world["page"].rstrip("/")) as web:
            made = [await make(web, kind) for kind in KINDS]
        env = bot_settings(world, tmp_path)
        async with (
            running(BOT, env=env, cwd=tmp_path) as bot,
            Member(world["page"]) as member,
            asyncio.timeout(TIMEOUT_S),
        ):
            await member.online()
            upload = await member.upload(small_picture())
            await member.command(
                "repaint", channel=made[0], image=upload, prompt="ink", private=True
            )
            shown = await member.next_message(lambda one: one["flags"] & 64 and "media" in str(one))
            assert "secret" not in "\n".join(bot.lines)
    assert shown["channel_id"] == made[0]
    assert not [line for line in bot.lines if "dropped" in line or "lost" in line]


async def make(web: aiohttp.ClientSession, kind: str) -> str:
    order = {"name": f"secret {kind}", "kind": kind, "hidden": True}
    async with web.post("/sandbox/channel", json=order) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["id"])
