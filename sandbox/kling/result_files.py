"""Finished images, served under signed URLs until they expire (section 10)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from aiohttp import web
from yarl import URL

from sandbox.clock import Clock

DAY = 86_400.0
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class Results:
    """Finished images in memory; a URL is valid until its expiry."""

    def __init__(
        self,
        *,
        clock: Clock,
        days: float,
        headers: Mapping[str, str] | None = None,
        signs_bytes: bool = False,
    ) -> None:
        self._clock = clock
        self._lifetime = days * DAY
        self._secret = secrets.token_bytes(32)
        self._pictures: dict[str, bytes] = {}
        self._headers, self._signs_bytes = headers, signs_bytes
        self._leads: dict[str, str] = {}
        """Redirects: raw path -> the URL it leads to."""
        self.downloads = 0

    def keep(self, name: str, *, content: bytes, origin: str) -> str:
        """Store `content` as `name` and return its signed URL below `origin`."""
        self._pictures[name] = content
        expires = str(int(self._clock.now() + self._lifetime))
        query = {"expires": expires, "signature": self._sign(name, expires=expires)}
        address = str(URL(origin) / "results" / name % query)
        return self._written_out(name, address) if self._signs_bytes else address

    def _written_out(self, name: str, address: str) -> str:
        """Return a URL that redirects twice to `address`, if requested byte for byte as written."""
        first = f"/results/it%27s%7E%21/{name}?x-oss-process=image%2Fresize%2Cw_1440&sign=%2B'()"
        then = f"/results/it's%7e/{name}?x-oss-process=image%2Fauto&sign=%2b!"
        self._leads[first], self._leads[then] = then, address
        return f"{URL(address).origin()}{first}"

    def _sign(self, name: str, *, expires: str) -> str:
        return hmac.new(self._secret, f"{name}.{expires}".encode(), hashlib.sha256).hexdigest()[:32]

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a download: 403 if unsigned, expired or sent with a key, otherwise the image.

        Result hosts are not the API's: a key sent to them would be disclosed, so it is refused.
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
        body = self._pictures[name]
        return web.Response(body=body, content_type=kind, headers=self._headers)

    async def lead_on(self, request: web.Request) -> web.Response:
        """Redirect to the next URL; 403 if a byte of the path was changed."""
        if request.raw_path not in self._leads:
            raise web.HTTPForbidden(text="the address is not the one that was signed")
        return web.Response(status=302, headers={"Location": self._leads[request.raw_path]})
