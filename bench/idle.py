"""e) Idle cost: time to start, memory at rest, and memory per waiting job."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import NOW, PROVIDER, insert_jobs
from bench.harness import BOT, opened_together
from bench.report import Aim, Bars, Cell, Panel, Table, in_mb, in_ms, medians
from bench.sizes import Scale
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, Child, bot_settings, running, start
from services.db import Store
from services.models import State

SETTLED_S = 3.0
"""discord.py collects servers for two seconds before it calls itself ready."""

DAY_S = 86_400.0
START_S, REST_MB = 0.6, 80.0
STEPS_AT_ONCE = 256
"""Maximum number of jobs that the engine claims at once."""


async def measure(scale: Scale) -> Table:
    """Start the bot on databases of several sizes, and measure time and memory."""
    repeats = scale.repeats
    imports = medians([{"s": await _import_s()} for _ in range(repeats)])["s"]
    sizes = [0] * repeats + list(scale.waiting)
    starts = await _starts(sizes)
    empty = medians(starts[:repeats])
    waiting = dict(zip(scale.waiting, starts[repeats:], strict=True))
    most = max(waiting)
    a_job = (waiting[most]["memory"] - empty["memory"]) / most
    resumed = medians([{"s": await _resumed_s(scale.resumed)} for _ in range(repeats)])["s"]
    return Table(
        name="idle",
        title="e) A start, and at rest",
        columns=("what", "ms", "MB resident", "bytes a Job"),
        rows=[
            ["import, interpreter included", in_ms(imports), None, None],
            ["start to connected, no Jobs", in_ms(empty["seconds"]), in_mb(empty["memory"]), None],
            *_waiting_rows(waiting, at_rest=empty["memory"]),
            [f"taking up {scale.resumed:,} open Jobs that are due", in_ms(resumed), None, None],
        ],
        aims=_aims(empty, a_job=a_job, resumed=resumed, scale=scale),
        notes=("connected: the gateway has the bot's Identify, commands registered before",),
        plot=_plot({0: empty} | waiting),
    )


def _plot(found: Mapping[int, Mapping[str, float]]) -> Bars:
    started = [in_ms(one["seconds"]) for one in found.values()]
    resident = [in_mb(one["memory"]) for one in found.values()]
    return Bars(
        names=[f"ours, {size:,} waiting" for size in found],
        panels=(
            Panel(title="start to connected, ms", figures=started, aim=in_ms(START_S)),
            Panel(title="resident at rest, MB", figures=resident, aim=REST_MB),
        ),
    )


def _waiting_rows(
    waiting: Mapping[int, Mapping[str, float]], *, at_rest: float
) -> list[list[Cell]]:
    return [
        [
            f"start to connected, {size:,} waiting Jobs",
            in_ms(found["seconds"]),
            in_mb(found["memory"]),
            max(found["memory"] - at_rest, 0.0) / size,
        ]
        for size, found in waiting.items()
    ]


def _aims(
    empty: Mapping[str, float], *, a_job: float, resumed: float, scale: Scale
) -> tuple[Aim, ...]:
    """Compare start, memory, a waiting job's bytes and the resumption with their aims."""
    seconds, memory = empty["seconds"], in_mb(empty["memory"])
    waiting, taken_up = f"a waiting Job, of {max(scale.waiting):,}", f"{scale.resumed:,} open Jobs"
    return (
        Aim(name="start to connected", key="start", found=seconds, wanted=START_S, unit="s"),
        Aim(name="resident at rest", key="rest", found=memory, wanted=REST_MB, unit="MB"),
        Aim(name=waiting, key="waiting", found=a_job, wanted=1024.0, unit="bytes"),
        Aim(name=f"{taken_up} resumed", key="resumed", found=resumed, wanted=1.0, unit="s"),
    )


async def _import_s() -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import bot", cwd=ROOT)
    await process.wait()
    return time.perf_counter() - began


async def _starts(sizes: Sequence[int]) -> list[dict[str, float]]:
    """Start a bot for each number of waiting jobs; return seconds to connected, bytes at rest."""
    async with AsyncExitStack() as stack:
        worlds = await stack.enter_async_context(opened_together(*map(_world, sizes)))
        bots = list[tuple[Child, float]]()
        for world in worlds:
            bots.append(await _start(world))
            stack.push_async_callback(bots[-1][0].stop)
        await asyncio.sleep(SETTLED_S)
        return [{"seconds": seconds, "memory": await _memory(bot)} for bot, seconds in bots]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A sandbox in which the bot has run before: its commands are registered."""

    member: Member
    settings: Mapping[str, str]


@asynccontextmanager
async def _world(waiting: int) -> AsyncGenerator[World]:
    """Open a sandbox whose database has that many jobs waiting for their next poll."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kling = await stack.enter_async_context(running("-m", "sandbox.kling"))
        chat = await stack.enter_async_context(running("-m", "sandbox.discord"))
        addresses = await chat.first_line() | await kling.first_line()
        settings = bot_settings(addresses, folder) | {"LOG_LEVEL": "warning"}
        if waiting:
            later = time.time() + DAY_S
            database = Path(settings["DATABASE_PATH"])
            await insert_jobs(database, waiting, state=State.RUNNING, next_at=later)
        member = await stack.enter_async_context(Member(addresses["page"], patience=60.0))
        world = World(member=member, settings=settings)
        bot, _ = await _start(world)
        await bot.stop()
        await member.until(lambda: not member.bot_online)
        yield world


async def _start(world: World) -> tuple[Child, float]:
    """Start the bot; return it once it is connected, and the seconds until then."""
    began = time.perf_counter()
    bot = await start(["-m", "bench.instrumented", str(BOT)], env=world.settings)
    await world.member.online()
    return bot, time.perf_counter() - began


async def _memory(bot: Child) -> float:
    """Return the resident bytes at rest: the value at the start of a measurement."""
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        bot.process.send_signal(number)
        report = await bot.first_line()
    return float(report["memory"])


async def _resumed_s(size: int) -> float:
    """Claim that many jobs of another process, as the engine does when it starts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await insert_jobs(path, size, state=State.RUNNING, next_at=NOW)
        async with Store(path, provider=PROVIDER) as store:
            began, taken = time.perf_counter(), 0
            await store.jobs.release_expired()
            while taken < size:
                due = await store.jobs.fetch_due(
                    now=NOW + 1, lease_s=600, units=9, per_user=1, limit=STEPS_AT_ONCE
                )
                taken += len(due.jobs)
            return time.perf_counter() - began
