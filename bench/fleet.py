"""g) The shared database: what a job costs there, and what additional processes gain."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.harness import BOT, COMES_WITHIN_S, KLING, LIMITS, UNITS, WARM_UP, Asker, picture
from bench.report import Aim, Bars, Cell, Panel, Table, in_ms
from bench.shared_store import at_the_store
from bench.sizes import Scale
from sandbox.discord.testclient.member import Unanswered
from sandbox.processes import Child, bot_settings, running, start
from tests.support.postgresql import Server, programs

PROCESSES = (1, 2, 3)
SHARDS = max(PROCESSES)
NAME = "bench"
SECONDS = ("--min-seconds", "0.3", "--max-seconds", "0.6")
DISCORD = ("--guilds", "24", "--shards", str(SHARDS), "--identifies-at-once", str(SHARDS))
AT_ONCE = 60
SOURCE_MB = 1.0
SETTLED_S = 3.0
Figures = Mapping[str, float]
COLUMNS = (
    "database",
    "processes",
    "claim ms",
    "statements",
    "life ms",
    "statements a life",
    "transactions",
    "lives/s, all",
    "whole jobs/s",
    "CPU ms a job, all bots",
    "lost",
)


async def measure(scale: Scale) -> Table:
    """Measure SQLite with one process and PostgreSQL with one to three: store, then whole bots."""
    source = picture(SOURCE_MB)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.db"
        found = {("SQLite", 1): await at_the_store(str(place), 1, scale.admissions // 4)}
        bots = {("SQLite", 1): await _whole(Path(folder), None, 1, scale.jobs, source)}
    bin_ = programs()
    if bin_ is not None:
        server = await asyncio.to_thread(Server, bin_, lasting=True)
        try:
            for count in PROCESSES:
                key, address = ("PostgreSQL", count), server.make(NAME).reveal()
                found[key] = await at_the_store(address, count, scale.admissions // 4)
                server.make(NAME)
                with tempfile.TemporaryDirectory() as folder:
                    bots[key] = await _whole(Path(folder), server, count, scale.jobs, source)
        finally:
            await asyncio.to_thread(server.close)
    return _table(found, bots)


def _table(found: Mapping[tuple[str, int], Figures], bots: Mapping[Any, Figures]) -> Table:
    notes = (
        "store: processes that only accept, claim and finish, as fast as they can",
        "statements: locks and notifications count, BEGIN and COMMIT do not",
        f"whole: {SOURCE_MB:g} MB in, tasks of 0.3 to 0.6 s, {AT_ONCE} at once, {SHARDS} shards",
        "all of them share these cores: more processes are for more computers",
    )
    if len(found) == 1:
        notes += ("PostgreSQL is not measured: its programs (initdb, pg_ctl) are not here",)
    panels = [
        Panel(title=title, figures=tuple(figures[key] for figures in of.values()))
        for title, of, key in (
            ("a claim, ms", found, "claim_ms"),
            ("a Job's life in the store, ms", found, "life_ms"),
            ("whole jobs/s", bots, "rate"),
        )
    ]
    return Table(
        name="fleet",
        title="g) One database for several processes",
        columns=COLUMNS,
        rows=[_row(key, found[key], bots[key]) for key in found],
        aims=_aims(found),
        notes=notes,
        plot=Bars(names=[f"{name}, {count}" for name, count in found], panels=panels),
    )


def _aims(found: Mapping[tuple[str, int], Figures]) -> list[Aim]:
    if len(found) == 1:
        return []
    one, alone, all_ = (
        found[key] for key in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", SHARDS))
    )
    return [
        Aim(
            name="transactions a life, PostgreSQL against SQLite",
            found=alone["transactions"] / one["transactions"],
            wanted=1.0,
            unit="times",
        ),
        Aim(
            name=f"statements a life, {SHARDS} processes against one",
            found=all_["statements"] / alone["statements"],
            wanted=1.2,
            unit="times",
        ),
    ]


def _row(key: tuple[str, int], store: Figures, bots: Figures) -> list[Cell]:
    names = ("claim_ms", "claim_statements", "life_ms", "statements", "transactions", "lives")
    return [
        *key,
        *(store[name] for name in names),
        bots["rate"],
        bots["cpu_ms"],
        int(bots["lost"]),
    ]


@dataclass(kw_only=True)
class Fleet:
    """A sandbox with some bots."""

    member: Asker
    bots: Sequence[Child]
    channels: Sequence[str]
    source: str
    lost: int = 0
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def whole(self, jobs: int) -> Figures:
        """Run `jobs` requests on all shards in turn, until all images are in their channels."""
        left, self.lost = iter(range(jobs)), 0
        await self._account()
        began = time.perf_counter()
        await asyncio.gather(*(self._ask(left) for _ in range(min(AT_ONCE, jobs))))
        seconds = time.perf_counter() - began
        done = max(jobs - self.lost, 1)
        cpu_ms = in_ms(await self._account()) / done
        return {"rate": done / seconds, "cpu_ms": cpu_ms, "lost": float(self.lost)}

    async def _ask(self, left: Any) -> None:  # noqa: ANN401
        for _ in left:
            channel = self.channels[next(self.numbers) % len(self.channels)]
            try:
                async with asyncio.timeout(COMES_WITHIN_S):
                    answer = await self.member.command(
                        "repaint", channel=channel, image=self.source, prompt="a quiet harbour"
                    )
                    await self.member.wait_for_image(answer.interaction_id)
            except (Unanswered, TimeoutError):
                self.lost += 1

    async def _account(self) -> float:
        """Return the CPU seconds that the bots used since the last call."""
        for bot in self.bots:
            bot.process.send_signal(signal.SIGUSR1)
        return sum([float((await bot.first_line())["cpu_s"]) for bot in self.bots])


async def _whole(
    folder: Path, server: Server | None, count: int, jobs: int, source: bytes
) -> Figures:
    """Run whole jobs with `count` bots, on the server's database or on a file."""
    async with _fleet(folder, server, count, source) as fleet:
        await fleet.whole(WARM_UP * count)
        return await fleet.whole(jobs)


