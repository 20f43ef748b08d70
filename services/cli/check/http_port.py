"""Checks of the bot's HTTP port: whether the bot runs, and whether calls from outside reach it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from services.cli.check.findings import Area
from services.common.hosts import is_loopback
from services.common.json_reading import Layer, mapping, parse
from services.common.net import NO_ANSWER
from services.kling import is_official, read_bounded
from services.settings import Settings
from services.web import PATH

TIMEOUT = aiohttp.ClientTimeout(total=10)

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- read, not bound
"""Addresses that mean all interfaces, and the address at which those are tested."""


async def check_port(settings: Settings) -> Area:
    """Request /healthz on this computer, and the callback path through PUBLIC_URL from outside.

    Does nothing without a port.
    """
    area = Area("HTTP port")
    if not settings.http_port:
        return area
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        runs = await _check_health(area, session, settings)
        if settings.public_url is not None:
            await _check_callbacks(area, session, settings, settings.public_url, runs=runs)
    return area


async def _check_health(area: Area, session: aiohttp.ClientSession, settings: Settings) -> bool:
    host = _ANY.get(settings.http_host, settings.http_host)
    place = f"[{host}]" if ":" in host else host
    found = await _asked(session, f"http://{place}:{settings.http_port}/healthz")
    if found is None:
        area.open("bot", f"does not run here now (no answer on port {settings.http_port})")
        return False
    status, facts = found
    if "working" not in facts:
        area.bad(
            "bot", f"another program uses port {settings.http_port}", "choose another HTTP_PORT"
        )
        return False
    if status == HTTPStatus.OK:
        area.ok("bot", "runs and works")
    else:
        wrong = [name for name in ("gateway_connected", "database") if not facts.get(name)]
        area.warn(
            "bot", f"runs, but does not work: {', '.join(wrong) or 'it hangs'}", "read its log"
        )
    return True


async def _check_callbacks(
    area: Area, session: aiohttp.ClientSession, settings: Settings, public: str, *, runs: bool
) -> None:
    host = urlsplit(public).hostname or ""
    if settings.kling_webhook_secret is not None and not is_official(settings.kling_base_url):
        area.warn(
            "signatures",
            "KLING_WEBHOOK_SECRET refuses every call that is not signed with it, and behind a"
            " gateway Kling signs with the gateway's",
            "leave it empty unless Kling itself calls",
        )
    provider = urlsplit(settings.kling_base_url).hostname or ""
    if is_loopback(host) and not is_loopback(provider):
        area.warn(
            "callbacks",
            f"{provider} cannot reach {host}",
            "set PUBLIC_URL to an address that the provider can reach",
        )
        return
    found = await _asked(session, f"{public}{PATH}/job/token")
    if found is not None and found[0] == HTTPStatus.METHOD_NOT_ALLOWED:  # calls are POSTs
        area.ok("callbacks", f"calls to {public} reach the bot")
    elif runs:
        status = "no answer" if found is None else f"HTTP {found[0]}"
        area.warn(
            "callbacks",
            f"calls to {public} do not reach the bot ({status})",
            f"make the proxy forward {PATH}/ to port {settings.http_port}; until then the"
            " bot polls",
        )
    else:
        area.open("callbacks", f"should arrive at {public}; check again while the bot runs")


async def _asked(session: aiohttp.ClientSession, url: str) -> tuple[int, Layer] | None:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return answer.status, mapping(parse(await read_bounded(answer)))
    except NO_ANSWER:
        return None
