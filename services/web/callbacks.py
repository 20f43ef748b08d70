"""Kling's callbacks: each one only triggers an immediate poll of its task.

Kling guarantees neither delivery, order nor number of calls (Kling, callbacks page), and behind a
gateway their signatures cannot be verified. So no content of a call is trusted: the job is polled
as usual, and polling continues as if there were no callbacks.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from services.common.clock import Clock
from services.common.json_reading import parse
from services.common.logging import job_context
from services.db import Jobs
from services.errors import StoreUnavailable
from services.kling import Endpoint, read_task
from services.web.callback_urls import CallbackAddresses

# Standard Webhooks signatures. Kling signs once the operator has created a secret there.
#
# The secret belongs to one account. Behind a gateway the calls come from Kling on the gateway's
# account, signed with the gateway's secret or not at all. They cannot be verified there, and
# KLING_WEBHOOK_SECRET must stay unset (the token in each URL remains).

SKEW_S = 300.0
"""Maximum seconds between a call's time stamp and our clock (Kling, callbacks page: 5 minutes)."""

REMEMBERED = 4096
"""Number of call ids remembered; a call older than SKEW_S is refused anyway."""

_PREFIX = "whsec_"
_VERSION = "v1"


class Signatures:
    """Verifies the signatures of calls, and detects repeated calls."""

    def __init__(self, secret: str, *, clock: Clock) -> None:
        """`secret`: the secret as in Kling's console, whsec_ and base64."""
        self._key = base64.b64decode(secret.removeprefix(_PREFIX))
        self._clock = clock
        self._seen: OrderedDict[str, None] = OrderedDict()

    def vouch_for(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether one of the call's signatures is valid and its time stamp recent."""
        message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not message_id or not re.fullmatch(r"[0-9]{1,12}", stamp):
            return False
        if abs(self._clock.now() - int(stamp)) > SKEW_S:
            return False
        signed = f"{message_id}.{stamp}.".encode(errors="replace") + body
        right = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256))
        # While a secret is replaced, the old and the new one are valid for a week: both sign.
        given = [each.partition(",") for each in headers.get("webhook-signature", "").split()]
        return any(
            hmac.compare_digest(right, value.encode(errors="replace"))
            for version, _, value in given
            if version == _VERSION
        )

    def has_seen(self, headers: Mapping[str, str]) -> bool:
        """Return whether a call with this id was accepted before."""
        return headers.get("webhook-id", "") in self._seen

    def remember(self, headers: Mapping[str, str]) -> None:
        """Remember the id of an accepted call; the oldest ids are dropped."""
        self._seen[headers.get("webhook-id", "")] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


log = logging.getLogger(__name__)

EVERY_S = 1.0
"""Seconds in which a job is made due at most once, however many calls come.

The job is made due one more time if a call reports the end of the task and the earlier ones did
not.
"""

READ_S = 10.0
"""Seconds for reading a body of up to 64 KiB; a slower client is not Kling."""

_REMEMBERED = 10_000


class Callbacks:
    """Accepts calls and makes their jobs due, so that the engine polls them."""

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
        """With `signatures`, an unsigned call is refused."""
        self.addresses = addresses
        self._jobs, self._wake, self._clock = jobs, wake, clock
        self._signatures, self._read_s = signatures, read_s
        self._due_at: OrderedDict[tuple[str, bool], float] = OrderedDict()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a call: 204 accepted, 401 not signed, 404 unknown URL, 503 no database."""
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
        """Make the job due now, or EVERY_S after it was last made due, whichever is later.

        Further calls until then have no effect.
        """
        word, is_over = _said(body)
        now, due_at = self._clock.now(), self._due_at.get((job_id, is_over), 0.0)
        if now < due_at <= now + EVERY_S:  # a later due time means that the clock was set back
            return
        due_at = min(max(now, due_at + EVERY_S), now + EVERY_S)
        self._note((job_id, is_over), due_at)
        log.info("job %s: callback received, status %.40r", job_id, word)
        try:
            if await self._jobs.make_due(job_id, now=due_at):
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
    """Return the status word in a body of the old or new format, and whether it is final."""
    task = read_task(parse(body), endpoint=Endpoint.GENERATIONS)
    return ("", False) if task is None else (task.word, task.status.is_terminal)
