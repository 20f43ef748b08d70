"""Responses of proxies and firewalls in the provider's place, and their effect on a submission."""

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
"""Ours: for an hour (CAREFUL_FOR_S) after a block, each submission holds back its last byte for two
seconds. Most proxies and firewalls refuse before they have received everything, and an incomplete
submission was not accepted."""

_NO_SUCH_PATH = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
"""HTTP statuses that do not count as a block: a gateway may lack a query path."""


class Blocks:
    """Remembers when a proxy or firewall last answered in the provider's place."""

    def __init__(self, provider: str, clock: Clock) -> None:
        self._provider, self._clock = provider, clock
        self._met_at = float("-inf")

    @property
    def hold(self) -> Callable[[], Awaitable[None]] | None:
        """Waits before the last byte of a submission; None if nothing blocked within an hour."""
        return self._hold if self._clock.now() - self._met_at < CAREFUL_FOR_S else None

    async def _hold(self) -> None:
        await self._clock.sleep(HOLD_S)

    def record(self, answer: ErrorResponse, *, submitted: bool) -> None:
        """Record a response; the provider's own response to a submission ends the waits."""
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
    """Return whether a proxy or firewall wrote an error's text, and not the provider."""
    return error.code in (BLOCKED, TLS) or isinstance(error, KlingTooLarge)


def tells_at_once(error: KlingError) -> bool:
    """Return whether only the operators can remove what blocked a submission."""
    return error.code in (BLOCKED, TLS)


def may_be_accepted(error: KlingError) -> bool:
    """Return whether a complete submission may have been accepted in spite of this error.

    Only the provider's own refusal, in its own format, says that it was not; or a proxy that
    refuses the body as too large, since it has not forwarded it.
    """
    is_refusal = error.in_envelope or error.http_status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return isinstance(error, SubmitUncertain) or not is_refusal


async def read_refusable(response: aiohttp.ClientResponse, body: Body | None) -> bytes:
    """Read a response; if it came before the submission was complete, stop sending that."""
    raw = await read_bounded(response)
    if body is not None and not body.sent:
        response.close()
    return raw


def no_answer(body: Body | None, trouble: Exception, *, host: str) -> Exception:
    """Return the error for a missing response: SubmitUncertain if the whole body may have arrived.

    Otherwise KlingUnreachable. An error on our own side is returned unchanged.
    """
    if body is not None and body.trouble is not None:
        return body.trouble
    is_whole = body is not None and body.sent
    if isinstance(trouble, NO_TLS) and not is_whole:
        return KlingUnreachable(tls_trouble(trouble, host), code=TLS)
    kind = SubmitUncertain if is_whole else KlingUnreachable
    return kind(type(trouble).__name__)
