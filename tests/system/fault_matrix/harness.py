"""The bot over real sockets, in this process, on the loop of tests.support.time_skipping_loop.

With a PostgreSQL, three bots share it and count as one; its clock follows the loop's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import BotApp, open_bot, serve
from sandbox import discord
from sandbox.demo import list_image_urls, read_text
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.options import Options as DiscordOptions
from sandbox.discord.state import messages as posting
from sandbox.discord.testclient.member import Member
from sandbox.kling import server as kling
from sandbox.kling.options import Options as KlingOptions
from sandbox.processes import bot_settings
from services.common.shutdown import Shutdown
from services.db import Store
from services.fleet.member import LEASE_S, REPORTS
from services.models import Job
from services.settings.loading import load
from tests.support.bot_harness import collect_tracebacks
from tests.support.postgresql import Server
from tests.support.sqlite import thread_of
from tests.support.time_skipping_loop import BotClock, WorldClock, loop_in_use, now
from tests.system.kill.members import small_picture
from tests.test_http_server import free_port

HEARTBEAT_ACK, BEAT_S = 11, 50.0
"""discord.py sends heartbeats from a thread in real time, and closes a gateway connection that is
silent for a minute of the loop's time.
"""

CONNECTS_WITHIN_S, SETTLES_WITHIN_S = 600.0, 3 * 24 * 3600.0
LOOK_S, LOOK_MOST_S = 5.0, 120.0
NAME = "out_of_time"
SPEAKS_S = 5.0
"""Seconds within which the new holder of a shard receives its events."""

KNOWN_REPORTS = 3
"""Heartbeats: the next one, one in progress, and a spare one."""

BOTS = 3
"""Bots of a fleet; it has as many shards."""

LIMITS = {
    "USER_DAILY_IMAGES": "0",
    "USER_QUEUED_JOBS": "100000",
}


@dataclass
class MatrixHarness:
    """A Discord, a Kling, the bot between them, and a user at the page."""

    discord: discord.Served
    kling: kling.Served
    bots: list[BotApp]
    ids_of: Callable[[str], Awaitable[list[str]]]
    """Returns the ids of the jobs whose prompt begins with this text."""
    ada: Member
    picture: bytes
    known_s: float
    """Seconds after which the other bots know what one has learned: at their next report."""
    asked: int = 0
    helpers: list[asyncio.Task[None]] = field(default_factory=list)
    traces: list[logging.LogRecord] = field(default_factory=list)

    async def ask(self, wish: str = "an oil painting", **options: object) -> str:
        """Request an image; return the word by which its messages are found."""
        self.asked += 1
        word = f"wish{self.asked:03}"
        upload = await self.ada.upload(self.picture)  # its link is valid for an hour
        await self.ada.command("repaint", image=upload, prompt=f"{word} {wish}", **options)
        return word

    @property
    def store(self) -> Store:
        """The store that all bots share, as the first one has it."""
        return self.bots[0].engine._parts.store

    async def job(self, word: str) -> Job | None:
        """Return the job of a request; None if it was not accepted."""
        ids = await self.ids_of(f"{word} ")
        return await self.store.jobs.get(ids[0]) if ids else None

    async def settled(self, word: str) -> Job | None:
        """Wait until the job of a request is over; None if it was not accepted."""
        wait = LOOK_S
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while True:
                job = await self.job(word)
                if job is None or job.told_at is not None:
                    return job
                await asyncio.sleep(wait)
                wait = min(1.5 * wait, LOOK_MOST_S)

    def messages(self, word: str, job_id: str = " ") -> list[Json]:
        """Return the bot's messages about a request that still exist, private ones included.

        If a filter removed the words, the files' names still contain the job's id.
        """
        place = self.discord.place
        channels = [*place.world.channels.values(), *place.world.dms.values()]
        said = {one.id: one for channel in channels for one in channel.messages.values()}
        shown = [posting.shown(place, one) for one in said.values()]
        ours = [one for one in shown if one["author"].get("bot")]
        return [
            one for one in ours if word in read_text(one) or job_id in str(list_image_urls(one))
        ]


@asynccontextmanager
async def open_matrix_harness(
    folder: Path,
    *,
    give_up_h: float = 24.0,
    called_back: bool = False,
    server: Server | None = None,
    lease_s: float = LEASE_S,
) -> AsyncGenerator[MatrixHarness]:
    """Open a world; on an eager loop only.

    With a `server` three bots share it; the longer their leases, the less often they report.
    """
    clock = WorldClock()
    options = KlingOptions(painter="copy", min_seconds=8, max_seconds=8, takes_repeats=True)
    shards = 1 if server is None else BOTS
    places = DiscordOptions(guilds=shards, shards=shards, identifies_at_once=shards)
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with AsyncExitStack() as stack:
        stack.callback(_point_back, *before)
        chat = await stack.enter_async_context(discord.serve(places, clock=clock))
        painter = await stack.enter_async_context(kling.serve(options, clock=clock))
        told = chat.addresses | {"kling": f"{painter.url}/kling"}
        values = bot_settings(told, folder) | LIMITS | {"KLING_GIVE_UP": str(give_up_h)}
        doors = _doors(shards) if called_back else [{}] * shards
        if server is not None:
            values |= _shared(stack, server)
        beating = asyncio.create_task(_beat(chat))
        stack.callback(beating.cancel)
        bots = [await stack.enter_async_context(_at_work(values | door, lease_s)) for door in doors]
        ada = await stack.enter_async_context(Member(chat.addresses["page"], patience=600.0))
        await ada.online()
        if server is not None:
            await _divided(server)
        _know_alike(bots)
        ids_of = _in_file(bots[0]) if server is None else _in(server)
        known_s = KNOWN_REPORTS * lease_s / REPORTS
        made = MatrixHarness(chat, painter, bots, ids_of, ada, small_picture(), known_s)
        with collect_tracebacks(made.traces):
            yield made


def _doors(bots: int) -> list[dict[str, str]]:
    """Return a port for each bot; the provider calls back to the first one."""
    ports = [str(free_port()) for _ in range(bots)]
    return [{"HTTP_PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}"} for port in ports]


@asynccontextmanager
async def _at_work(values: dict[str, str], lease_s: float) -> AsyncGenerator[BotApp]:
    """Run one bot until the block ends."""
    settings = load(values, env_file=None, discord=True, provider=True)
    stop = Shutdown()
    async with AsyncExitStack() as stack:
        bot = await open_bot(stack, settings, clock=BotClock(), stop=stop, lease_s=lease_s)
        await stack.enter_async_context(bot.door)
        working = asyncio.create_task(serve(bot, settings, stop=stop))
        try:
            yield bot
        finally:
            stop.ask()
            await working


def _shared(stack: AsyncExitStack, server: Server) -> dict[str, str]:
    """Make the database of a fleet, which follows the loop's clock."""
    place = server.make(NAME)
    hand, loop = server.hand_over_clock(NAME), loop_in_use()
    stack.callback(hand.close)
    hand.set(now())
    loop.on_jump = hand.set
    stack.callback(setattr, loop, "on_jump", lambda _now: None)
    return {"DATABASE_URL": place.reveal(), "SHARD_COUNT": str(BOTS)}


