"""The whole bot in a simulated Discord: simcord as Discord, the sandbox as Kling, a manual clock.

simcord is written by others and so checks our reading of Discord. It runs in process and leaves
a few fields out of its payloads; `BotHarness.says` and `.claims` add them, as Discord has them.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import discord
import simcord
from aiohttp import web
from PIL import Image
from simcord.backend.cdn import CDN_BASE

from bot import BotApp, open_bot
from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.server import Served, serve
from services.common.shutdown import Shutdown
from services.db import Store
from services.models import Job
from services.policy.quotas import find_day
from services.settings.loading import Settings, load
from tests.support.databases import Reader, lend_database, open_reader
from tests.support.fleet_harness import DEFAULTS, FLEET, LEASE_S, open_fleet_bot, run_engines
from tests.support.messages import Json, check_sent
from tests.support.postgresql import Server
from tests.support.simcord_additions import cdn, poll_often, register, send_unquoted
from tests.support.time import FAR_S, NEAR_S, HandClock, count_threads, until_only_time_helps

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""The time at which simcord's own clock begins."""

MIB = 1024 * 1024
USE_EXTERNAL_APPS = 1 << 50
TIMEOUT_S = 60.0


@dataclass
class BotHarness:
    """A server with a channel and two users, a bot that serves them, and a Kling."""

    env: simcord.Env
    bot: BotApp
    kling: Served
    orders: list[Json]
    """The JSON of every submission, as Kling received it."""
    clock: HandClock
    stop: Shutdown
    settings: Settings
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    ann: simcord.MemberActor
    bob: simcord.MemberActor
    cdn_url: str
    book: Reader
    others: Sequence[BotApp] = ()
    """The other bots of the fleet, which receive nothing from Discord."""
    reports: Sequence[asyncio.Task[None]] = ()
    """Tasks by which the bots report to their fleet."""
    says: Json = field(default_factory=dict)
    """Fields of an interaction that Discord sends and simcord leaves out."""
    claims: Json = field(default_factory=dict)
    """Discord's description of an attachment, true or not."""
    external_apps: bool = True
    """Whether members may use apps that they installed (Discord's default; simcord lacks it)."""
    traces: list[logging.LogRecord] = field(default_factory=list)
    """Log records with a traceback: unexpected errors, which no test may leave unread."""

    @property
    def store(self) -> Store:
        """The bot's own store, for tests to read."""
        return self.bot.engine._parts.store

    async def repaint(
        self,
        who: simcord.MemberActor | None = None,
        where: simcord.ChannelHandle | None = None,
        **options: Any,
    ) -> simcord.InteractionResult:
        """Run /repaint as a user; image and prompt are made up unless given."""
        options = {"image": ("cat.png", make_image()), "prompt": "as an oil painting"} | options
        return await (who or self.ann).slash(where or self.channel, "repaint", **options)

    async def until(self, met: Callable[[], object]) -> None:
        """Run the bot and move time on until a condition is true."""
        async with asyncio.timeout(TIMEOUT_S):
            while not met():
                await self.at_rest()
                next_at = self.clock.next_at()
                if not met() and next_at is not None:
                    self.clock.move_to(next_at)
                await asyncio.sleep(0)

    async def at_rest(self) -> None:
        """Wait until only time can bring changes: engines rest, or their steps sleep."""
        await until_only_time_helps(
            [bot.engine for bot in (self.bot, *self.others)],
            self.clock,
            reports=self.reports,
            timeout_s=FAR_S if self.is_far else NEAR_S,
        )

    @property
    def is_far(self) -> bool:
        """Whether other processes take part: a database server or an image store."""
        return bool(self.settings.database_url or self.settings.pictures_url)

    async def until_settled(self, count: int = 1) -> list[Job]:
        """Run the bot until that many users have been notified of the outcome; return all jobs."""
        await self.until(lambda: len([at for _, at in self.book() if at]) >= count)
        await self.at_rest()
        return await self.jobs()

    async def jobs(self) -> list[Job]:
        """Return every job, the oldest first."""
        found = [await self.store.jobs.get(job_id) for job_id, _ in self.book()]
        return [job for job in found if job is not None]

    async def used(self, who: simcord.MemberActor | None = None) -> int:
        """Return the units that count against a user's limit today, reserved ones included."""
        usage = await self.store.admission.usage(
            user_id=(who or self.ann).id,
            guild_id=self.guild.id,
            day=find_day(self.clock.now(), self.settings.quota_timezone).day,
        )
        return usage.user

    def pass_time(self, seconds: float) -> None:
        """Advance every clock at once, whichever task wakes up."""
        self.clock.move_to(self.clock.now() + seconds)

    def refuse_submissions(self, code: int, message: str, *, times: int | None = 1) -> None:
        """Make Kling refuse the next submissions with one of its codes."""
        body = {"code": code, "message": message, "request_id": "r-1"}
        rule = Rule(action="status", method="POST", path="/v1/images/", status=429, body=body)
        rule.times = times
        self.kling.plan.add(rule)

    def requests(self, method: str, ending: str = "") -> list[Any]:
        """Return the bodies that the bot sent to Discord."""
        return [
            entry.json
            for entry in self.env.http_requests
            if entry.method == method and entry.path.endswith(ending)
        ]

    def registered(self) -> list[Json]:
        """Return the commands as Discord has them."""
        return list(self.env.backend.commands[None].values())

    def _complete(self, event: str, payload: Json) -> None:
        """Add the fields of an interaction that Discord would have sent."""
        if event != "INTERACTION_CREATE":
            return
        guild_id = payload.get("guild_id")
        payload["authorizing_integration_owners"] = {"0": guild_id or "0"}
        payload["attachment_size_limit"] = 10 * MIB
        if self.external_apps and "member" in payload:
            bits = int(payload["member"]["permissions"]) | USE_EXTERNAL_APPS
            payload["member"]["permissions"] = str(bits)
        payload |= self.says
        if "message" in payload:  # its images have addresses too
            told = json.dumps(payload["message"]).replace(CDN_BASE, self.cdn_url)
            payload["message"] = json.loads(told)
        resolved = payload["data"].get("resolved", {})
        for message in resolved.get("messages", {}).values():
            snapshots = message.get("message_snapshots") or ()
            for carrier in (message, *(one["message"] for one in snapshots)):
                for attachment in carrier.get("attachments") or ():
                    attachment["url"] = attachment["url"].replace(CDN_BASE, self.cdn_url)
        for attachment in resolved.get("attachments", {}).values():
            body = self.env.backend.cdn.get(attachment["url"])
            attachment["url"] = attachment["url"].replace(CDN_BASE, self.cdn_url)
            attachment.update(size_of(body or b"") | self.claims)


