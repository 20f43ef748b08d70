"""c) Latencies for a member: the acknowledgement, and the image once Kling has it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, closing

from bench.harness import Stage, opened_together, picture, stage
from bench.report import Aim, Curves, Line, Table, in_ms, percentile
from bench.sizes import Scale
from sandbox.discord.testclient.member import Unanswered

A_SECOND = 100.0
SECONDS = (1.5, 2.5)
MEDIAN_S = 2.0
SOURCE_MB = 0.5
AT_THE_END = "succeed"
DISCORDS_S = 3.0
SHARES = (*range(2, 99, 2), 99, 100)
KNOWN_S = max(0.8, 0.05 * MEDIAN_S)


async def measure(scale: Scale) -> Table:
    """Send a burst of commands; then read the records of the sandbox Discord and Kling."""
    polling, called_back = _scene(), _scene(**_with_callbacks())
    async with opened_together(polling, called_back) as (bot, bot_called_back):
        before = len(bot.asked)
        used, unanswered = await _burst(bot, scale.commands, scale.commands / A_SECOND)
        acknowledged = await _acknowledged(bot, bot.asked[before:])
        known, posted, calls = await _after_ready(bot, bot.asked[before:])
        called = await _called_back(bot_called_back, scale.commands // 10)
    acknowledged += [DISCORDS_S] * unanswered
    found = {
        "command to acknowledgement": acknowledged,
        "ready at Kling to known here": known,
        "ready at Kling to posted": posted,
        "ready to known, called back, 10 a second": called,
    }
    return Table(
        name="latency",
        title=f"c) {scale.commands} slash commands at 100 a second, as Discord and Kling see them",
        columns=("what", "p50 ms", "p95 ms", "p99 ms", "max ms"),
        rows=[[name, *_spread(seconds)] for name, seconds in found.items()],
        plot=_plot(found),
        aims=_aims(acknowledged, known, posted, called, calls),
        notes=(
            f"tasks of {SECONDS[0]} to {SECONDS[1]} s; unanswered: {unanswered}",
            f"the bot's loop was late by {in_ms(used['stall_max_s']):.0f} ms at most",
            "known: the picture is fetched, synced to disk, and the row says so",
            "the reference submits, looks at once and then each second",
        ),
    )


def _plot(found: Mapping[str, Sequence[float]]) -> Curves:
    """Plot the share of commands that were done within a time."""
    lines = [
        Line(
            name=name,
            sizes=[in_ms(percentile(seconds, share / 100)) for share in SHARES],
            figures=SHARES,
        )
        for name, seconds in found.items()
    ]
    return Curves(x="ms", y="% done within", lines=lines)


def _aims(
    acknowledged: Sequence[float],
    known: Sequence[float],
    posted: Sequence[float],
    called: Sequence[float],
    calls: float,
) -> tuple[Aim, ...]:
    """Compare the results with their aims; all times in seconds."""
    in_time = in_ms(percentile(acknowledged, 0.99))
    shown, back = percentile(posted, 0.95), in_ms(_mean(called))
    against, heard = calls / (2 + MEDIAN_S), "ready to known where Kling calls back, mean"
    return (
        Aim(name="acknowledged, p99", key="acknowledged", found=in_time, wanted=100.0, unit="ms"),
        Aim(name="ready to known, mean", key="known", found=_mean(known), wanted=KNOWN_S, unit="s"),
        Aim(name="ready to posted, p95", key="posted", found=shown, wanted=KNOWN_S + 1, unit="s"),
        Aim(name=heard, key="called", found=back, wanted=50.0, unit="ms"),
        Aim(
            name="calls to Kling a task against the reference's",
            key="calls",
            found=against,
            wanted=0.65,
            unit="times",
        ),
    )


def _scene(**settings: str) -> AbstractAsyncContextManager[Stage]:
    return stage(source=picture(SOURCE_MB), seconds=SECONDS, **settings)


def _with_callbacks() -> dict[str, str]:
    """Return settings with which Kling sends callbacks to a free port of this computer."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])
    return {"HTTP_PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}"}


async def _called_back(bot: Stage, commands: int) -> list[float]:
    """Send ten commands a second; return seconds from a task's end to the job's row."""
    before = len(bot.asked)
    await _burst(bot, commands, commands / 10)
    known, _, _ = await _after_ready(bot, bot.asked[before:])
    return known


async def _burst(bot: Stage, commands: int, within_s: float) -> tuple[dict[str, float], int]:
    """Send commands evenly, independent of each other; wait for all images.

    Returns the bot's resource use, and how many commands failed.
    """
    unanswered = 0

    async def one(number: int) -> None:
        """Send one command at its time and wait for its image."""
        nonlocal unanswered
        await asyncio.sleep(within_s * number / commands)
        try:
            await bot.member.wait_for_image(await bot.ask())
        except (Unanswered, TimeoutError):
            unanswered += 1

    await bot.watch()
    await asyncio.gather(*(one(number) for number in range(commands)))
    return await bot.rest(), unanswered


async def _acknowledged(bot: Stage, asked: Sequence[str]) -> list[float]:
    state = await bot.state("page")
    ours = set(asked)
    return [
        one["acknowledged_at"] - one["created_at"]
        for one in state["interactions"]
        if one["id"] in ours and one["acknowledged_at"]
    ]


async def _after_ready(bot: Stage, asked: Sequence[str]) -> tuple[list[float], list[float], float]:
    """Return seconds from a task's end to its job's row and to the channel, and calls per task."""
    state = await bot.state("kling")
    lives = {task["id"]: dict(map(tuple, task["history"])) for task in state["tasks"]}
    ended = {task: life[AT_THE_END] for task, life in lives.items() if AT_THE_END in life}
    jobs = bot.rows("SELECT interaction_id, task_id, ready_at FROM job ORDER BY id")
    asked_for = set(asked)
    ours = [
        (str(one), task, ready)
        for one, task, ready in jobs
        if str(one) in asked_for and task in ended
    ]
    known = [ready - ended[task] for _, task, ready in ours if ready]
    seen = bot.member.posted_at
    posted = [seen[one] - ended[task] for one, task, _ in ours if one in seen]
    queries = sum(task["queries"] for task in state["tasks"]) / max(len(state["tasks"]), 1)
    return known, posted, 1 + queries


def _spread(figures: Sequence[float]) -> list[float]:
    shares = (0.5, 0.95, 0.99)
    return [*(in_ms(percentile(figures, share)) for share in shares), in_ms(max(figures))]


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures)
