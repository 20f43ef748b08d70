"""a) Tasks alone: our client against the reference way, inline and in threads."""

from __future__ import annotations

from collections.abc import Mapping

from bench.scale import Scale
from bench.tables import Aim, Cell, Table, in_ms, medians
from sandbox.processes import running

KLING = ("-m", "sandbox.kling", "--painter", "copy", "--concurrency", "1000000")
TIMES = ("--min-seconds", "1.5", "--max-seconds", "2.5")
MEDIAN_S = 2.0
NAMES = {
    "inline": "reference, inline",
    "pool": "reference, to_thread",
    "thread_each": "reference, a thread each",
    "ours": "ours, a look each",
    "ours_listed": "ours, list calls",
}
WAYS_OF: Mapping[int, tuple[str, ...]] = {
    1: ("inline", "ours"),
    10: ("inline", "pool", "thread_each", "ours", "ours_listed"),
    100: ("pool", "thread_each", "ours", "ours_listed"),
    1000: ("thread_each", "ours", "ours_listed"),
}
"""What is run; the ways that would take minutes are extrapolated from their next smaller run."""

COLUMNS = (
    "tasks",
    "way",
    "makespan s",
    "calls a task",
    "known after ms",
    "p95 ms",
    "CPU ms a task",
)
Figures = dict[tuple[int, str], dict[str, float]]


async def measure(scale: Scale) -> Table:
    """Run every way at every size; the medians."""
    found: Figures = {}
    for count in scale.tasks:
        for way in WAYS_OF[count]:
            if way == "inline" and count > scale.inline:
                continue
            once = way in ("inline", "pool") or count >= max(scale.tasks)
            repeats = 1 if once else scale.repeats
            found[count, way] = medians([await _run(way, count) for _ in range(repeats)])
    _extrapolate(found, scale)
    rows = [
        _row(count, way, figures) for (count, way), figures in sorted(found.items(), key=_order)
    ]
    return Table(
        name="tasks",
        title="a) Tasks of 1.5 to 2.5 s, nothing but the provider's calls",
        columns=COLUMNS,
        rows=rows,
        aims=_aims(found, max(scale.tasks)),
        notes=("~ extrapolated: so many tasks one after the other would take that long",),
    )


async def _run(way: str, count: int) -> dict[str, float]:
    async with running(*KLING, *TIMES) as kling:
        url = (await kling.first_line())["kling"]
        async with running("-m", "bench.clients", way, str(count), url) as client:
            figures = await client.first_line(seconds=300.0)
    return {name: float(figure) for name, figure in figures.items()}


def _extrapolate(found: Figures, scale: Scale) -> None:
    for way in ("inline", "pool"):
        for count in scale.tasks:
            smaller = max((size for size, one in found if one == way and size < count), default=0)
            if (count, way) not in found and smaller:
                known, factor = found[smaller, way], count / smaller
                found[count, way] = known | {"makespan_s": -known["makespan_s"] * factor}


def _row(count: int, way: str, figures: Mapping[str, float]) -> list[Cell]:
    makespan = figures["makespan_s"]
    return [
        count,
        NAMES[way],
        f"~{-makespan:,.0f}" if makespan < 0 else makespan,
        figures["calls"],
        in_ms(figures["delay_mean_s"]),
        in_ms(figures["delay_p95_s"]),
        figures["cpu_ms"],
    ]


def _order(item: tuple[tuple[int, str], object]) -> tuple[int, int]:
    (count, way), _ = item
    return count, list(NAMES).index(way)


def _aims(found: Figures, most: int) -> list[Aim]:
    mine, threads = found[most, "ours"], found[most, "pool"]
    reference = found[min(most, 100), "pool"]
    return [
        Aim(
            name=f"faster than the reference in to_thread, {most} tasks",
            key="makespan",
            found=abs(threads["makespan_s"]) / mine["makespan_s"],
            wanted=25.0 if most >= 1000 else 10.0,  # noqa: PLR2004  six threads share fewer tasks
            unit="times",
            better="above",
        ),
        Aim(
            name="done until known, mean",
            found=mine["delay_mean_s"],
            wanted=max(0.8, 0.05 * MEDIAN_S),
            unit="s",
        ),
        Aim(
            name="calls a task against the reference's",
            found=mine["calls"] / reference["calls"],
            wanted=0.65,
            unit="times",
        ),
    ]
