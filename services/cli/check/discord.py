"""Checks of Discord over REST: the bot's identity, and how many connections are left."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from services.cli.check.findings import Area
from services.cli.terminal import plain
from services.common.json_reading import Layer, mapping, parse, whole
from services.common.net import NO_ANSWER, NO_TLS, tls_trouble
from services.kling import read_bounded
from services.settings import Secret, Settings

TIMEOUT = aiohttp.ClientTimeout(total=15)

USER_AGENT = "DiscordBot (https://discord.com, 0.1)"
"""In the format that Discord requires (API reference, user agent)."""

_FEW_STARTS = 50
"""Remaining identifies of which the check warns, of 1,000 a day.

Discord resets the token of a bot that uses all.
"""


async def check_discord(area: Area, settings: Settings) -> None:
    """Check the token with Discord; do nothing without a token."""
    if settings.discord_token is None:
        return
    async with make_session(settings.discord_token) as session:
        try:
            status, me = await asked(session, f"{settings.discord_api_url}/users/@me")
        except NO_ANSWER as error:
            area.bad("Discord", *_no_answer(error, settings.discord_api_url))
            return
        _judge(area, status, me, urlsplit(settings.discord_api_url).hostname or "Discord")
        if status == HTTPStatus.OK:
            await _check_starts(area, session, settings.discord_api_url)


def _no_answer(error: Exception, url: str) -> tuple[str, str]:
    """Return the problem with a connection, and its remedy."""
    if isinstance(error, NO_TLS):
        return "no secure connection", tls_trouble(error, urlsplit(url).hostname or url)
    found = f"no answer from {url} ({type(error).__name__})"
    return found, "check the network, a firewall, and DISCORD_API_URL if you use a proxy"


def make_session(token: Secret) -> aiohttp.ClientSession:
    """Return a session for Discord's REST API as the bot; the caller closes it."""
    headers = {"Authorization": f"Bot {token.reveal()}", "User-Agent": USER_AGENT}
    return aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)


async def asked(session: aiohttp.ClientSession, url: str) -> tuple[int, Layer]:
    """Send one request; return HTTP status and JSON object. Raises an error of NO_ANSWER."""
    async with session.get(url, allow_redirects=False) as answer:
        return answer.status, mapping(parse(await read_bounded(answer)))


CLOUDFLARE_BLOCKS = 40333
"""Discord's code for a request that its own firewall blocked."""


def _is_foreign(answer: Layer) -> bool:
    """Return whether a response is not Discord's; Discord's has an id, or a code and a message."""
    is_own = "id" in answer or {"code", "message"} <= answer.keys()
    return answer.get("code") == CLOUDFLARE_BLOCKS or not is_own


def _judge(area: Area, status: int, me: Layer, host: str) -> None:
    if status == HTTPStatus.OK and me.get("id"):
        name, bot_id = plain(str(me.get("username"))), plain(str(me["id"]))
        area.ok("Discord", f"accepts the token of {name} ({bot_id})")
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        area.warn(
            "Discord", "limits requests from this address for now (HTTP 429)", "try again later"
        )
    elif _is_foreign(me):
        area.bad(
            "Discord",
            f"blocked on the way to {host}: HTTP {status}, which is not Discord's response",
            "check this computer's network and proxy, and DISCORD_API_URL if you use one",
        )
    elif status == HTTPStatus.UNAUTHORIZED:
        area.bad(
            "Discord",
            "does not accept the token",
            "make a new one: Developer Portal, page Bot, Reset Token",
        )
    else:
        area.bad(
            "Discord",
            f"answers HTTP {status}, which is not Discord's response",
            "see status.discord.com, and DISCORD_API_URL if you use a proxy",
        )


async def _check_starts(area: Area, session: aiohttp.ClientSession, api_url: str) -> None:
    try:
        _, found = await asked(session, f"{api_url}/gateway/bot")
    except NO_ANSWER:
        return
    limit = mapping(found.get("session_start_limit"))
    left, total = whole(limit.get("remaining")), whole(limit.get("total"))
    if left is None or total is None:
        return
    words = f"{left} of {total} connections left today"
    if left < min(_FEW_STARTS, total):
        area.warn("connections", words, "find out what restarts the bot so often")
    else:
        area.ok("connections", words)
