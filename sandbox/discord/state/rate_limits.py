"""Rate limits as observed at Discord: buckets by route and major parameter.

Without `--rate-limits` the same headers are sent with limits that are never reached, so that a
client's own pacing does not slow down a test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.core.json_types import encode

GLOBAL_LIMIT = 50
GENEROUS = 1000
WRITES = {"POST", "PATCH", "DELETE"}


@dataclass(slots=True)
class Window:
    """A bucket's count since `since`; at most `limit` within `seconds`."""

    limit: int
    seconds: float
    since: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Count a request at `now`; return False if it exceeds the limit."""
        if now >= self.since + self.seconds:
            self.since, self.used = now, 0
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float, *, bucket: str) -> dict[str, str]:
        """Return the X-RateLimit headers after a request at `now`."""
        ends = self.since + self.seconds
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{ends:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, ends - now):.3f}",
            "X-RateLimit-Bucket": bucket,
        }


class RateLimits:
    """Windows by bucket; if `is_strict`, requests above a limit get real 429s."""

    def __init__(self, *, clock: Clock, is_strict: bool) -> None:
        self.clock = clock
        self.is_strict = is_strict
        self._windows: dict[tuple[str, str], Window] = {}
        self._global = Window(GLOBAL_LIMIT, 1.0)

    def take(self, request: web.Request, *, route: str) -> tuple[Mapping[str, str], bool]:
        """Count a request; return its headers and whether it is within the limit."""
        limited = _find_limit(route, request=request)
        if limited is None:
            return {}, True
        major, limit, seconds = limited
        bucket = hashlib.md5(route.encode(), usedforsecurity=False).hexdigest()
        key = (bucket, major)
        if key not in self._windows:
            scaled = limit if self.is_strict else limit * GENEROUS
            self._windows[key] = Window(scaled, seconds)
        now = self.clock.now()
        passes = self._windows[key].take(now)
        return self._windows[key].headers(now, bucket=bucket), passes

    def takes_global(self) -> bool:
        """Count a request of the bot's token against 50 per second; False if it exceeds them."""
        return not self.is_strict or self._global.take(self.clock.now())


def too_many(headers: Mapping[str, str], *, is_global: bool) -> web.Response:
    """Return Discord's 429; without a Via header discord.py treats it as a ban by Cloudflare."""
    wait = 1.0 if is_global else float(headers["X-RateLimit-Reset-After"])
    body = {"message": "You are being rate limited.", "retry_after": wait, "global": is_global}
    extra = {"Via": "1.1 sandbox", "Retry-After": f"{wait:.3f}", "Content-Type": "application/json"}
    extra["X-RateLimit-Scope"] = "global" if is_global else "user"
    if is_global:
        extra["X-RateLimit-Global"] = "true"
    return web.Response(status=429, body=encode(body).encode(), headers={**headers, **extra})


def _find_limit(route: str, *, request: web.Request) -> tuple[str, int, float] | None:
    """Return major parameter, limit and seconds of a route; None if it has no limit."""
    match = request.match_info
    if " /api/v10/channels/{channel}" in route:
        limit, seconds = (5, 5.0) if request.method in WRITES else (50, 1.0)
        return match["channel"], limit, seconds
    if " /api/v10/webhooks/{application}/{token}" in route:
        return match["token"], 5, 2.0
    return None
