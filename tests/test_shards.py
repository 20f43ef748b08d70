"""The unmodified bot on several shards: it answers in servers of each and reports their state."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.test_http_server import free_port, read
from tests.test_process import BOT

pytestmark = pytest.mark.proof

TIMEOUT_S = 240.0
COUNT = 3
WORLD = (
    *("--min-seconds", "0.2", "--max-seconds", "0.2", "--painter", "copy"),
    *("--guilds", "12", "--shards", str(COUNT), "--identifies-at-once", str(COUNT)),
    *("--guilds-a-shard", "8", "--rate-limits"),
)


async def until_health(web: aiohttp.ClientSession, url: str, *, working: bool) -> dict[str, Any]:
    """Poll the bot's health until it is as expected; return all of it."""
    while (facts := (await read(web, url))[1])["working"] is not working:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return facts


def a_channel_of_each(state: dict[str, Any]) -> list[str]:
    """A channel in a server of each shard, by the shards' order; no servers of the page's."""
    channels = {
        (int(one["guild_id"]) >> 22) % COUNT: channel_id
        for channel_id, one in state["channels"].items()
        if one["name"] == "general"
    }
    return [channels[number] for number in range(COUNT)]


async def test_it_answers_on_every_shard_and_names_the_one_that_is_down(tmp_path: Path) -> None:
    port = free_port()
    async with running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *WORLD) as process:
        world = await process.first_line()
        env = bot_settings(world, tmp_path) | {"SHARD_COUNT": "auto", "HTTP_PORT": str(port)}
        async with (
            running(BOT, env=env, cwd=tmp_path) as bot,
            Member(world["page"]) as member,
            aiohttp.ClientSession() as web,
            asyncio.timeout(TIMEOUT_S),
        ):
            member.patience = TIMEOUT_S  # a busy computer takes long to start the bot
            await member.online()
            health, page = f"http://127.0.0.1:{port}/healthz", world["page"].rstrip("/")
            await until_health(web, health, working=True)
            _, state = await read(web, f"{page}/sandbox/state")
            upload = await member.upload(sample_photo())
            for channel in a_channel_of_each(state):
                await member.command(
                    "repaint", channel=channel, image=upload, prompt="as pixel art", count=1
                )
                await member.next_message(lambda one: bool(list_image_urls(one)), timeout=TIMEOUT_S)

            closing: dict[str, Any] = {"action": "refuse", "times": 1000}
            await web.post(f"{page}/sandbox/gateway", json=closing)
            closing = {"action": "close", "code": 4000, "shard": 1}
            await web.post(f"{page}/sandbox/gateway", json=closing)
            facts = await until_health(web, health, working=False)
            assert (facts["shards"], facts["shards_down"]) == ([0, 1, 2], [1])
            await web.post(f"{page}/sandbox/gateway", json={"action": "refuse", "times": 0})
            await until_health(web, health, working=True)
            _, state = await read(web, f"{page}/sandbox/state")
    assert (state["gateway"]["identified"], state["gateway"]["resumed"]) == (COUNT, 1)
    assert state["rule_breaks"] == []
    said = "\n".join(bot.lines)
    assert "this process holds 3 of 3 shards" in said
    assert "[shard 1]" in said
    assert "Traceback" not in said
