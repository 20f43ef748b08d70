"""a) Tasks alone: our client against the reference client, inline and in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bench.report import Aim, Cell, Curves, Line, Table, in_ms, medians
from bench.sizes import Scale
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
VARIANTS: Mapping[int, tuple[str, ...]] = {
    1: ("inline", "ours"),
    6: ("pool", "thread_each", "ours", "ours_listed"),
    10: ("inline", "pool", "thread_each", "ours", "ours_listed"),
    100: ("pool", "thread_each", "ours", "ours_listed"),
    1000: ("thread_each", "ours", "ours_listed"),
}
"""Ways per number of tasks.

The ways that would take minutes are extrapolated from their next smaller run.
"""

WAIT_ONLY = frozenset({"inline", "pool"})
"""Ways that take long and use next to no CPU; they run once."""

FEW, MANY = 100, 1000
"""Up to FEW tasks the cores are idle; from MANY on one run is enough."""

LANES = 6
"""Maximum number of parallel runs, for those that leave the cores idle."""

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
    """Run every way at every size; return the medians."""
    plan = [
        (count, variant)
        for count in reversed(scale.tasks)
        for variant in VARIANTS[count]
        if variant != "inline" or count <= scale.inline
    ]
    lanes = asyncio.Semaphore(LANES)
    light = [at for at in plan if _is_light(*at)]
    figures = await asyncio.gather(*(_medians(*at, scale, lanes) for at in light))
    found: Figures = dict(zip(light, figures, strict=True))
    for at in plan:
        if at not in found:
            found[at] = await _medians(*at, scale, asyncio.Semaphore(1))
    _extrapolate(found, scale)
    rows = [
        _row(count, variant, figures)
        for (count, variant), figures in sorted(found.items(), key=_order)
    ]
    return Table(
        name="tasks",
        title="a) Tasks of 1.5 to 2.5 s, nothing but the provider's calls",
        columns=COLUMNS,
        rows=rows,
        aims=_aims(found, max(scale.tasks)),
        notes=(
            "~ extrapolated: so many tasks one after the other would take that long",
            "what leaves the cores idle (inline, to_thread, up to 100 tasks) is run side by side",
        ),
        plot=_plot(found),
    )


def _is_light(count: int, variant: str) -> bool:
    return variant in WAIT_ONLY or count <= FEW


async def _medians(
    count: int, variant: str, scale: Scale, lanes: asyncio.Semaphore
) -> dict[str, float]:
    """Run one way `repeats` times (slow ones once), limited by the semaphore."""

    async def once() -> dict[str, float]:
        """Run it once the semaphore admits it."""
        async with lanes:
            return await _run(variant, count)

    repeats = 1 if variant in WAIT_ONLY or count >= MANY else scale.repeats
    return medians(await asyncio.gather(*(once() for _ in range(repeats))))


async def _run(variant: str, count: int) -> dict[str, float]:
    async with running(*KLING, *TIMES) as kling:
        url = (await kling.first_line())["kling"]
        async with running("-m", "bench.client_variants", variant, str(count), url) as client:
            figures = await client.first_line(seconds=300.0)
    return {name: float(figure) for name, figure in figures.items()}


def _extrapolate(found: Figures, scale: Scale) -> None:
    for variant in ("inline", "pool"):
        for count in scale.tasks:
            smaller = max(
                (size for size, one in found if one == variant and size < count), default=0
            )
            if (count, variant) not in found and smaller:
                known, factor = found[smaller, variant], count / smaller
                found[count, variant] = known | {"makespan_s": -known["makespan_s"] * factor}


def _row(count: int, variant: str, figures: Mapping[str, float]) -> list[Cell]:
    makespan = figures["makespan_s"]
    return [
        count,
        NAMES[variant],
        f"~{-makespan:,.0f}" if makespan < 0 else makespan,
        figures["calls"],
        in_ms(figures["delay_mean_s"]),
        in_ms(figures["delay_p95_s"]),
        figures["cpu_ms"],
    ]


def _plot(found: Figures) -> Curves:
    lines = [
        Line(
            name=name,
            sizes=[count for count, one in sorted(found) if one == variant],
            figures=[abs(found[at]["makespan_s"]) for at in sorted(found) if at[1] == variant],
        )
        for variant, name in NAMES.items()
    ]
    return Curves(x="tasks at once", y="s until all are known", y_is_log=True, lines=lines)


def _order(item: tuple[tuple[int, str], object]) -> tuple[int, int]:
    (count, variant), _ = item
    return count, list(NAMES).index(variant)


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
