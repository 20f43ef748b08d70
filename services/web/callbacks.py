"""Kling's callbacks: each is a hint to look at the Task now, and nothing else.

Delivery, order and number of calls are promised by nobody (Kling, callbacks page), and behind a
gateway their signatures can not be verified. So nothing in a body is believed: the Job is looked at
in the usual way, and polling goes on as if there were no callbacks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from services.clock import Clock
from services.errors import StoreUnavailable
from services.kling.answers import task_of
from services.kling.painting import Endpoint
from services.kling.shapes import parse
from services.logs import job_context
from services.store.jobs import Jobs
from services.web.addresses import CallbackAddresses
from services.web.signatures import Signatures

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""A Job is made due at most once in this time, however often it is called for; once more where a
call says that it is over, and those before did not."""

READ_S = 10.0
"""A body of 64 KiB that takes longer comes from nobody we wait for."""

_REMEMBERED = 10_000


class Callbacks:
    """Take calls and make their Jobs due."""

    def __init__(
        self,
        addresses: CallbackAddresses,
        *,
        jobs: Jobs,
        wake: Callable[[], None],
        clock: Clock,
        signatures: Signatures | None = None,
        read_s: float = READ_S,
    ) -> None:
        """Take the partners; with `signatures` an unsigned call is refused."""
        self.addresses = addresses
        self._jobs, self._wake, self._clock = jobs, wake, clock
        self._signatures, self._read_s = signatures, read_s
        self._due_at: OrderedDict[tuple[str, bool], float] = OrderedDict()

    async def take(self, request: web.Request) -> web.Response:
        """Answer a call: 204 taken, 401 not signed, 404 no address of ours, 503 no database."""
        job_id, token = request.match_info["job_id"], request.match_info["token"]
        if not self.addresses.is_ours(job_id, token):
            raise web.HTTPNotFound
        with job_context(job_id):
            return await self._take(request, job_id)

    async def _take(self, request: web.Request, job_id: str) -> web.Response:
        body = await self._read(request)
        signatures = self._signatures
        if signatures is not None and not signatures.vouch_for(request.headers, body):
            log.warning("job %s: a callback without a valid signature was refused", job_id)
            raise web.HTTPUnauthorized
        if signatures is not None and signatures.has_seen(request.headers):
            return web.Response(status=HTTPStatus.NO_CONTENT)
        await self._hurry(job_id, body)
        if signatures is not None:
            signatures.remember(request.headers)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _read(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self._read_s):
                return await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except web.RequestPayloadError:
            raise web.HTTPBadRequest from None

    async def _hurry(self, job_id: str, body: bytes) -> None:
        """Make the Job due now, or a second after the last time; the calls between do nothing."""
        word, is_over = _said(body)
        now, due_at = self._clock.now(), self._due_at.get((job_id, is_over), 0.0)
        if now < due_at <= now + EVERY_S:  # beyond that the clock was set back
            return
        due_at = min(max(now, due_at + EVERY_S), now + EVERY_S)
        self._note((job_id, is_over), due_at)
        log.info("job %s: called back, %.40r", job_id, word)
        try:
            if await self._jobs.hurry(job_id, now=due_at):
                self._wake()
            elif await self._jobs.get(job_id) is None:
                raise web.HTTPNotFound
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None

    def _note(self, what: tuple[str, bool], due_at: float) -> None:
        self._due_at[what] = due_at
        self._due_at.move_to_end(what)
        while len(self._due_at) > _REMEMBERED:
            self._due_at.popitem(last=False)


def _said(body: bytes) -> tuple[str, bool]:
    """Return the status word of an old or a new body, and whether it tells of the end."""
    task = task_of(parse(body), endpoint=Endpoint.GENERATIONS)
    return ("", False) if task is None else (task.word, task.status.is_terminal)
