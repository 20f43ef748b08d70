"""h) Unit costs for docs/capacity.md: a server, a shard, an event, a job's rows, a heartbeat.

`python -m bench.capacity SERVERS` is a bot that receives that many servers, for `measure`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import discord

from bench.harness import BOT
from bench.machine import memory_bytes
from bench.report import Cell, Table, in_mb, in_ms
from bench.shared_store import counted, take_part
from bench.sizes import Scale
from cogs.client import RepaintBot
from sandbox.discord.testclient.member import Member
from sandbox.processes import bot_settings, running
from services.db import Heartbeat, Store
from services.settings import Secret
from tests.support.postgresql import Server, programs

CHANNELS, ROLES, EMOJIS = 30, 25, 20
"""Size of the servers that the bot receives."""

MANY = 8
"""Number of additional shards."""

SETTLED_S = 3.0
FLEETS = ((4, 1), (40, 4), (400, 40))
"""Shards, and the processes among which they are divided."""

REPORTS = 40
LEASE_S = 10**6


async def measure(scale: Scale) -> Table:
    """Measure each cost separately."""
    rows: list[list[Cell]] = [*await _servers(scale.servers[-1]), await _shard()]
    rows += [await _rows_of_sqlite(scale.admissions // 2)]
    bin_ = programs()
    notes = [f"a server: {CHANNELS} channels, {ROLES} roles, {EMOJIS} emojis, nobody's members"]
    if bin_ is None:
        notes.append("PostgreSQL is not measured: its programs (initdb, pg_ctl) are not here")
    else:
        server = await asyncio.to_thread(Server, bin_, lasting=True)
        try:
            rows += await _rows_of_postgresql(server, scale.admissions // 2)
            for fleet in FLEETS:
                rows += await _report(server, *fleet)
        finally:
            await asyncio.to_thread(server.close)
    return Table(
        name="capacity",
        title="h) Unit costs",
        columns=("what", "found", "unit"),
        rows=rows,
        notes=notes,
    )


# --- Servers and shards


async def _servers(size: int) -> list[list[Cell]]:
    async with running("-m", "bench.capacity", str(size)) as child:
        found = await child.first_line()
    return [
        [f"a server in memory, of {size:,}", float(found["bytes"]) / 1024, "KiB"],
        ["being told of a server (GUILD_CREATE)", float(found["create_us"]), "us CPU"],
        ["an event about a channel (CHANNEL_UPDATE)", float(found["update_us"]), "us CPU"],
    ]


class _Nothing:
    """Note storage that stores nothing: no commands are registered here."""

    async def get(self, name: str) -> str | None:
        """Return None."""

    async def put(self, name: str, text: str) -> None:
        """Do nothing."""

    async def swap(self, name: str, text: str) -> str | None:
        """Return None."""


async def time_heartbeats(size: int) -> dict[str, float]:
    """Feed GUILD_CREATE and CHANNEL_UPDATE for `size` servers; return bytes and CPU per event."""
    async with RepaintBot(memory=_Nothing(), operator_ids=()) as bot:
        parsers = bot._connection.parsers  # noqa: SLF001
        texts = [json.dumps(_guild(number)) for number in range(size)]
        channels = [json.dumps(_channel(number, 0)) for number in range(size)]
        gc.collect()
        before = memory_bytes()
        create_s = _cpu_s(parsers["GUILD_CREATE"], texts)
        gc.collect()
        taken = memory_bytes() - before
        update_s = _cpu_s(parsers["CHANNEL_UPDATE"], channels)
        assert len(bot.guilds) == size
    return {
        "bytes": taken / size,
        "create_us": create_s / size * 1e6,
        "update_us": update_s / size * 1e6,
    }


def _cpu_s(parse: Callable[[Any], object], texts: list[str]) -> float:
    began = time.process_time()
    for text in texts:
        parse(discord.utils._from_json(text))  # noqa: SLF001
    return time.process_time() - began


def _guild(number: int) -> dict[str, Any]:
    guild_id = str((number + 1) << 22)
    roles = [_role(number, place) for place in range(ROLES)]
    emojis = [
        {"id": str(((number + 1) << 22) + 500 + place), "name": f"emoji{place}", "roles": []}
        for place in range(EMOJIS)
    ]
    return {
        "id": guild_id,
        "name": f"A server of some members, {number}",
        "icon": "0123456789abcdef0123456789abcdef",
        "owner_id": "77",
        "member_count": 500,
        "roles": roles,
        "emojis": emojis,
        "channels": [_channel(number, place) for place in range(CHANNELS)],
        "members": [],
        "threads": [],
        "stickers": [],
        "features": ["COMMUNITY", "NEWS"],
        "preferred_locale": "en-US",
        "verification_level": 1,
        "nsfw_level": 0,
        "premium_tier": 1,
        "afk_timeout": 300,
        "system_channel_flags": 0,
    }


def _role(number: int, place: int) -> dict[str, Any]:
    return {
        "id": str(((number + 1) << 22) + place),
        "name": "@everyone" if place == 0 else f"role {place}",
        "permissions": "2248473465835073",
        "color": 3447003,
        "colors": {"primary_color": 3447003, "secondary_color": None, "tertiary_color": None},
        "position": place,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _channel(number: int, place: int) -> dict[str, Any]:
    first = (number + 1) << 22
    overwrites = [
        {"id": str(first + role), "type": 0, "allow": "1024", "deny": "2048"} for role in (0, 1)
    ]
    return {
        "id": str(first + 100 + place),
        "guild_id": str(first),
        "type": 0,
        "name": f"channel-{place}",
        "position": place,
        "topic": "What is talked about here",
        "nsfw": False,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": overwrites,
    }


async def _shard() -> list[Cell]:
    few, many = await _at_rest(1), await _at_rest(1 + MANY)
    return ["a shard in memory (line, heartbeat)", (many - few) / MANY, "MB"]


async def _at_rest(shards: int) -> float:
    """Return the resident MB of a connected bot with `shards` shards at rest."""
    words = ("--guilds", "24", "--shards", str(shards), "--identifies-at-once", str(shards))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kling = await stack.enter_async_context(running("-m", "sandbox.kling"))
        chat = await stack.enter_async_context(running("-m", "sandbox.discord", *words))
        world = await chat.first_line() | await kling.first_line()
        env = bot_settings(world, folder) | {"SHARD_COUNT": str(shards), "LOG_LEVEL": "warning"}
        bot = await stack.enter_async_context(
            running("-m", "bench.instrumented", str(BOT), env=env)
        )
        member = await stack.enter_async_context(Member(world["page"], patience=60.0))
        await member.online()
        await asyncio.sleep(SETTLED_S + 0.1 * shards)
        found: Mapping[str, str] = {}
        for _ in range(2):
            bot.process.send_signal(signal.SIGUSR1)
            found = await bot.first_line()
        return in_mb(float(found["memory"]))


# --- Rows


async def _rows_of_sqlite(lives: int) -> list[Cell]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await take_part(str(path), 1, lives // 4)
        before = path.stat().st_size
        await take_part(str(path), 10**6, lives)
        size = path.stat().st_size - before
    return ["a Job's rows in SQLite, indexes included", size / lives / 1024, "KiB"]


async def _rows_of_postgresql(server: Server, lives: int) -> list[list[Cell]]:
    place = server.make("bench").reveal()
    sizes = list[int]()
    for first, number, words in ((1, lives // 4, "VACUUM FULL"), (10**6, lives, "VACUUM FULL")):
        await take_part(place, first, number)
        await asyncio.to_thread(server.ask, words, name="bench")
        [(size,)] = server.ask("SELECT pg_database_size('bench')")
        sizes.append(size)
    each = (sizes[1] - sizes[0]) / lives / 1024
    return [["a Job's rows in PostgreSQL, packed, indexes included", each, "KiB"]]


# --- Heartbeats of a fleet


async def _report(server: Server, shards: int, processes: int) -> list[list[Cell]]:
    """Report heartbeats of the processes in turn; return the median time and the statements."""
    place = server.make("bench").reveal()
    names = [f"process {number}" for number in range(processes)]
    async with Store(Secret(place), provider="bench") as store:
        await store.fleet.join(shards, lease_s=LEASE_S)
        fleet, counter = store.fleet, counted(store)
        share = -(-shards // processes)
        for _ in range(3):
            for name in names:
                await fleet.report(Heartbeat(process=name, lease_s=LEASE_S, room=share))
        times, counter.statements = list[float](), 0
        for number in range(REPORTS):
            began = time.perf_counter()
            await fleet.report(
                Heartbeat(process=names[number % processes], lease_s=LEASE_S, room=0)
            )
            times.append(time.perf_counter() - began)
    words = f"a report of one of {processes} processes on {shards} shards"
    return [
        [words, in_ms(statistics.median(times)), "ms"],
        ["its statements", counter.statements / REPORTS, ""],
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(time_heartbeats(int(sys.argv[1])))) + "\n")
    sys.stdout.flush()
