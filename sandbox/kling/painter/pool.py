"""Image generators for the server: a pool of worker processes, or stubs without any work."""

from __future__ import annotations

import asyncio
import io
import random
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

from PIL import Image, PngImagePlugin

from sandbox.kling.options import Options
from sandbox.kling.painter.job import LEGEND, Brief, Painter, Painting, PaintingFailed

SIZE = struct.Struct(">I")
WORKER = (sys.executable, "-m", "sandbox.kling.painter.worker")
CARD = "card"
CARD_SIDE = 720
ROOT = Path(__file__).parents[3]
"""The folder of the package `sandbox`: workers find it from any directory."""


@asynccontextmanager
async def open_painter(options: Options) -> AsyncGenerator[Painter]:
    """Open the generator that the options name; end its processes afterwards."""
    if options.painter == "copy":
        yield Copyist()
        return
    if options.painter == CARD:
        yield CardDealer()
        return
    studio = Studio(workers=options.workers)
    try:
        yield studio
    finally:
        await studio.close()


class Copyist:
    """Returns the first source unchanged, or one small image without a source."""

    async def paint(self, brief: Brief, *, sources: Sequence[bytes]) -> Painting:
        """Return the source's own bytes."""
        content = sources[0] if sources else small_picture()
        is_png = content.startswith(b"\x89PNG")
        return Painting(content, "png" if is_png else "jpg", marked=content if brief.mark else b"")


class CardDealer:
    """Returns the same ready image of 1.5 MB for every request."""

    async def paint(self, brief: Brief, *, sources: Sequence[bytes]) -> Painting:  # noqa: ARG002
        """Return the ready image."""
        return Painting(large_picture(), "png")


@cache
def large_picture() -> bytes:
    """Return a PNG of usual size, with the legend."""
    legend = PngImagePlugin.PngInfo()
    legend.add_text("Description", LEGEND)
    paper = io.BytesIO()
    noise = random.Random(0).randbytes(CARD_SIDE * CARD_SIDE * 3)
    picture = Image.frombytes("RGB", (CARD_SIDE, CARD_SIDE), noise)
    picture.save(paper, "PNG", pnginfo=legend, compress_level=0)
    return paper.getvalue()


@cache
def small_picture() -> bytes:
    """Return a small PNG with the legend."""
    legend = PngImagePlugin.PngInfo()
    legend.add_text("Description", LEGEND)
    paper = io.BytesIO()
    Image.new("RGB", (64, 64), "#5865f2").save(paper, "PNG", pnginfo=legend)
    return paper.getvalue()


class Studio:
    """Generates images in worker processes, so that the server's event loop is never blocked.

    Workers start when first needed. If one dies, only its current image fails.
    """

    def __init__(self, *, workers: int) -> None:
        self._idle: asyncio.LifoQueue[Process | None] = asyncio.LifoQueue()
        self._processes: set[Process] = set()
        for _ in range(workers):
            self._idle.put_nowait(None)

    async def paint(self, brief: Brief, *, sources: Sequence[bytes]) -> Painting:
        """Generate an image as soon as a worker is free; raises PaintingFailed if it cannot."""
        worker = await self._idle.get()
        usable: Process | None = None
        try:
            worker = worker or await self._hire()
            painting = await _ask(worker, brief, sources)
            usable = worker
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            raise PaintingFailed("a worker died") from problem
        finally:
            # A worker interrupted halfway would send the old image in response to the next request.
            if usable is None and worker is not None:
                self._dismiss(worker)
            self._idle.put_nowait(usable)
        if not painting.content:
            raise PaintingFailed("the source could not be painted")
        return painting

    async def _hire(self) -> Process:
        worker = await asyncio.create_subprocess_exec(*WORKER, stdin=PIPE, stdout=PIPE, cwd=ROOT)
        self._processes.add(worker)
        return worker

    def _dismiss(self, worker: Process) -> None:
        self._processes.discard(worker)
        with suppress(ProcessLookupError):
            worker.kill()

    async def close(self) -> None:
        """End every worker at once."""
        for worker in tuple(self._processes):
            self._dismiss(worker)
            await worker.wait()


async def _ask(worker: Process, brief: Brief, sources: Sequence[bytes]) -> Painting:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.writelines(framed([brief.to_json().encode(), *sources]))
    await worker.stdin.drain()
    content, marked = [await _read_frame(worker.stdout) for _ in range(2)]
    return Painting(content, brief.format, marked)


def framed(parts: Sequence[bytes]) -> list[bytes]:
    """Return `parts` in the pipe's format: their number, then each preceded by its size."""
    frames = [SIZE.pack(len(parts))]
    for part in parts:
        frames += [SIZE.pack(len(part)), part]
    return frames


async def _read_frame(stream: asyncio.StreamReader) -> bytes:
    (size,) = SIZE.unpack(await stream.readexactly(SIZE.size))
    return await stream.readexactly(size)