@asynccontextmanager
async def _fleet(
    folder: Path, server: Server | None, count: int, source: bytes
) -> AsyncGenerator[Fleet]:
    async with AsyncExitStack() as stack:
        kling = await stack.enter_async_context(running(*KLING, *UNITS, *SECONDS))
        chat = await stack.enter_async_context(running("-m", "sandbox.discord", *DISCORD))
        world = await chat.first_line() | await kling.first_line()
        environ = bot_settings(world, folder) | LIMITS | {"SHARD_COUNT": str(SHARDS)}
        if server is not None:
            environ["DATABASE_URL"] = server.place(NAME).reveal()
        bots = list[Child]()
        for _ in range(count):
            bots.append(await start(["-m", "bench.instrumented", str(BOT)], env=environ))
            stack.push_async_callback(bots[-1].stop)
        member = await stack.enter_async_context(Asker(world["page"]))
        await member.online()
        if server is not None:
            await _divided(server, count)
        await asyncio.sleep(SETTLED_S)
        state = json.loads(await member.fetch(f"{world['page'].rstrip('/')}/sandbox/state"))
        yield Fleet(
            member=member,
            bots=bots,
            channels=_channels_of_each(state),
            source=await member.upload(source, filename="source.png"),
        )


async def _divided(server: Server, count: int) -> None:
    """Wait until every bot holds a shard, and every shard has one holder."""
    query = (
        "SELECT COUNT(DISTINCT process), COUNT(process), COUNT(heir) FROM fleet_shard"
        " WHERE leased_until > 0"
    )
    while True:
        [counts] = await asyncio.to_thread(server.ask, query, name=NAME)
        if counts == (count, SHARDS, 0):
            return
        await asyncio.sleep(0.2)


def _channels_of_each(state: Any) -> list[str]:  # noqa: ANN401  JSON
    channels = {
        (int(one["guild_id"]) >> 22) % SHARDS: channel_id
        for channel_id, one in state["channels"].items()
        if one["name"] == "general"
    }
    return [channels[number] for number in range(SHARDS)]
