"""The bots of a simulated world: the one that Discord talks to, and the others of its fleet.

simcord has one client per event loop at its gateway, which answers every interaction. The other
bots share the database, the images, Kling and Discord's REST API with it: any of them polls,
fetches and delivers what is due, and each reports to the fleet.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import simcord
from simcord._dpy_internals import install_http

from bot import BotApp, open_bot
from services.common.shutdown import Shutdown
from services.fleet.member import FleetMember
from services.kling import Task
from services.models import Job, State
from services.settings.loading import Settings
from tests.support.postgresql import Server
from tests.support.time import HandClock

FLEET = {"SHARD_COUNT": 1, "SHARD_IDS": 0}
"""Each bot's shard is set, and only the first connects: simcord talks to that one directly."""

LEASE_S = 900.0
"""Each bot reports once a minute: no bot dies in such a world, and reports take long."""

DRAIN_S = 1.0


@dataclass
class HarnessDefaults:
    """The server and the number of bots of a world whose test does not say."""

    server: Server | None = None
    bots: int = 1


DEFAULTS = HarnessDefaults()


@contextmanager
def with_harness_defaults(*, server: Server, bots: int) -> Generator[None]:
    """Use that many bots on that server, within the block, for every world that does not say."""
    DEFAULTS.server, DEFAULTS.bots = server, bots
    try:
        yield
    finally:
        DEFAULTS.server, DEFAULTS.bots = None, 1


async def open_fleet_bot(
    stack: AsyncExitStack, env: simcord.Env, settings: Settings, clock: HandClock
) -> BotApp:
    """Open another bot, logged in to the same Discord."""
    bot = await open_bot(stack, settings, clock=clock, stop=Shutdown(), lease_s=LEASE_S)
    install_http(bot.client, env.bot.http)
    await bot.client.login("simcord.fake.token")
    return bot


@asynccontextmanager
async def run_engines(
    env: simcord.Env, *bots: BotApp
) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    """Run the bots' engines until the block ends; yields the tasks that report to a fleet."""
    with env.time_context():  # so that the engines reach simcord
        reports = [asyncio.create_task(one.attend()) for one in map(fleet_member_of, bots) if one]
        working = [asyncio.create_task(bot.engine.run()) for bot in bots]
        hearing = [asyncio.create_task(_hear(bot)) for bot in bots]
    try:
        yield reports
    finally:
        await stop_bots(*bots)
        for task in (*reports, *working, *hearing):
            task.cancel()
        ends = await asyncio.gather(*reports, *working, *hearing, return_exceptions=True)
    assert [end for end in ends if isinstance(end, Exception)] == []


async def stop_bots(*bots: BotApp) -> None:
    """Drain the bots' engines and leave their fleet, as at a SIGTERM."""
    await asyncio.gather(*(bot.engine.drain(DRAIN_S) for bot in bots))
    await asyncio.gather(*(bot.connection.leave() for bot in bots))


def fleet_member_of(bot: BotApp) -> FleetMember | None:
    """Return the bot's fleet membership; None without a fleet."""
    member = getattr(bot.connection.leave, "__self__", None)
    return member if isinstance(member, FleetMember) else None


def count_steps(bots: Sequence[BotApp]) -> Counter[tuple[int, State]]:
    """Count, from now on, the steps of jobs by the bot's index and the job's state."""
    steps: Counter[tuple[int, State]] = Counter()

    def counted(number: int, start: Callable[[Job, Task | None], None]) -> Callable[..., None]:
        def starting(job: Job, task: Task | None = None) -> None:
            steps[number, job.state] += 1
            start(job, task)

        return starting

    for number, bot in enumerate(bots):
        bot.engine._start = counted(number, bot.engine._start)
    return steps


async def _hear(bot: BotApp) -> None:
    await bot.engine._parts.store.listen(bot.engine.wake)
