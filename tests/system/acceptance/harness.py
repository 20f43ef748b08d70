"""The world of the walk: a server, users in it and outside of it, and bots that can restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from simcord.backend.models import User

from bot import open_bot
from services.common.shutdown import Shutdown
from services.models import Job
from tests.cogs.admin.guild_harness import DRAWING_S, GuildHarness, furnish_guild
from tests.cogs.admin.test_every_command import unguarded
from tests.support import postgresql as postgres
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.fleet_harness import LEASE_S, open_fleet_bot, run_engines, stop_bots
from tests.support.job_buttons import click
from tests.support.messages import Shown, text
from tests.support.sentences import has_sentence
from tests.support.simcord_additions import send_unquoted

PROMPT = "🦆 42"
"""A prompt in no language."""

IMAGE = ("1.png", make_image(400, 300))
OPERATOR = 1
Answer = simcord.InteractionResult


@dataclass
class AcceptanceHarness:
    """Ann asks, Bob looks on, Cyd and Dee wait, Bea is blocked, Eve is in another server."""

    world: BotHarness
    server: GuildHarness
    locale: str
    ann: simcord.MemberActor
    bob: simcord.MemberActor
    cyd: simcord.MemberActor
    dee: simcord.MemberActor
    fay: simcord.MemberActor
    bea: simcord.MemberActor
    operator: simcord.MemberActor
    eve: simcord.MemberActor
    elsewhere: simcord.ChannelHandle
    result: tuple[Job, Shown] | None = None
    """A result of Ann's, shared by all steps that only read it."""

    @property
    def mod(self) -> simcord.MemberActor:
        return self.server.mod

    @property
    def channel(self) -> simcord.ChannelHandle:
        return self.server.channel

    async def asks(self, who: simcord.MemberActor, **options: Any) -> Answer:
        options = {"image": IMAGE, "prompt": PROMPT} | options
        return await who.slash(self.channel, "repaint", **options)

    async def generate(self, who: simcord.MemberActor, **options: Any) -> tuple[Job, Shown]:
        """Generate images for a user; return the job and its message."""
        answer = await self.asks(who, **options)
        assert answer.response is not None
        return await self.settled(who), answer.response

    async def settled(self, who: simcord.MemberActor) -> Job:
        """Wait until a user's newest job is over; return it."""
        job = await self.newest(who)

        async def is_over() -> bool:
            found = await self.world.store.jobs.get(job.id)
            return found is not None and found.told_at is not None

        while not await is_over():
            await self.world.at_rest()
            next_at = self.world.clock.next_at()
            if next_at is not None and not await is_over():
                self.world.clock.move_to(next_at)
            await asyncio.sleep(0)
        await self.world.at_rest()
        return await self.newest(who)

    async def newest(self, who: simcord.MemberActor) -> Job:
        page = await self.world.store.member_jobs.page(who.id, guild_id=None, number=0, limit=1)
        return page.entries[0].job

    @contextmanager
    def tasks_lasting(self, seconds: float) -> Generator[None]:
        """Make tasks that are submitted meanwhile take that many seconds."""
        life = self.world.kling.api.life
        usual = life.options
        life.options = replace(usual, min_seconds=seconds, max_seconds=seconds)
        try:
            yield
        finally:
            life.options = usual

    async def forged(self, verb: str, job: Job) -> Answer:
        """Click, as Eve, a forged button of a job that was never shown in her server."""
        button = {"type": 2, "style": 2, "label": "x", "custom_id": f"rp:{verb}:{job.id}"}
        backend = self.world.env.backend
        row = {"type": 1, "components": [button]}
        backend.create_message(self.elsewhere.id, backend.bot_user.id, "", components=[row])
        message = self.elsewhere.last_message
        return await click(self.eve, message, f"rp:{verb}")

    def says_in_form(self, shown: Answer, key: str) -> bool:
        """Return whether a form that was opened has a sentence in its reader's language."""
        return has_sentence(str(shown.modal), key, self.locale)

    def says(self, shown: Shown | None, key: str, *, publicly: bool = False) -> bool:
        """Return whether a message has a sentence in the language of its readers."""
        locale = self.world.says["guild_locale"] if publicly else self.locale
        return has_sentence(text(shown), key, locale)


def operator(world: BotHarness) -> simcord.UserHandle:
    """Return the operator, known by their id before there is a world."""
    user = User(id=OPERATOR, name="operator")
    world.env.backend.users[OPERATOR] = user
    return simcord.UserHandle(world.env, user)


@asynccontextmanager
async def open_acceptance_harness(
    folder: Path, *, reader: str, server: str, postgresql: postgres.Server | None = None
) -> AsyncGenerator[AcceptanceHarness]:
    """Open the world; its members read one language, and the server prefers another.

    With a `postgresql`, three bots serve them.
    """
    settings = {"USER_DAILY_IMAGES": 0, "USER_QUEUED_JOBS": 50, "KLING_TIMEOUT": 60}
    settings |= {"KLING_CONCURRENCY": 40, "OPERATOR_IDS": OPERATOR}
    bots = 1 if postgresql is None else 3
    async with simulated_bot(folder, server=postgresql, bots=bots, **settings) as world:
        world.env.settle_timeout = DRAWING_S
        world.says = {"locale": reader, "guild_locale": server}
        guild = world.env.create_guild("42", preferred_locale=server)
        other = world.env.create_guild("43", preferred_locale=server)
        named = {
            name: guild.add_member(world.env.create_user(name))
            for name in ("ann", "bob", "cyd", "dee", "fay", "bea")
        }
        stage = AcceptanceHarness(
            **named,
            world=world,
            server=furnish_guild(world, guild, named["bob"]),
            locale=reader,
            operator=guild.add_member(operator(world)),
            eve=other.add_member(world.env.create_user("eve")),
            elsewhere=other.create_text_channel("44"),
        )
        unguarded(stage.server)
        await stage.server.admin("log-channel", channel=stage.server.log)
        await stage.server.admin("block", member=stage.bea, reason="42")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(discord.asset.Asset, "BASE", world.cdn_url)
            yield stage


@asynccontextmanager
async def restart_bots(world: BotHarness) -> AsyncGenerator[None]:
    """Stop the bots and run others, with their engines, on the same database."""
    before = world.bot
    await stop_bots(world.bot, *world.others)
    async with AsyncExitStack() as stack:
        world.bot = await open_bot(
            stack, world.settings, clock=world.clock, stop=Shutdown(), lease_s=LEASE_S
        )
        await world.env.restart_bot(world.bot.client)
        send_unquoted(world.env)
        await world.bot.client.register()
        world.others = [
            await open_fleet_bot(stack, world.env, world.settings, world.clock)
            for _ in world.others
        ]
        async with run_engines(world.env, world.bot, *world.others) as world.reports:
            yield
        world.bot = before
