"""Kling's callbacks: each is a hint to look at the Task now, and nothing else.

Delivery, order and number of calls are promised by nobody (Kling, callbacks page), and behind a
gateway their signatures can not be verified. So nothing in a body is believed: the Job is looked at
in the usual way, and polling goes on as if there were no callbacks.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from services.clock import Clock
from services.errors import StoreUnavailable
from services.ids import is_job_id
from services.kling.answers import task_of
from services.kling.painting import Endpoint
from services.kling.shapes import parse
from services.logs import job_context
from services.store.jobs import Jobs
from services.store.notes import Notes
from services.web.signatures import Signatures

log = logging.getLogger(__name__)

PATH = "/kling/callback"

EVERY_S = 1.0
"""A Job is made due at most once in this time, however often it is called for."""

READ_S = 10.0
"""A body of 64 KiB that takes longer comes from nobody we wait for."""

_REMEMBERED = 10_000
_SECRET_NOTE = "callback_secret"  # noqa: S105 -- the note's name
_SECRET_BYTES = 32


class CallbackAddresses:
    """One address a Job, with a token that nobody can guess and nothing has to keep."""

    def __init__(self, public_url: str, *, secret: bytes) -> None:
        """Take where Kling reaches our port, and the secret that tokens are made with."""
        self._base, self._secret = public_url.rstrip("/"), secret

    @classmethod
    async def load(cls, public_url: str, *, notes: Notes) -> Self:
        """Take the secret from the notes, made there once: old addresses outlive a restart."""
        kept = await notes.get(_SECRET_NOTE)
        if kept is None:
            kept = secrets.token_hex(_SECRET_BYTES)
            await notes.put(_SECRET_NOTE, kept)
        return cls(public_url, secret=bytes.fromhex(kept))

    @property
    def paths(self) -> Sequence[str]:
        """Where calls arrive: a proxy may take PUBLIC_URL's own path off, or leave it on."""
        return tuple(dict.fromkeys((PATH, urlsplit(self._base).path + PATH)))

    def url_of(self, job_id: str) -> str:
        """Return the callback_url that a Job's submission carries."""
        return f"{self._base}{PATH}/{job_id}/{self._token(job_id)}"

    def is_ours(self, job_id: str, token: str) -> bool:
        """Tell, in constant time, whether we made this address."""
        right = self._token(job_id) if is_job_id(job_id) else ""
        return bool(right) and hmac.compare_digest(right.encode(), token.encode(errors="replace"))

    def _token(self, job_id: str) -> str:
        digest = hmac.digest(self._secret, job_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


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
        self._due_at: OrderedDict[str, float] = OrderedDict()

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
        now, due_at = self._clock.now(), self._due_at.get(job_id, 0.0)
        if now < due_at <= now + EVERY_S:  # beyond that the clock was set back
            return
        due_at = min(max(now, due_at + EVERY_S), now + EVERY_S)
        self._note(job_id, due_at)
        log.info("job %s: called back, %.40r", job_id, _word(body))
        try:
            if await self._jobs.hurry(job_id, now=due_at):
                self._wake()
            elif await self._jobs.get(job_id) is None:
                raise web.HTTPNotFound
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None

    def _note(self, job_id: str, due_at: float) -> None:
        self._due_at[job_id] = due_at
        self._due_at.move_to_end(job_id)
        while len(self._due_at) > _REMEMBERED:
            self._due_at.popitem(last=False)


def _word(body: bytes) -> str:
    """Return the status word of an old or a new body, for the log alone."""
    task = task_of(parse(body), endpoint=Endpoint.GENERATIONS)
    return task.word if task is not None else ""
