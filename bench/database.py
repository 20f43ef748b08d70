"""d) The store: admissions per second, and loop stalls while another process holds the lock."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from bench.datasets import NOW, PROVIDER, WINDOW, a_request
from bench.loop_lag import stalls
from bench.report import Aim, Bars, Cell, Panel, Table, in_ms, medians, percentile
from bench.sizes import Scale
from services.db import Store
from services.models import Limits

AT_ONCE = 50
HELD_S = 1.5
RATE, STALL_MS = 1000.0, 10.0
DEFAULT = Limits(user_daily=10)
CAPPED = Limits(user_daily=10, guild_daily=10**6, bot_daily=10**6)
QUEUED = 50
"""The engine's claim of due jobs runs once after this many admissions."""

_HOLD = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
db.execute("ROLLBACK")
"""


async def measure(scale: Scale) -> Table:
    """Admit by fifty coroutines: plainly, with caps, and while another process holds the lock."""
    runs = [await _once(scale.admissions, DEFAULT) for _ in range(scale.repeats)]
    plain = medians(runs)
    capped = await _once(scale.admissions, CAPPED)
    inline = medians([_inline(scale.admissions) for _ in range(scale.repeats)])
    return Table(
        name="database",
        title="d) Admissions with synchronous=FULL, 50 at a time",
        columns=("way", "a second", "p99 ms", "stall p99 ms", "stall max ms", "held 1.5 s: stall"),
        rows=[
            ["inline sqlite3, one row each", inline["rate"], None, None, None, in_ms(HELD_S)],
            _row("ours, on its thread", plain),
            _row(f"ours, caps of server and bot set, {scale.admissions:,} Jobs that day", capped),
        ],
        aims=_aims(plain),
        notes=(
            "inline: the naive way; every admission stops the loop for as long as it takes",
            "a cap is a sum over the day's Jobs: nothing can drift, and it costs what it costs",
        ),
        plot=_plot(inline, plain, capped),
    )


def _aims(plain: Mapping[str, float]) -> tuple[Aim, ...]:
    return (
        Aim(
            name="admissions a second",
            key="admissions",
            found=plain["rate"],
            wanted=RATE,
            better="above",
        ),
        Aim(
            name="stall while another process holds the database",
            key="held",
            found=in_ms(plain["held_stall_s"]),
            wanted=STALL_MS,
            unit="ms",
        ),
    )


def _plot(inline: Mapping[str, float], *ours: Mapping[str, float]) -> Bars:
    stalls_s = [HELD_S, *(one["held_stall_s"] for one in ours)]
    return Bars(
        names=("inline sqlite3", "ours", "ours, with caps"),
        panels=(
            Panel(
                title="admissions a second",
                figures=[one["rate"] for one in (inline, *ours)],
                aim=RATE,
            ),
            Panel(
                title="stall ms while another process holds the database",
                figures=list(map(in_ms, stalls_s)),
                aim=STALL_MS,
                is_log=True,
            ),
        ),
    )


def _row(name: str, figures: Mapping[str, float]) -> list[Cell]:
    names = ("p99_s", "stall_p99_s", "stall_max_s", "held_stall_s")
    return [name, figures["rate"], *(in_ms(figures[one]) for one in names)]


async def _once(admissions: int, limits: Limits) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        async with Store(path, provider=PROVIDER) as store:
            figures = await _admit(store, admissions, limits)
            figures["held_stall_s"] = await _while_held(store, path)
    return figures


async def _admit(store: Store, admissions: int, limits: Limits) -> dict[str, float]:
    numbers, times = count(1), list[float]()

    async def member() -> None:
        """Submit one request after the other, and record how long each took."""
        while (number := next(numbers)) <= admissions:
            began = time.perf_counter()
            await _accept(store, number, limits)
            times.append(time.perf_counter() - began)
            if number % QUEUED == 0:
                units = admissions + 1
                await store.jobs.fetch_due(now=NOW, lease_s=600, units=units, per_user=0, limit=1)

    async with stalls() as lag:
        began = time.perf_counter()
        await asyncio.gather(*(member() for _ in range(AT_ONCE)))
        took = time.perf_counter() - began
    return {
        "rate": admissions / took,
        "p99_s": percentile(times, 0.99),
        "stall_p99_s": percentile(lag.late_s, 0.99),
        "stall_max_s": max(lag.late_s, default=0.0),
    }


async def _accept(store: Store, number: int, limits: Limits = DEFAULT) -> None:
    await store.admission.accept(
        a_request(user_id=number // 5),
        job_id=f"{number:022d}",
        limits=limits,
        window=WINDOW,
        now=NOW,
    )


async def _while_held(store: Store, path: Path) -> float:
    """Admit one request while another process holds the write lock; return our longest stall."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, str(path), str(HELD_S), stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    await holder.stdout.readline()
    async with stalls() as lag:
        await _accept(store, 10**9)
    await holder.wait()
    return max(lag.late_s, default=0.0)


def _inline(admissions: int) -> dict[str, float]:
    """Insert on the loop's own thread, one small row per admission: less than the bot does."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "naive.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE job (id INTEGER PRIMARY KEY, prompt TEXT)")
        began = time.perf_counter()
        for number in range(admissions):
            db.execute("INSERT INTO job VALUES (?, 'as an oil painting')", [number])
        took = time.perf_counter() - began
        db.close()
    return {"rate": admissions / took}
