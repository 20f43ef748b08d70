"""The bot over real sockets, in this process and out of time: see tests.support.eager."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import Repaint, open_bot, serve
from sandbox import discord
from sandbox.demo import pictures_of, text_of
from sandbox.discord import posting
from sandbox.discord.client import Member
from sandbox.discord.shapes import Json
from sandbox.kling import server as kling
from sandbox.kling.options import Options as KlingOptions
from sandbox.processes import bot_settings
from services.models import Job
from services.settings import load
from services.stopping import Stop
from tests.support.eager import BotClock, WorldClock
from tests.support.simulated import traces_into
from tests.support.sqlite import thread_of
from tests.test_port import free_port
from tests.torture.members import small_picture

HEARTBEAT_ACK, BEAT_S = 11, 50.0
"""discord.py beats from a thread that lives in real time, and gives up a gateway that is silent for
a minute of the loop's."""

CONNECTS_WITHIN_S, SETTLES_WITHIN_S = 600.0, 3 * 24 * 3600.0
LOOK_S, LOOK_MOST_S = 5.0, 120.0


LIMITS = {
    "USER_DAILY_IMAGES": "0",
    "USER_QUEUED_JOBS": "0",
}


@dataclass
class World:
    """A Discord, a Kling, the bot between them, and a member at the page."""

    discord: discord.Served
    kling: kling.Served
    bot: Repaint
    ada: Member
    picture: bytes
    asked: int = 0
    helpers: list[asyncio.Task[None]] = field(default_factory=list)
    traces: list[logging.LogRecord] = field(default_factory=list)

    async def ask(self, wish: str = "an oil painting", **options: object) -> str:
        """Ask for a picture; return the word that its messages can be told by."""
        self.asked += 1
        word = f"wish{self.asked:03}"
        upload = await self.ada.upload(self.picture)  # its link is good for an hour
        await self.ada.command("repaint", image=upload, prompt=f"{word} {wish}", **options)
        return word

    async def job(self, word: str) -> Job | None:
        """The Job of a wish, if it became one."""
        store = self.bot.engine._parts.store
        query = "SELECT id FROM job WHERE prompt LIKE ? || ' %'"
        ids = await thread_of(store).run(
            lambda: thread_of(store).db.execute(query, [word]).fetchall()
        )
        return await store.jobs.get(ids[0][0]) if ids else None

    async def settled(self, word: str) -> Job | None:
        """Wait until the Job of a wish is over; None where it never became one."""
        wait = LOOK_S
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while True:
                job = await self.job(word)
                if job is None or job.told_at is not None:
                    return job
                await asyncio.sleep(wait)
                wait = min(1.5 * wait, LOOK_MOST_S)

    def messages(self, word: str, job_id: str = " ") -> list[Json]:
        """What the bot said of a wish and is still there to be read, private messages included.

        Where a filter took the words out, the files still bear the Job's id.
        """
        place = self.discord.place
        channels = [*place.world.channels.values(), *place.world.dms.values()]
        said = {one.id: one for channel in channels for one in channel.messages.values()}
        shown = [posting.shown(place, one) for one in said.values()]
        ours = [one for one in shown if one["author"].get("bot")]
        return [one for one in ours if word in text_of(one) or job_id in str(pictures_of(one))]


@asynccontextmanager
async def world(
    folder: Path, *, give_up_h: float = 24.0, called_back: bool = False
) -> AsyncGenerator[World]:
    """Open a world; on an eager loop alone."""
    clock = WorldClock()
    options = KlingOptions(painter="copy", min_seconds=8, max_seconds=8, takes_repeats=True)
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with AsyncExitStack() as stack:
        stack.callback(_point_back, *before)
        chat = await stack.enter_async_context(discord.serve(clock=clock))
        painter = await stack.enter_async_context(kling.serve(options, clock=clock))
        told = chat.addresses | {"kling": f"{painter.url}/kling"}
        values = bot_settings(told, folder) | LIMITS | {"KLING_GIVE_UP": str(give_up_h)}
        if called_back:
            port = str(free_port())
            values |= {"HTTP_PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        settings = load(values, env_file=None, discord=True, provider=True)
        stop = Stop()
        bot = await open_bot(stack, settings, clock=BotClock(), stop=stop)
        await stack.enter_async_context(bot.door)
        beating = asyncio.create_task(_beat(chat))
        working = asyncio.create_task(serve(bot, settings, stop=stop))
        ada = await stack.enter_async_context(Member(chat.addresses["page"], patience=600.0))
        await ada.online()
        made = World(chat, painter, bot, ada, small_picture())
        try:
            with traces_into(made.traces):
                yield made
        finally:
            stop.ask()
            await working
            beating.cancel()


async def _beat(chat: discord.Served) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        for line in list(chat.place.hub.lines):
            line.send(HEARTBEAT_ACK, None)


def _point_back(base: str, gateway: object) -> None:
    Route.BASE = base
    DiscordWebSocket.DEFAULT_GATEWAY = gateway  # type: ignore[assignment]
