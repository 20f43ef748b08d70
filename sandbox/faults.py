"""Fault injection: failures of networks, gateways and providers, ordered by a test.

A `Plan` holds `Rule`s; its middleware breaks the requests they match, over real HTTP. Tests add
rules directly or over the control routes (loopback only):

    POST /sandbox/faults {"path": "/v1/images", "action": "status", "status": 429, "times": 3,
                          "headers": {"Retry-After": "2"}, "body": {"code": 1302, "message": "..."}}
    POST /sandbox/faults {"seed": 7, "rate": 0.1}        random: see sandbox/random_faults.py
    POST /sandbox/faults {"action": "page", "page": "nginx 413", "over": 1048577, "times": null}
    GET /sandbox/faults    DELETE /sandbox/faults    POST /sandbox/clock {"advance": 60}

| action | the client sees |
| --- | --- |
| status | `status`, `headers`, `body`, `seconds` late; not processed, unless `"processed": true` |
| drop_before, drop_after | the connection closed without a response, nothing or all processed |
| reset | the same as drop_before, by TCP RST |
| refuse | a reset, and for `seconds` (null: until faults are cleared) no new connection |
| silence | no response for `seconds` (null: no limit), then the connection closed |
| delay, slow | the right response, `seconds` late, or its body in pieces over `seconds` |
| cut | half of the right body, with a matching content length |
| torn | half of the right body, then the connection closed although more was announced |
| garbage | `status` (default 200) and a body that is not the expected one |
| page | the `page` of sandbox/pages.py from a proxy or firewall, "processed" as above |
| bomb | `status` (default 200) and a small gzip that unpacks to `megabytes` |
| endless | `status` (default 200) and a body without end, until the client disconnects |
| rows | the right response to a list call, rows distorted by `rows` (sandbox/bent_lists.py) |
| file | 200 and the `file` of this computer instead of the right body (none: an empty one) |
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.bent_lists import bent, check
from sandbox.clock import Clock
from sandbox.listener import Listener
from sandbox.pages import PAGES
from sandbox.random_faults import RandomFaults

GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>\x00\ufffd nginx"
DRIPS = 20
FOR_EVER = 10**9
MIB = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Rule:
    """One fault: which requests it matches, and what it does to them.

    `path` is a regular expression searched in the path. `times` is how many requests it breaks
    (None: all). `after` is how many matching requests pass unchanged first.
    """

    action: str
    path: str = ""
    method: str | None = None
    times: int | None = 1
    after: int = 0
    status: int | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float | None = None
    processed: bool = False
    megabytes: int = 100
    page: str = "nginx 403"
    file: str = ""
    rows: Mapping[str, object] = field(default_factory=dict[str, object])
    over: int = 0
    """Bytes: requests with a shorter announced body do not match, like those below a body limit."""
    met: int = 0
    sent: int = 0
    """Bytes of endless bodies that were sent."""

    def __post_init__(self) -> None:
        """Raise ValueError for an unknown action or a bad pattern."""
        if self.action not in ACTIONS:
            raise ValueError(f"action {self.action!r} is none of {', '.join(ACTIONS)}")
        if self.action == "page" and self.page not in PAGES:
            raise ValueError(f"page {self.page!r} is none of {', '.join(PAGES)}")
        check(self.rows)
        try:
            re.compile(self.path)
        except re.error as problem:
            raise ValueError(f"path {self.path!r} is no pattern: {problem}") from problem

    @classmethod
    def from_json(cls, order: Mapping[str, object]) -> Rule:
        """Return a rule from the control route's JSON; raises ValueError for an unknown field."""
        try:
            rule = cls(**cast("dict[str, Any]", order))
            rule.is_spent(before=0)  # raises TypeError for counts that are not numbers
        except TypeError as problem:
            raise ValueError(str(problem)) from problem
        return rule

    def strikes(self, request: web.Request) -> bool:
        """Count a matching request and return whether to break it."""
        if self.method not in (None, request.method) or not re.search(self.path, request.path):
            return False
        if (request.content_length or 0) < self.over:
            return False
        self.met += 1
        return self.met > self.after and not self.is_spent(before=self.met - 1)

    def is_spent(self, *, before: int) -> bool:
        """Return whether `before` matching requests have used up the rule."""
        return self.times is not None and before >= self.after + self.times

    def answer(self) -> web.Response:
        """Return the response that this rule orders: a string as text, anything else as JSON."""
        if isinstance(self.body, str):
            body, kind = self.body, "text/plain"
        else:
            body, kind = json.dumps(self.body or {}), "application/json"
        headers = {"Content-Type": kind, **self.headers}
        # As bytes: for a string aiohttp adds a charset, and discord.py would not take that as JSON.
        return web.Response(body=body.encode(), status=self.status or 500, headers=headers)