@asynccontextmanager
async def simulated_bot(
    folder: Path,
    *,
    kling: KlingOptions | None = None,
    server: Server | None = None,
    bots: int | None = None,
    **settings: object,
) -> AsyncGenerator[BotHarness]:
    """Open a world; settings by their names. The bot's messages are checked at the end.

    With a `server`, the bot's database is one of its databases, follows the manual clock, and can
    be shared by several `bots`.
    """
    server, bots = server or DEFAULTS.server, bots or DEFAULTS.bots
    options = kling or KlingOptions(painter="copy", min_seconds=4, max_seconds=4)
    clock, stop = HandClock(FIRST_DAY), Shutdown()
    async with AsyncExitStack() as stack:
        if server is not None:
            settings["DATABASE_URL"] = lend_database(server, clock, folder)
        if bots > 1:
            settings = FLEET | settings
        await stack.enter_async_context(count_threads(clock))
        served = await stack.enter_async_context(serve(options))
        chosen = settings_for(folder, kling_url=served.url, **settings)
        bot = await open_bot(stack, chosen, clock=clock, stop=stop, lease_s=LEASE_S)
        env = await _connected(stack, bot)
        world = await _populated(env, bot, served, clock, stop, chosen, stack)
        await register(env, bot)
        world.others = [await open_fleet_bot(stack, env, chosen, clock) for _ in range(1, bots)]
        async with run_engines(env, bot, *world.others) as world.reports:
            with collect_tracebacks(world.traces):
                yield world
        assert [trace.getMessage() for trace in world.traces] == []
        check_sent(env.http_requests)


