"""b) Whole jobs, from the slash command to the image in the channel, against simpler bots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.harness import BOT, NAIVE, Stage, opened_together, picture, stage
from bench.report import Aim, Bars, Cell, Panel, Table, in_mb, in_ms, medians
from bench.sizes import Scale

SECONDS = (0.3, 0.6)
STALL_MAX_MS, GROWTH_MB = 50.0, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One bot and its settings; a slow one runs only a `share` of the jobs."""

    name: str
    script: Path = BOT
    settings: Mapping[str, str]
    sizes: int = 1
    """At how many of the `in_flight` sizes it is measured, the smaller ones first."""
    share: float = 1.0


WORKLOADS = (
    Workload(name="ours, picture by URL", settings={"KLING_SEND_IMAGE_AS": "url"}),
    Workload(name="ours, picture inline", settings={"KLING_SEND_IMAGE_AS": "inline"}, sizes=2),
    Workload(name="naive asyncio", script=NAIVE, settings={"WAY": "asyncio"}, share=0.5),
    Workload(name="reference in threads", script=NAIVE, settings={"WAY": "threads"}, share=0.25),
)
YARDSTICKS = (
    ("the naive bot", "naive_rate", 10.0),
    ("the reference in threads", "threads_rate", 25.0),
)
"""The other ways in order, their keys in README's table, and the aimed speed-up of ours."""

COLUMNS = (
    "bot",
    "in flight",
    "jobs/s",
    "CPU ms a job",
    "stall p99 ms",
    "stall max ms",
    "growth MB",
    "lost",
)
Figures = dict[tuple[str, int], dict[str, float]]


async def measure(scale: Scale) -> Table:
    """Run whole jobs with every bot."""
    runs = [
        (workload, at_once)
        for workload in WORKLOADS[: scale.workloads]
        for at_once in scale.in_flight[: workload.sizes]
    ]
    source = picture(scale.source_mb)
    scenes = [
        stage(script=workload.script, source=source, seconds=SECONDS, **workload.settings)
        for workload, _ in runs
    ]
    async with opened_together(*scenes) as bots:
        found = {
            (workload.name, at_once): await _figures(workload, bot, at_once, scale)
            for (workload, at_once), bot in zip(runs, bots, strict=True)
        }
    return Table(
        name="jobs",
        title=f"b) Whole jobs, {scale.source_mb:g} MB in, 1.5 MB out, tasks of 0.3 to 0.6 s",
        columns=COLUMNS,
        rows=[_row(name, at_once, figures) for (name, at_once), figures in found.items()],
        aims=_aims(found, scale.in_flight[0]),
        notes=(
            "all processes (Discord, Kling, bot, member) share the cores; growth: of the bot alone",
            "lost: not acknowledged within Discord's 3 s, or no picture within a minute",
            "by URL too the bot fetches the source: Before / after and Use as source need it",
        ),
        plot=_plot(found),
    )


async def _figures(workload: Workload, bot: Stage, at_once: int, scale: Scale) -> dict[str, float]:
    jobs = max(int(scale.jobs * workload.share), at_once)
    is_first = at_once == scale.in_flight[0]
    repeats = scale.repeats if workload.script == BOT and is_first else 1
    runs = [await bot.whole(jobs, at_once=at_once) for _ in range(repeats)]
    return medians(runs) | {"growth": runs[0]["growth"]}


def _row(name: str, at_once: int, figures: Mapping[str, float]) -> list[Cell]:
    return [
        name,
        at_once,
        figures["rate"],
        figures["cpu_ms"],
        in_ms(figures["stall_p99_s"]),
        in_ms(figures["stall_max_s"]),
        in_mb(figures["growth"]),
        int(figures["unanswered"]),
    ]


def _plot(found: Figures) -> Bars:
    columns = list(zip(*(_row(*at, figures) for at, figures in found.items()), strict=True))
    rates, cpu, _, stalls, growth = ([float(one or 0) for one in column] for column in columns[2:7])
    return Bars(
        names=[f"{name}, {at_once}" for name, at_once in found],
        panels=(
            Panel(title="jobs/s", figures=rates),
            Panel(title="CPU ms a job", figures=cpu),
            Panel(title="stall max ms", figures=stalls, is_log=True, aim=STALL_MAX_MS),
            Panel(title="growth MB", figures=growth, is_log=True, aim=GROWTH_MB),
        ),
    )


def _aims(found: Figures, at_once: int) -> list[Aim]:
    by_url, inline, *others = (
        found[workload.name, at_once] for workload in WORKLOADS if (workload.name, at_once) in found
    )
    return [
        Aim(name="jobs/s by URL", key="rate", found=by_url["rate"], wanted=100.0, better="above"),
        *(
            _times(f"jobs/s against {name}", key, by_url["rate"] / other["rate"], wanted)
            for (name, key, wanted), other in zip(YARDSTICKS, others, strict=False)
        ),
        Aim(name="stall p99", found=in_ms(inline["stall_p99_s"]), wanted=10.0, unit="ms"),
        Aim(
            name="stall max",
            key="stall",
            found=in_ms(inline["stall_max_s"]),
            wanted=STALL_MAX_MS,
            unit="ms",
        ),
        _times(
            "stall max, the naive bot's against ours",
            "naive_stall",
            others[0]["stall_max_s"] / inline["stall_max_s"],
            10.0,
        ),
        Aim(
            name=f"peak growth, {at_once} in flight",
            key="growth",
            found=in_mb(inline["growth"]),
            wanted=GROWTH_MB,
            unit="MB",
        ),
    ]


def _times(name: str, key: str, found: float, wanted: float) -> Aim:
    return Aim(name=name, key=key, found=found, wanted=wanted, unit="times", better="above")
