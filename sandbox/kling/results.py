"""Finished pictures, handed out under signed addresses until they expire (section 10)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp import web
from yarl import URL

from sandbox.clock import Clock

DAY = 86_400.0
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class Results:
    """Finished pictures in memory; an address is good until its expiry and not after."""

    def __init__(self, *, clock: Clock, days: float) -> None:
        self._clock = clock
        self._lifetime = days * DAY
        self._secret = secrets.token_bytes(32)
        self._pictures: dict[str, bytes] = {}
        self.downloads = 0

    def keep(self, name: str, *, content: bytes, origin: str) -> str:
        """Keep `content` as `name` and return its signed address below `origin`."""
        self._pictures[name] = content
        expires = str(int(self._clock.now() + self._lifetime))
        query = {"expires": expires, "signature": self._sign(name, expires=expires)}
        return str(URL(origin) / "results" / name % query)

    def _sign(self, name: str, *, expires: str) -> str:
        return hmac.new(self._secret, f"{name}.{expires}".encode(), hashlib.sha256).hexdigest()[:32]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a download: 403 unsigned, expired or with a key attached, else the picture.

        Result hosts are not the API's: a key sent there is a key given away, so it is refused.
        """
        name, query = request.match_info["name"], request.query
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if "Authorization" in request.headers:
            raise web.HTTPForbidden(text="this host takes no key")
        if not hmac.compare_digest(signature, self._sign(name, expires=expires)):
            raise web.HTTPForbidden(text="the address is not signed")
        if float(expires) <= self._clock.now():
            self._pictures.pop(name, None)
            raise web.HTTPForbidden(text="the address has expired")
        if name not in self._pictures:
            raise web.HTTPNotFound(text="no such picture")
        self.downloads += 1
        kind = CONTENT_TYPES[name.rpartition(".")[2]]
        return web.Response(body=self._pictures[name], content_type=kind)
