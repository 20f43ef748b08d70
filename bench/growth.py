"""f) Growth: what a job costs the store as the history grows; it must stay constant."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import NOW, PROVIDER, accept, insert_jobs, settle_in
from bench.report import Aim, Curves, Line, Table, in_ms, percentile
from bench.sizes import Scale
from services.db import Store
from services.models import Result, State

WARM_UP = 20
"""Jobs after which a newly opened database has cached what it needs."""

CROWD = 1_000
"""Past jobs in the databases in which the number of servers grows."""

FLAT = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Content of a database before the first measured job."""

    size: int
    state: State = State.DELIVERED
    servers: int = 0


async def measure(scale: Scale) -> Table:
    """Run jobs through all states in databases of every size."""
    axes = {name: await _lives_s(crowds, scale.lives) for name, crowds in _axes(scale).items()}
    return Table(
        name="growth",
        title="f) One Job's life in the store (accept, claim, run, ready, delivered), median",
        columns=("what grows", "size", "ms a Job", "against the smallest"),
        rows=[
            [axis, size, in_ms(cost), cost / costs[min(costs)]]
            for axis, costs in axes.items()
            for size, cost in costs.items()
        ],
        aims=tuple(_aim(axis, costs) for axis, costs in axes.items()),
        notes=("the sizes of an axis take turns, a life each, so that all meet the same computer",),
        plot=Curves(
            x="size",
            y="ms a Job",
            lines=tuple(
                Line(name=axis, sizes=tuple(costs), figures=tuple(map(in_ms, costs.values())))
                for axis, costs in axes.items()
            ),
        ),
    )


def _axes(scale: Scale) -> dict[str, dict[int, Dataset]]:
    """Return what grows, and the content of a database at each of its sizes."""
    return {
        "past Jobs": {size: Dataset(size=size) for size in scale.past},
        "Jobs in flight": {size: Dataset(size=size, state=State.RUNNING) for size in scale.waiting},
        "servers": {size: Dataset(size=CROWD, servers=size) for size in scale.servers},
    }


def _aim(axis: str, costs: Mapping[int, float]) -> Aim:
    least, most = min(costs), max(costs)
    return Aim(
        name=f"{most:,} {axis} against {least:,}",
        key=axis.replace(" ", "_"),
        found=costs[most] / costs[least],
        wanted=FLAT,
        unit="times",
    )


async def _lives_s(crowds: Mapping[int, Dataset], lives: int) -> dict[int, float]:
    """Return the median time of a job's whole life in each database, in seconds."""
    async with AsyncExitStack() as stack:
        stores = {
            size: await stack.enter_async_context(_filled(crowd)) for size, crowd in crowds.items()
        }
        times: dict[int, list[float]] = {size: [] for size in stores}
        for number in range(1, WARM_UP + lives + 1):
            for size, store in stores.items():
                units = crowds[size].size + WARM_UP + lives
                times[size].append(await _life_s(store, number, units))
    return {size: _median(took[WARM_UP:]) for size, took in times.items()}


@asynccontextmanager
async def _filled(wanted: Dataset) -> AsyncGenerator[Store]:
    """Open a store with the wanted content."""
    next_at = None if wanted.state is State.DELIVERED else NOW + 10**6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await insert_jobs(path, wanted.size, state=wanted.state, next_at=next_at)
        if wanted.servers:
            settle_in(path, wanted.servers)
        async with Store(path, provider=PROVIDER) as store:
            yield store


async def _life_s(store: Store, number: int, units: int) -> float:
    began, jobs = time.perf_counter(), store.jobs
    made = await accept(store, number)
    await jobs.fetch_due(now=NOW, lease_s=600, units=units, per_user=0)
    await jobs.mark_sent(made, now=NOW)
    await jobs.mark_running(made, task_id=f"task-{number}", now=NOW, next_at=NOW)
    await jobs.durations(model="kling-v3", units=1)
    await jobs.fetch_due(now=NOW, lease_s=600, units=units, per_user=0)
    result = Result(position=0, path=Path("x.png"), url="u", width=1, height=1, size=1)
    await jobs.mark_ready(made, [result], now=NOW)
    await jobs.mark_notified(made, posted=True, now=NOW)
    return time.perf_counter() - began


def _median(seconds: Sequence[float]) -> float:
    return percentile(seconds, 0.5)
