"""Memory of a waiting job and of one that is being sent: both stay small."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from pathlib import Path

import pytest

from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.kling import ImageGeneration
from services.kling.streaming_body import PIECE_BYTES, encode
from services.models import State
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

WAITING = 60
MOST_BYTES = 1900
"""Bytes of Python objects per job whose task is running. Measured: 1,040 to 1,550, of which a third
belongs to timers that have yet to expire; keeping a job's own object would add 1,500.
"""

LONG = KlingOptions(painter="copy", min_seconds=10_000, max_seconds=10_000, concurrency=1000)
ROOM = EngineConfig(concurrency=1000, user_running=0, timeout_s=10_000)
OURS = (tracemalloc.Filter(inclusive=True, filename_pattern="*/services/*", all_frames=True),)
DEPTH = 12


async def ask(here: EngineHarness, users: range) -> None:
    """Submit jobs; on return the last one's task is running."""
    jobs = [await here.ask(a_request(user_id=user)) for user in users]
    for job in jobs:
        await here.until_state(job, State.RUNNING)


def held() -> int:
    """Bytes that were allocated by way of our services and are still there."""
    gc.collect()
    found = tracemalloc.take_snapshot().filter_traces(OURS)
    return sum(one.size for one in found.statistics("filename"))


def at_work() -> list[str]:
    """Coroutines of ours that live at this moment."""
    codes = [task.get_coro().cr_code for task in asyncio.all_tasks()]  # type: ignore[union-attr]
    return sorted(code.co_qualname for code in codes if "/services/" in code.co_filename)


@pytest.mark.proof
async def test_a_job_that_waits_is_a_row_and_hardly_anything_else(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=LONG, rules=ROOM) as here:
        await ask(here, range(1, 11))
        await here.until(lambda: here.engine.is_resting)
        before = at_work()
        tracemalloc.start(DEPTH)
        try:
            at_first = held()
            await ask(here, range(11, 11 + WAITING))
            await here.until(lambda: here.engine.is_resting)
            here.channel.shown.clear()  # memory of the test itself
            grown = held() - at_first
        finally:
            tracemalloc.stop()

        assert at_work() == before, "nothing of ours lives for the whole wait"
        assert grown / WAITING <= MOST_BYTES


async def test_a_picture_is_sent_in_pieces(tmp_path: Path) -> None:
    picture = tmp_path / "large.png"
    picture.write_bytes(bytes(8_000_000))
    body = encode(
        ImageGeneration(model="kling-v3", prompt="x", image=picture, image_reference="subject")
    )
    tracemalloc.start()
    try:
        sizes = [len(piece) async for piece in body.pieces()]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sum(sizes) == body.length
    assert max(sizes) <= PIECE_BYTES * 4 // 3
    assert peak <= 4 * PIECE_BYTES