class Plan:
    """The active faults; the first rule that strikes decides."""

    def __init__(self, *, clock: Clock) -> None:
        self.clock = clock
        self.rules: list[Rule] = []
        self.storms: list[RandomFaults] = []
        self.listener: Listener | None = None

    def add(self, rule: Rule) -> Rule:
        """Add `rule` after the existing ones."""
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all faults and accept connections again."""
        self.rules.clear()
        self.storms.clear()
        if self.listener is not None:
            self.listener.let_in()

    def middleware(self) -> Middleware:
        """Return the middleware that breaks requests; make it the outermost.

        Control routes are never broken.
        """

        @web.middleware
        async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Respond as the first striking rule orders, or pass the request on."""
            rule = self._rule_for(request)
            if rule is None:
                return await handler(request)
            return await ACTIONS[rule.action](_Broken(rule, request, handler, self))

        return broken

    def _rule_for(self, request: web.Request) -> Rule | None:
        if request.path.startswith("/sandbox/"):
            return None
        rule = next((rule for rule in self.rules if rule.strikes(request)), None)
        if rule is not None:
            return rule
        faults = [fault for storm in self.storms if (fault := storm.strike(request.path))]
        return Rule.from_json(faults[0]) if faults else None


@dataclass(frozen=True, slots=True)
class _Broken:
    """One request that a rule breaks."""

    rule: Rule
    request: web.Request
    handler: Handler
    plan: Plan

    async def fulfil(self) -> tuple[web.StreamResponse, bytes]:
        """Return the right response and its body (empty if it is streamed or a file)."""
        try:
            response = await self.handler(self.request)
        except web.HTTPException as refusal:
            response = web.Response(text=refusal.text, status=refusal.status)
        body = response.body if isinstance(response, web.Response) else None
        return response, bytes(body) if isinstance(body, bytes | bytearray) else b""

    async def hang_up(self) -> web.StreamResponse:
        """Close without a response, after reading the request: unread bytes would cause a RST."""
        with contextlib.suppress(ConnectionError):  # the caller may have closed first
            async for _ in self.request.content.iter_any():
                pass
        if self.request.transport is not None:
            self.request.transport.close()
        return web.Response()

    async def begin(self, *, like: web.StreamResponse, size: int) -> web.StreamResponse:
        """Send the headers of a response `like` the right one that announces `size` bytes."""
        answer = web.StreamResponse(status=like.status, headers=like.headers)
        answer.content_length = size
        await answer.prepare(self.request)
        return answer


async def _status(broken: _Broken) -> web.StreamResponse:
    if broken.rule.processed:
        await broken.fulfil()
    await broken.plan.clock.sleep(broken.rule.seconds or 0)
    return broken.rule.answer()


async def _drop_after(broken: _Broken) -> web.StreamResponse:
    await broken.fulfil()
    return await broken.hang_up()


async def _reset(broken: _Broken) -> web.StreamResponse:
    transport = broken.request.transport
    if transport is not None:
        # A linger time of 0 s makes the kernel send RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return web.Response()


async def _refuse(broken: _Broken) -> web.StreamResponse:
    if broken.plan.listener is not None:
        await broken.plan.listener.shut(broken.rule.seconds or FOR_EVER)
    return await _reset(broken)


