"""Staying connected: log in, hold the gateway, come back after what discord.py does not survive."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import discord
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from cogs.client import RepaintBot
from services.clock import Clock
from services.hosts import is_loopback
from services.network import NO_ANSWER

log = logging.getLogger(__name__)

WAITS_S = (5.0, 15.0, 60.0, 300.0)
"""Between connections: Discord allows 1,000 identifies a day, and resets the token over that."""

STEADY_S = 600.0
"""A connection that held this long was a good one: waits begin anew."""


async def log_in(bot: RepaintBot, token: str, *, clock: Clock) -> None:
    """Log in and register the commands, waiting for a Discord that does not answer.

    Raises LoginFailure for a bad token. Commands that Discord refuses are an error in the log: the
    ones registered before go on working.
    """
    await _insist(partial(bot.login, token), clock=clock)
    try:
        await _insist(bot.register, clock=clock)
    except discord.HTTPException as error:
        log.error("Discord refuses the commands: HTTP %s, code %s", error.status, error.code)  # noqa: TRY400  the trace would add nothing


async def _insist(call: Callable[[], Awaitable[None]], *, clock: Clock) -> None:
    """Repeat a call for as long as Discord does not answer or has trouble of its own."""
    failures = 0
    while True:
        try:
            await call()
        except (discord.DiscordServerError, discord.RateLimited, *NO_ANSWER) as error:
            log.warning("Discord can not be reached: %s", type(error).__name__)
            await clock.sleep(_wait_s(failures))
            failures += 1
        else:
            return


async def stay_connected(bot: RepaintBot, *, clock: Clock) -> None:
    """Hold the gateway until the bot is closed.

    discord.py reconnects by itself, but gives up when its first connection fails
    (Rapptz/discord.py#10520, an AttributeError) and after odd payloads.
    """
    failures = 0
    while not bot.is_closed():
        began = clock.now()
        try:
            await bot.connect()
        except discord.PrivilegedIntentsRequired:
            raise
        except (discord.DiscordException, AttributeError, *NO_ANSWER) as error:
            failures = 0 if clock.now() - began > STEADY_S else failures
            log.warning("the gateway was lost: %s", type(error).__name__)
            await clock.sleep(_wait_s(failures))
            failures += 1


async def find_gateway(bot: RepaintBot) -> None:
    """Ask a REST proxy which gateway belongs to it; one that does not say leaves the default."""
    try:
        _, url, _ = await bot.http.get_bot_gateway()
    except (discord.DiscordException, *NO_ANSWER) as error:
        log.warning("the proxy names no gateway: %s", type(error).__name__)
    else:
        point_at(None, url.partition("?")[0])


def _wait_s(failures: int) -> float:
    return WAITS_S[min(failures, len(WAITS_S) - 1)]


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Send discord.py to a proxy in front of Discord; None leaves it where it was.

    A plain Client asks nobody for the gateway's address, so both are set (discord.py 2.7).
    """
    if api_url is not None:
        Route.BASE = api_url
        origin = URL(api_url).origin()
        if is_loopback(origin.host or ""):  # the sandbox hands out avatars too, a proxy does not
            setattr(Asset, "BASE", str(origin))  # noqa: B010  annotated as a literal
    if gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
