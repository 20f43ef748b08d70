"""Worker processes: the server's event loop never waits for the painter."""

from __future__ import annotations

import asyncio
import io
import time

import pytest
from PIL import Image

from sandbox.kling.options import Options
from sandbox.kling.painter import Brief, PaintingFailed, open_painter
from sandbox.kling.painter.pool import Studio
from tests.sandbox.kling.conftest import Kling, Opened, in_base64, photo

pytestmark = pytest.mark.proof


BRIEF = Brief(prompt="van gogh", seed="t/0", long_side=320)


async def test_a_worker_paints_and_is_gone_afterwards() -> None:
    async with open_painter(Options(workers=1)) as painter:
        assert isinstance(painter, Studio)
        painting = await painter.paint(BRIEF, sources=[photo()])
        (worker,) = painter._processes
    assert Image.open(io.BytesIO(painting.content)).width == 320
    assert worker.returncode is not None


async def test_a_source_that_can_not_be_painted_fails_alone() -> None:
    async with open_painter(Options(workers=1)) as painter:
        with pytest.raises(PaintingFailed):
            await painter.paint(BRIEF, sources=[b"not a picture"])
        assert (await painter.paint(BRIEF, sources=[photo()])).content


async def test_a_worker_that_dies_is_replaced() -> None:
    async with open_painter(Options(workers=1)) as painter:
        assert isinstance(painter, Studio)
        await painter.paint(BRIEF, sources=[photo()])
        (worker,) = painter._processes
        worker.kill()
        await worker.wait()
        with pytest.raises(PaintingFailed):
            await painter.paint(BRIEF, sources=[photo()])
        assert (await painter.paint(BRIEF, sources=[photo()])).content


async def test_a_cancelled_order_does_not_mix_up_the_next() -> None:
    async with open_painter(Options(workers=1)) as painter:
        wanted = await painter.paint(BRIEF, sources=[photo()])
        cancelled = asyncio.ensure_future(
            painter.paint(Brief(prompt="noir", seed="x"), sources=[photo()])
        )
        await asyncio.sleep(0.01)
        cancelled.cancel()
        again = await painter.paint(BRIEF, sources=[photo()])
    assert again == wanted


async def test_queries_are_answered_while_it_paints(opened: Opened) -> None:
    async with opened(painter="local", min_seconds=0, max_seconds=0, workers=1) as kling:
        task_id = await kling.submit(prompt="oil", image=in_base64(photo()), n=2)
        slowest = 0.0
        while (await timed(kling, task_id))[1]["task_status"] != "succeed":
            slowest = max(slowest, (await timed(kling, task_id))[0])
            await asyncio.sleep(0.01)
    # 50 ms is the aim; other work on the machine may add to it.
    assert slowest < 0.5


async def timed(kling: Kling, task_id: str) -> tuple[float, dict[str, str]]:
    began = time.monotonic()
    task = await kling.query(task_id)
    return time.monotonic() - began, task


async def test_the_copyist_hands_back_what_it_got() -> None:
    async with open_painter(Options(painter="copy")) as painter:
        jpeg = photo(kind="JPEG")
        painting = await painter.paint(BRIEF, sources=[jpeg])
        alone = await painter.paint(BRIEF, sources=[])
    assert (painting.content, painting.format) == (jpeg, "jpg")
    assert Image.open(io.BytesIO(alone.content)).info["Description"].startswith("Painted by")
