"""What blocks the way to the provider, and what that means for a submission under way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import aiohttp

from services.common.clock import Clock
from services.common.net import NO_TLS, tls_trouble
from services.errors import KlingError, KlingTooLarge, KlingUnreachable, SubmitUncertain
from services.kling.connections import read_bounded
from services.kling.error_codes import BLOCKED, TLS
from services.kling.error_mapping import ErrorResponse
from services.kling.streaming_body import Body

log = logging.getLogger(__name__)

CAREFUL_FOR_S = 3600.0
HOLD_S = 2.0
"""Ours: for an hour after a block each submission holds its end back for two seconds. Most of what
blocks the way answers before it has everything, and what was not sent whole was not accepted."""

_NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
"""A question may not exist at a gateway; that blocks nothing."""


class Blocks:
    """Remembers when something on the way last answered in the provider's place."""

    def __init__(self, provider: str, clock: Clock) -> None:
        """Take the provider's name, for the log."""
        self._provider, self._clock = provider, clock
        self._met_at = float("-inf")

    @property
    def hold(self) -> Callable[[], Awaitable[None]] | None:
        """What the end of a submission waits for now; None where nothing was met of late."""
        return self._hold if self._clock.now() - self._met_at < CAREFUL_FOR_S else None

    async def _hold(self) -> None:
        await self._clock.sleep(HOLD_S)

    def note(self, answer: ErrorResponse, *, submitted: bool) -> None:
        """Look at an answer; the provider's own to a submission ends the care."""
        if answer.blocks:
            if self.hold is None:
                status = answer.http_status
                log.warning(
                    "blocked on the way to %s: HTTP %d, %s", self._provider, status, answer.page
                )
            self._met_at = self._clock.now()
        elif submitted and answer.is_providers:
            self._met_at = float("-inf")


def is_foreign(error: KlingError) -> bool:
    """Tell whether the error's words are not the provider's: something on the way spoke."""
    return error.code in (BLOCKED, TLS) or isinstance(error, KlingTooLarge)


def tells_at_once(error: KlingError) -> bool:
    """Tell whether only the operators can mend what a submission met on its way."""
    return error.code in (BLOCKED, TLS)


async def read_refusable(response: aiohttp.ClientResponse, body: Body | None) -> bytes:
    """Read an answer; of a submission that it came before the end of, nothing more is sent."""
    raw = await read_bounded(response)
    if body is not None and not body.sent:
        response.close()
    return raw


def no_answer(body: Body | None, trouble: Exception, *, host: str) -> Exception:
    """Return what a missing answer means, by how much of the body could have arrived."""
    if body is not None and body.trouble is not None:
        return body.trouble
    is_whole = body is not None and body.sent
    if isinstance(trouble, NO_TLS) and not is_whole:
        return KlingUnreachable(tls_trouble(trouble, host), code=TLS)
    kind = SubmitUncertain if is_whole else KlingUnreachable
    return kind(type(trouble).__name__)