async def _connected(stack: AsyncExitStack, bot: BotApp) -> simcord.Env:
    """Connect a bot to simcord."""
    env = simcord.Env(
        bot.client,
        shard_count=1 if isinstance(bot.client, discord.AutoShardedClient) else None,
        check_errors=False,  # BotHarness.traces sees more
        settle_timeout=TIMEOUT_S,  # a busy computer needs more than its 5 s
    )
    poll_often(env)
    await env.start()
    stack.push_async_callback(env.shutdown)
    return env


async def _populated(
    env: simcord.Env,
    bot: BotApp,
    kling: Served,
    clock: HandClock,
    stop: Shutdown,
    settings: Settings,
    stack: AsyncExitStack,
) -> BotHarness:
    guild = env.create_guild()
    world = BotHarness(
        env=env,
        bot=bot,
        kling=kling,
        orders=record_submissions(kling),
        clock=clock,
        stop=stop,
        settings=settings,
        guild=guild,
        channel=guild.create_text_channel("paintings"),
        ann=guild.add_member(env.create_user("ann")),
        bob=guild.add_member(env.create_user("bob")),
        cdn_url=await stack.enter_async_context(cdn(env)),
        book=open_reader(stack, settings),
    )
    # Before the bot's own subscriber, so that it receives the completed payload.
    env.backend.subscribers.insert(0, world._complete)
    send_unquoted(env)

    followed = clock.on_move

    def follow(seconds: float) -> None:
        followed(seconds)
        kling.clock.advance(seconds)
        env.backend.advance_clock(seconds)

    clock.on_move = follow
    assert env.now().timestamp() == clock.now()
    return world


def settings_for(folder: Path, *, kling_url: str, **given: object) -> Settings:
    """Return settings read as the bot does; users need no pause between two requests here."""
    values = {
        "DISCORD_TOKEN": "MTE.x.y",
        "KLING_API_KEY": "sk-sandbox",
        "KLING_BASE_URL": f"{kling_url}/kling",
        "DATABASE_PATH": folder / "repaint.db",
        "PICTURES_PATH": folder / "pictures",
        "USER_COOLDOWN": 0,
    } | given
    named = {name: str(value) for name, value in values.items()}
    return load(named, env_file=None, discord=True, provider=True)


def record_submissions(kling: Served) -> list[Json]:
    """Record every submission as it arrives."""
    orders: list[Json] = []
    submit = kling.api.submit

    async def listening(request: web.Request, *, resource: str) -> web.Response:
        orders.append(json.loads(await request.read()))
        return await submit(request, resource=resource)

    kling.api.submit = listening
    return orders


@cache
def make_image(
    width: int = 640, height: int = 480, kind: str = "PNG", *, noisy: bool = False
) -> bytes:
    """Return a real image; a noisy one does not compress."""
    paper = io.BytesIO()
    if noisy:
        image = Image.frombytes(
            "RGB", (width, height), random.Random(1).randbytes(3 * width * height)
        )
    else:
        image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.save(paper, kind)
    return paper.getvalue()


def size_of(body: bytes) -> Json:
    """Return Discord's fields of an upload: width and height in pixels if it is an image."""
    try:
        width, height = Image.open(io.BytesIO(body)).size
    except OSError:
        return {}
    return {"width": width, "height": height}


@contextmanager
def collect_tracebacks(found: list[logging.LogRecord]) -> Generator[None]:
    """Collect every log record that carries a traceback."""

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # The sandbox logs there that callers closed their connections.
            if record.exc_info and record.name != "aiohttp.server":
                found.append(record)

    collector = Collector(logging.ERROR)
    logging.getLogger().addHandler(collector)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(collector)
