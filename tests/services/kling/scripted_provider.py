"""A provider that answers by script over real HTTP, and records its requests."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Script:
    """Answers in order, the last one for ever."""

    url: str = ""
    steps: list[Step] = field(default_factory=list)
    asked: list[RecordedRequest] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, *steps: Step) -> None:
        """Replace the remaining answers."""
        self.steps = list(steps)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if not getattr(step, "reads_itself", False):
            self.note(request, await request.read())
        return await step(request)

    def note(self, request: web.Request, raw: bytes) -> None:
        self.asked.append(
            RecordedRequest(request.method, request.path_qs, dict(request.headers), raw)
        )
        self.was_asked.set()


@asynccontextmanager
async def serve(script: Script) -> AsyncIterator[Script]:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", script.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield script
    finally:
        await runner.cleanup()


def says(payload: object, *, status: int = 200, **headers: str) -> Step:
    """Answer with JSON."""
    return says_raw(
        json.dumps(payload).encode(), status=status, content_type="application/json", **headers
    )


def says_raw(
    raw: bytes, *, status: int = 200, content_type: str = "text/html", **headers: str
) -> Step:
    """Answer with bytes; a header's underscores become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def step(request: web.Request) -> web.StreamResponse:
        return web.Response(body=raw, status=status, content_type=content_type, headers=named)

    return step


async def drops(request: web.Request) -> web.StreamResponse:
    """Read the whole request and close the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def resets(request: web.Request) -> web.StreamResponse:
    """Read the whole request and reset the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def is_silent(request: web.Request) -> web.StreamResponse:
    """Read the whole request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError("never reached")


async def cuts(request: web.Request) -> web.StreamResponse:
    """Promise a hundred bytes of JSON and close the connection after a few."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"code":0,"da')
    assert request.transport is not None
    request.transport.close()
    return response


_LONG = json.dumps({"code": 0, "data": {"task_id": "T1"}, "pad": " " * 17 * 2**20}).encode()
TOO_LONG = says_raw(_LONG)
TOO_LONG_UNPACKED = says_raw(gzip.compress(_LONG), Content_Encoding="gzip")
"""Valid answers, except that they exceed 16 MiB; the second is 17 KB on the wire."""


def accepts(task_id: str = "T1", **data: object) -> Step:
    """Answer a submission as Kling's own page shows it."""
    row = {"task_id": task_id, "task_status": "submitted", "created_at": 1722769557708, **data}
    return says({"code": 0, "message": "SUCCEED", "request_id": "R1", "data": row})


def is_at(word: str, *urls: str, task_id: str = "T1", **data: object) -> Step:
    """Answer a poll as Kling's own page shows it."""
    images = [{"index": at, "url": url} for at, url in enumerate(urls)]
    row = {"task_id": task_id, "task_status": word, "task_result": {"images": images}, **data}
    return says({"code": 0, "message": "SUCCEED", "request_id": "R2", "data": row})


def lists(*rows: Mapping[str, object]) -> Step:
    """Answer the list call."""
    return says({"code": 0, "message": "SUCCEED", "request_id": "R3", "data": list(rows)})