def _know_alike(bots: Sequence[BotApp]) -> None:
    """Share one client's memory of blocks with all, so that any bot may claim a job.

    A client that has met a proxy's page withholds the last piece of its submissions. Such a
    submission was surely not sent and is sent again; other clients would have to look it up.
    """
    first, *others = (bot.engine._parts.kling for bot in bots)
    for client in others:
        client._blocks = first._blocks


async def _divided(server: Server) -> None:
    """Wait until each bot holds a shard and receives its events."""
    query = (
        "SELECT COUNT(DISTINCT process) FROM fleet_shard WHERE heir IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM fleet_shard WHERE process IS NULL OR heir IS NOT NULL)"
    )
    async with asyncio.timeout(CONNECTS_WITHIN_S):
        while await _asked(server, query) != [(BOTS,)]:  # noqa: ASYNC110 -- other sessions
            await asyncio.sleep(1.0)
        await asyncio.sleep(SPEAKS_S)


def _in_file(bot: BotApp) -> Callable[[str], Awaitable[list[str]]]:
    async def find(beginning: str) -> list[str]:
        thread = thread_of(bot.engine._parts.store)
        query = "SELECT id FROM job WHERE prompt LIKE ? || '%'"
        rows = await thread.run(lambda: thread.db.execute(query, [beginning]).fetchall())
        return [job_id for (job_id,) in rows]

    return find


def _in(server: Server) -> Callable[[str], Awaitable[list[str]]]:
    async def find(beginning: str) -> list[str]:
        rows = await _asked(server, "SELECT id FROM job WHERE prompt LIKE %s", f"{beginning}%")
        return [job_id for (job_id,) in rows]

    return find


async def _asked(server: Server, query: str, *values: object) -> list[tuple[Any, ...]]:
    asking = partial(server.ask, query, *values, name=NAME)
    return await asyncio.get_running_loop().run_in_executor(None, asking)


async def _beat(chat: discord.Served) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        for line in list(chat.place.hub.lines):
            line.send(HEARTBEAT_ACK, None)


def _point_back(base: str, gateway: object) -> None:
    Route.BASE = base
    DiscordWebSocket.DEFAULT_GATEWAY = gateway  # type: ignore[assignment]