async def _silence(broken: _Broken) -> web.StreamResponse:
    until = broken.plan.clock.now() + (broken.rule.seconds or FOR_EVER)
    while broken.request.transport is not None and (left := until - broken.plan.clock.now()) > 0:
        await broken.plan.clock.sleep(min(left, 0.5))
    return await broken.hang_up()


async def _delay(broken: _Broken) -> web.StreamResponse:
    await broken.plan.clock.sleep(broken.rule.seconds or 0)
    return await broken.handler(broken.request)


async def _slow(broken: _Broken) -> web.StreamResponse:
    right, body = await broken.fulfil()
    answer = await broken.begin(like=right, size=len(body))
    size = max(1, -(-len(body) // DRIPS))
    for start in range(0, len(body), size):
        await broken.plan.clock.sleep((broken.rule.seconds or 0) / DRIPS)
        await answer.write(body[start : start + size])
    return answer


async def _cut(broken: _Broken) -> web.StreamResponse:
    right, body = await broken.fulfil()
    headers = {"Content-Type": right.content_type}
    return web.Response(body=body[: len(body) // 2], status=right.status, headers=headers)


async def _torn(broken: _Broken) -> web.StreamResponse:
    right, body = await broken.fulfil()
    answer = await broken.begin(like=right, size=len(body))
    await answer.write(body[: len(body) // 2])
    return await broken.hang_up()


async def _garbage(broken: _Broken) -> web.StreamResponse:
    rule = broken.rule
    body = rule.body if isinstance(rule.body, str) else GARBAGE
    headers = {"Content-Type": "text/html; charset=utf-8", **rule.headers}
    return web.Response(text=body, status=rule.status or 200, headers=headers)


async def _page(broken: _Broken) -> web.StreamResponse:
    """Respond before the request body is read, as most proxies and firewalls do."""
    if broken.rule.processed:
        await broken.fulfil()
    page = PAGES[broken.rule.page]
    headers = {"Content-Type": page.kind, **page.headers, **broken.rule.headers}
    return web.Response(body=page.body.encode(), status=page.status, headers=headers)


async def _bomb(broken: _Broken) -> web.StreamResponse:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = _packed(broken.rule.megabytes)
    return web.Response(body=body, status=broken.rule.status or 200, headers=headers)


async def _endless(broken: _Broken) -> web.StreamResponse:
    """Send data without end; `seconds` sets the delay between pieces."""
    rule, piece = broken.rule, bytes(MIB // 4)
    answer = web.StreamResponse(status=rule.status or 200, headers={"Content-Type": "image/png"})
    await answer.prepare(broken.request)
    with contextlib.suppress(ConnectionError):
        while broken.request.transport is not None:
            await broken.plan.clock.sleep((rule.seconds or 0) / DRIPS)
            await answer.write(piece)
            rule.sent += len(piece)
    return answer


async def _rows(broken: _Broken) -> web.StreamResponse:
    right, body = await broken.fulfil()
    number = broken.request.query.get("pageNum", "1")
    page = int(number) if number.isdecimal() else 1
    changed = bent(body, broken.rule.rows, page=page, now=broken.plan.clock.now())
    return web.Response(body=changed, status=right.status, content_type=right.content_type)


async def _file(broken: _Broken) -> web.StreamResponse:
    name = broken.rule.file
    body = await asyncio.to_thread(Path(name).read_bytes) if name else b""
    return web.Response(body=body, content_type="application/octet-stream")


@functools.cache
def _packed(megabytes: int) -> bytes:
    return gzip.compress(b" " * (megabytes * MIB), compresslevel=1)


ACTIONS: Mapping[str, Callable[[_Broken], Awaitable[web.StreamResponse]]] = {
    "status": _status,
    "drop_before": _Broken.hang_up,
    "drop_after": _drop_after,
    "reset": _reset,
    "refuse": _refuse,
    "silence": _silence,
    "delay": _delay,
    "slow": _slow,
    "cut": _cut,
    "torn": _torn,
    "garbage": _garbage,
    "rows": _rows,
    "page": _page,
    "bomb": _bomb,
    "endless": _endless,
    "file": _file,
}
