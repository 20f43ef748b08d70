"""A sandbox Kling that never generates, on a clock that tests move, and a caller with its key."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image

from sandbox.kling.options import Options
from sandbox.kling.server import Served, serve

GENERATIONS = "/kling/v1/images/generations"
Answer = tuple[int, dict[str, Any]]


@cache
def photo(width: int = 480, height: int = 360, *, kind: str = "PNG") -> bytes:
    """Return an image with a sky, a hill and a sun: material for every style."""
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    sky = np.stack([0.35 + 0.4 * rows, 0.55 + 0.3 * rows, 0.95 - 0.3 * rows], -1)
    hill = rows > 0.6 + 0.12 * np.sin(columns * 7)
    sky[hill] = (0.2, 0.45, 0.15)
    sky[np.hypot(rows - 0.25, (columns - 0.7) * width / height) < 0.12] = (1.0, 0.85, 0.3)
    sky[(rows > 0.45) & (rows < 0.75) & (abs(columns - 0.3) < 0.06)] = (0.6, 0.12, 0.1)
    paper = io.BytesIO()
    Image.fromarray(np.uint8(sky * 255)).save(paper, kind)
    return paper.getvalue()


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Kling:
    """A served sandbox and a session that knows its key."""

    served: Served
    session: aiohttp.ClientSession
    path: str = GENERATIONS

    async def post(self, path: str, order: object) -> Answer:
        body = io.BytesIO(json.dumps(order).encode())
        async with self.session.post(self.served.url + path, data=body) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Answer:
        async with self.session.get(self.served.url + path) as answer:
            return answer.status, await answer.json()

    async def submit(self, **fields: object) -> str:
        """Submit to `path` and return the task id."""
        status, body = await self.post(self.path, {"prompt": "a quiet harbour", **fields})
        assert status == 200, body
        return body["data"]["task_id"]

    async def query(self, key: str) -> dict[str, Any]:
        status, body = await self.get(f"{self.path}/{key}")
        assert status == 200, body
        return body["data"]

    async def finish(self) -> None:
        """Move the clock until every task is over."""
        self.served.clock.advance(3600)
        life = self.served.api.life
        await asyncio.wait_for(asyncio.gather(*life._running), 60)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock and run the tasks that it wakes."""
        self.served.clock.advance(seconds)
        for _ in range(5):
            await asyncio.sleep(0)

    async def painted(self, **fields: object) -> dict[str, Any]:
        """Submit, wait for the end, return the last answer's data."""
        task_id = await self.submit(**fields)
        await self.finish()
        return await self.query(task_id)


Opened = Callable[..., AbstractAsyncContextManager[Kling]]


@pytest.fixture
def opened() -> Opened:
    """Open a sandbox with options of one's own."""

    @asynccontextmanager
    async def opening(**options: Any) -> AsyncIterator[Kling]:
        chosen = Options(**{"painter": "copy", "min_seconds": 100, "max_seconds": 100, **options})
        headers = {"Authorization": f"Bearer {chosen.key}"}
        async with serve(chosen) as served, aiohttp.ClientSession(headers=headers) as session:
            yield Kling(served, session)

    return opening


@pytest.fixture
async def kling(opened: Opened) -> AsyncIterator[Kling]:
    async with opened() as kling:
        yield kling
