"""The bot's HTTP port as an operator uses it: the unmodified process in the sandbox world."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, bot_settings, running
from tests.services.web.conftest import SECRET
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.support.tokens import TOKEN

pytestmark = pytest.mark.proof


TIMEOUT_S = 60.0
EVERY_CHANGE = 3


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def read(session: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with session.get(url) as answer:
        return answer.status, await answer.json()


async def test_a_supervisor_sees_it_work_and_kling_calls_it_back(tmp_path: Path) -> None:
    port = free_port()
    quick = ("--min-seconds", "1", "--max-seconds", "1", "--painter", "copy")
    async with running(
        "-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick, "--webhook-secret", SECRET
    ) as world_process:
        world = await world_process.first_line()
        env = bot_settings(world, tmp_path) | {
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "KLING_WEBHOOK_SECRET": SECRET,
        }
        async with (
            running(str(ROOT / "bot.py"), env=env, cwd=tmp_path) as bot,
            Member(world["page"]) as member,
            aiohttp.ClientSession() as session,
            asyncio.timeout(TIMEOUT_S),
        ):
            await member.online()
            upload = await member.upload(sample_photo())
            await member.command("repaint", image=upload, prompt="as pixel art", count=1)
            await member.next_message(lambda message: bool(list_image_urls(message)), timeout=30)

            status, facts = await read(session, f"http://127.0.0.1:{port}/healthz")
            kling = world["kling"].removesuffix("/kling")
            _, state = await read(session, f"{kling}/sandbox/state")

    assert (status, facts["working"], facts["gateway_connected"]) == (200, True, True)
    assert state["callbacks"] == {"sent": EVERY_CHANGE, "lost": 0}
    log = "\n".join(bot.lines)
    assert len(re.findall(r"callback received, status '(submitted|processing|succeed)'", log)) >= 1
    assert not re.search(r"/kling/callback/\w+/[\w-]+", log)


async def test_a_port_that_is_taken_ends_the_start_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
            "KLING_API_KEY": "sk-sandbox",
            "KLING_BASE_URL": "http://127.0.0.1:9/kling",
            "HTTP_PORT": str(port),
        }
        async with running(str(ROOT / "bot.py"), env=env, cwd=tmp_path) as bot:
            async with asyncio.timeout(TIMEOUT_S):
                assert await bot.ended() == 2
            await bot.stop()
    assert f"HTTP_PORT: {port} cannot be opened on 127.0.0.1" in "\n".join(bot.lines)
