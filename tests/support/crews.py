"""The bots of a simulated world: the one that Discord speaks to, and others of its fleet beside it.

simcord has one client a loop at its gateway, which answers every interaction. The others share the
database, the pictures, Kling and Discord's REST with it: whatever is due, any of them looks at,
fetches and delivers, and each reports to the fleet.
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
"""Each is told which shard is its own, and connects to none: simcord speaks to the first itself."""

LEASE_S = 900.0
"""Each reports once a minute: nobody dies in such a world, and reports are dear."""

DRAIN_S = 1.0


@dataclass
class Usual:
    """Who serves a world where a test does not say."""

    server: Server | None = None
    bots: int = 1


USUAL = Usual()


@contextmanager
def usually(*, server: Server, bots: int) -> Generator[None]:
    """Let so many bots on that server serve every world that does not say who, in the block."""
    USUAL.server, USUAL.bots = server, bots
    try:
        yield
    finally:
        USUAL.server, USUAL.bots = None, 1


async def beside(
    stack: AsyncExitStack, env: simcord.Env, settings: Settings, clock: HandClock
) -> BotApp:
    """Open another bot, logged in to the same Discord."""
    bot = await open_bot(stack, settings, clock=clock, stop=Shutdown(), lease_s=LEASE_S)
    install_http(bot.client, env.bot.http)
    await bot.client.login("simcord.fake.token")
    return bot


@asynccontextmanager
async def at_work(env: simcord.Env, *bots: BotApp) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    """Let the bots' engines run until the block ends; yields the tasks that report to a fleet."""
    with env.time_context():  # whose calls to Discord the engines' shall reach
        reports = [asyncio.create_task(one.attend()) for one in map(part_of, bots) if one]
        working = [asyncio.create_task(bot.engine.run()) for bot in bots]
        hearing = [asyncio.create_task(_hear(bot)) for bot in bots]
    try:
        yield reports
    finally:
        await stopped(*bots)
        for task in (*reports, *working, *hearing):
            task.cancel()
        ends = await asyncio.gather(*reports, *working, *hearing, return_exceptions=True)
    assert [end for end in ends if isinstance(end, Exception)] == []


async def stopped(*bots: BotApp) -> None:
    """Let bots take no step any more, and leave their fleet, as at a SIGTERM."""
    await asyncio.gather(*(bot.engine.drain(DRAIN_S) for bot in bots))
    await asyncio.gather(*(bot.connection.leave() for bot in bots))


def part_of(bot: BotApp) -> FleetMember | None:
    """The bot's part in a fleet."""
    member = getattr(bot.connection.leave, "__self__", None)
    return member if isinstance(member, FleetMember) else None


def count_steps(bots: Sequence[BotApp]) -> Counter[tuple[int, State]]:
    """Count from now on the steps of Jobs that each bot takes, by its place and by their state."""
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
