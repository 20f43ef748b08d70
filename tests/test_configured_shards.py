"""Two unmodified bots on one PostgreSQL, each with its own SHARD_IDS: one of them is killed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import Child, bot_settings, running
from services.settings.types import Secret
from tests.support.postgresql import Server
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.test_process import BOT

pytestmark = pytest.mark.proof

TIMEOUT_S = 240.0
COUNT = 2
WORLD = (
    *("--min-seconds", "6", "--max-seconds", "6", "--painter", "copy", "--takes-repeats"),
    *("--guilds", "12", "--shards", str(COUNT), "--identifies-at-once", str(COUNT)),
)
NAME = "emptied_for_each_test"


async def test_jobs_of_a_killed_bot_are_finished_by_another(
    tmp_path: Path, postgresql: Server, postgresql_place: Secret
) -> None:
    def count(query: str) -> int:
        return postgresql.ask(query, name=NAME)[0][0]

    async def until(query: str, wanted: int) -> None:
        while count(query) != wanted:  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.2)

    async with running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *WORLD) as process:
        world = await process.first_line()
        env = bot_settings(world, tmp_path) | {
            "DATABASE_URL": postgresql_place.reveal(),
            "SHARD_COUNT": str(COUNT),
            "USER_RUNNING_JOBS": "0",
            "USER_QUEUED_JOBS": "100000",
        }
        async with (
            running(BOT, env=env | {"SHARD_IDS": "0"}, cwd=tmp_path) as doomed,
            running(BOT, env=env | {"SHARD_IDS": "1"}, cwd=tmp_path) as other,
            Member(world["page"]) as member,
            asyncio.timeout(TIMEOUT_S),
        ):
            member.patience = TIMEOUT_S
            await member.online()
            await until("SELECT COUNT(*) FROM fleet_process", 2)
            await both_connected(doomed, other)
            channel = channel_of_shard(await state_of(member, world), 0)
            upload = await member.upload(sample_photo())
            for _ in range(3):
                await member.command(
                    "repaint", channel=channel, image=upload, prompt="as pixel art", count=1
                )
            await until("SELECT COUNT(*) FROM job WHERE state = 'running'", 3)
            doomed.process.kill()
            await until("SELECT COUNT(*) FROM job WHERE state = 'delivered'", 3)
            state = await state_of(member, world)
            other.process.terminate()
            assert await other.ended() == 0

    shown = Counter(one["id"] for one in state["messages"] if list_image_urls(one))
    assert len(shown) == 3
    assert "Traceback" not in "\n".join(other.lines)


async def both_connected(*bots: Child) -> None:
    for bot in bots:
        while not any(" connected" in line and "shard" in line for line in bot.lines):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def state_of(member: Member, world: dict[str, Any]) -> dict[str, Any]:
    return json.loads(await member.fetch(f"{world['page'].rstrip('/')}/sandbox/state"))


def channel_of_shard(state: dict[str, Any], number: int) -> str:
    return next(
        channel_id
        for channel_id, one in state["channels"].items()
        if one["name"] == "general" and (int(one["guild_id"]) >> 22) % COUNT == number
    )
