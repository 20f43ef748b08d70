"""Sends each status change to `callback_url` (section 9). Delivery is not guaranteed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import uuid
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from sandbox.clock import Clock
from sandbox.kling.contract import Json
from sandbox.kling.input_images import is_loopback

log = logging.getLogger(__name__)

SEND_SECONDS = 5.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - a format, not a secret


def signed_headers(body: bytes, *, secret: str, message_id: str, now: float) -> dict[str, str]:
    """Return the Standard Webhooks headers for `body`; `secret` is `whsec_` + base64."""
    instant = str(int(now))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{instant}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": instant,
        "webhook-signature": f"v1,{signature}",
    }


@dataclass(slots=True, kw_only=True)
class Callbacks:
    """Sends each callback once, to loopback addresses only; `secret` signs them."""

    session: aiohttp.ClientSession
    clock: Clock
    secret: str = ""
    sent: int = 0
    lost: int = 0
    _sending: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def send(self, url: str, *, content: Json) -> None:
        """Post `content` to `url` in the background; the order of callbacks is not guaranteed."""
        if url and is_loopback(URL(url)):
            sending = asyncio.create_task(self._send(url, json.dumps(content).encode()))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _send(self, url: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            message_id = f"msg_{uuid.uuid4().hex}"
            now = self.clock.now()
            headers |= signed_headers(body, secret=self.secret, message_id=message_id, now=now)
        timeout = aiohttp.ClientTimeout(total=SEND_SECONDS)
        try:
            async with self.session.post(
                url, data=body, headers=headers, timeout=timeout
            ) as answer:
                answer.raise_for_status()
            self.sent += 1
        except (aiohttp.ClientError, TimeoutError) as problem:
            self.lost += 1
            log.info("a callback was not taken: %s", type(problem).__name__)

    async def close(self) -> None:
        """Cancel callbacks that are still being sent."""
        for sending in self._sending:
            sending.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
