"""The chart is drawn by a process of its own, which never outlives the request for it."""

from __future__ import annotations

import asyncio
import io
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from services.charts import render
from services.charts.figure import paint, png
from services.charts.render import ROOT, draw
from services.charts.spec import Order, Words
from services.errors import ChartFailed
from tests.support.statistics_samples import random_statistics

pytestmark = pytest.mark.proof


class StartedProcesses(list[Process]):
    """Processes in the order of their start; `any` is set with the first."""

    def __init__(self) -> None:
        super().__init__()
        self.any = asyncio.Event()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> StartedProcesses:
    started = StartedProcesses()
    start = asyncio.create_subprocess_exec

    async def remember(*words: Any, **settings: Any) -> Process:
        started.append(await start(*words, **settings))
        started.any.set()
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    return started


async def test_everything_reaches_the_other_process() -> None:
    figures = random_statistics(7)
    names = {user: f"Member {user % 10}" for user, _ in figures.members}
    words = replace(Words(), requests="Anfragen", by_day="Bilder je Tag – für Ärzte")

    made = await draw(figures, title="Größe", dark=True, names=names, words=words)

    order = Order(statistics=figures, title="Größe", dark=True, names=names, words=words)
    with Image.open(io.BytesIO(made)) as here, Image.open(io.BytesIO(png(paint(order)))) as there:
        assert here.tobytes() == there.tobytes()


async def test_two_pictures_at_once_do_not_mix(processes: StartedProcesses) -> None:
    one, other = random_statistics(3, seed=1), random_statistics(3, seed=2)

    both = await asyncio.gather(draw(one, title="One"), draw(other, title="Other"))

    assert both[0] != both[1]
    assert [process.returncode for process in processes] == [0, 0]


async def test_a_picture_that_takes_too_long_is_given_up(
    processes: StartedProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "PATIENCE_S", 0.01)

    with pytest.raises(ChartFailed, match="in time"):
        await draw(random_statistics(3), title="Slow")

    assert [process.returncode is not None for process in processes] == [True]


async def test_whoever_no_longer_waits_leaves_no_process_behind(
    processes: StartedProcesses,
) -> None:
    drawing_one = asyncio.create_task(draw(random_statistics(3), title="Never mind"))
    await processes.any.wait()
    drawing_one.cancel()

    with pytest.raises(asyncio.CancelledError):
        await drawing_one

    assert processes[0].returncode is not None


async def test_what_goes_wrong_there_is_told_here() -> None:
    with pytest.raises(ChartFailed, match="IndexError"):
        await draw(replace(random_statistics(1), days=()), title="No days")


async def test_the_bot_itself_never_imports_matplotlib() -> None:
    script = "import sys, bot, services.charts; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), cwd=ROOT, stdout=PIPE
    )
    output, _ = await process.communicate()

    modules = output.decode().split()
    assert "services.charts.render" in modules
    assert not [name for name in modules if name.partition(".")[0] == "matplotlib"]
