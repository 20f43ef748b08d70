"""f) Growth: what a Job costs the store as the past grows; it must stay flat."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.crowds import NOW, PROVIDER, accept, crowd, settle_in
from bench.scale import Scale
from bench.tables import Aim, Line, Table, in_ms, percentile
from services.models import Result, State
from services.store import Store

CYCLES = 150
CROWD = 1_000
"""Past Jobs beside the servers."""

FLAT = 1.2


async def measure(scale: Scale) -> Table:
    """Take Jobs through their whole life in databases of every size."""
    axes = {
        "past Jobs": {size: await _life_s(size, State.DELIVERED) for size in scale.past},
        "Jobs in flight": {size: await _life_s(size, State.RUNNING) for size in scale.waiting},
        "servers": {size: await _life_s(CROWD, servers=size) for size in scale.servers},
    }
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
        lines=tuple(
            Line(name=axis, sizes=tuple(costs), figures=tuple(map(in_ms, costs.values())))
            for axis, costs in axes.items()
        ),
    )


def _aim(axis: str, costs: Mapping[int, float]) -> Aim:
    least, most = min(costs), max(costs)
    return Aim(
        name=f"{most:,} {axis} against {least:,}",
        key=axis.replace(" ", "_"),
        found=costs[most] / costs[least],
        wanted=FLAT,
        unit="times",
    )


async def _life_s(size: int, state: State = State.DELIVERED, *, servers: int = 0) -> float:
    next_at = None if state is State.DELIVERED else NOW + 10**6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await crowd(path, size, state=state, next_at=next_at)
        if servers:
            settle_in(path, servers)
        async with Store(path, provider=PROVIDER) as store:
            times = [await _life(store, number, size) for number in range(1, CYCLES + 1)]
    return percentile(times, 0.5)


async def _life(store: Store, number: int, size: int) -> float:
    began, jobs = time.perf_counter(), store.jobs
    made = await accept(store, number)
    await jobs.take(now=NOW, lease_s=600, units=size + CYCLES, per_user=0)
    await jobs.mark_sent(made, now=NOW)
    await jobs.mark_running(made, task_id=f"task-{number}", now=NOW, next_at=NOW)
    await jobs.durations(model="kling-v3", units=1)
    await jobs.take(now=NOW, lease_s=600, units=size + CYCLES, per_user=0)
    result = Result(position=0, path=Path("x.png"), url="u", width=1, height=1, size=1)
    await jobs.mark_ready(made, [result], now=NOW)
    await jobs.settle(made, posted=True, now=NOW)
    return time.perf_counter() - began
