"""Login and gateway connection, with recovery from errors that discord.py does not survive."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import discord
from discord.asset import Asset
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from yarl import URL

from cogs.client.bot import RepaintBot
from cogs.ui import ODD_ANSWER, is_blocked
from services.common.clock import Clock
from services.common.durations import HOUR_S
from services.common.hosts import is_loopback
from services.common.net import NO_ANSWER, NO_TLS, tls_trouble
from services.errors import ConfigError
from services.settings import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)

WAITS_S = (5.0, 15.0, 60.0, 300.0)
"""Waits before the gateway is connected again, in seconds; the last one repeats.

Discord allows 1,000 identifies a day and resets the token after that.
"""

STEADY_S = 600.0
"""After a connection that lasted longer than this, the waits restart from the shortest."""

IDENTIFIES_AN_HOUR = 40
"""960 a day, of the 1,000 that Discord allows."""

RESERVE = 10
"""Identifies per day that the bot leaves unused, so that an operator who repairs the bot has some
left."""

HANG_UP_S = 5.0

ODD = (AttributeError, LookupError, TypeError, ValueError, RuntimeError, zlib.error)
"""Errors that discord.py raises for a payload of an unexpected shape."""

TOKEN_REFUSED, INTENTS_REFUSED = 4004, 4014
FOR_GOOD = {
    4010: "the shard number is not valid",
    4011: "the bot is in too many servers for this number of shards; set SHARD_COUNT=auto",
    4012: "Discord no longer supports this version of the gateway; update the bot",
    INTENTS_REFUSED: "Discord does not allow the intents that the bot requests",
}
"""Close codes after which reconnecting cannot succeed (Discord, gateway close codes)."""


class IdentifiesSpent(discord.DiscordException):
    """Raised when the identify budget is used up for now."""

    def __init__(self, wait_s: float) -> None:
        """Store the seconds until the next identify is allowed."""
        super().__init__()
        self.wait_s = wait_s


class IdentifyBudget:
    """Counts every identify, also those that discord.py sends after an op 9 (invalid session)."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=IDENTIFIES_AN_HOUR)

    async def spend(self, *, first: bool) -> None:
        """Use one identify. Wait 5 s unless it is the first one.

        Raises:
            IdentifiesSpent: 40 identifies were sent in the last hour.
        """
        now = self._clock.now()
        if len(self._taken) == IDENTIFIES_AN_HOUR and now < self._taken[0] + HOUR_S:
            raise IdentifiesSpent(self._taken[0] + HOUR_S - now)
        if not first:
            await self._clock.sleep(WAITS_S[0])
        self._taken.append(self._clock.now())


async def login(bot: RepaintBot, settings: Settings, *, clock: Clock) -> None:
    """Set the API addresses of the settings, log in (see `log_in`) and find the gateway."""
    assert settings.discord_token is not None
    set_api_urls(settings.discord_api_url, settings.discord_gateway_url)
    await log_in(bot, settings.discord_token.reveal(), clock=clock)
    if settings.discord_api_url and not settings.discord_gateway_url:
        await find_gateway(bot)


async def log_in(bot: RepaintBot, token: str, *, clock: Clock) -> None:
    """Log in and register the commands; retry while Discord does not answer.

    Raises LoginFailure if the token is bad. If Discord refuses the commands, this is logged as an
    error and the commands registered earlier go on working.
    """
    await retry_until_up(partial(bot.login, token), clock=clock, passing=(*NO_ANSWER, *ODD_ANSWER))
    try:
        await retry_until_up(bot.register, clock=clock)
    except discord.HTTPException as error:
        log.error("Discord refuses the commands: HTTP %s, code %s", error.status, error.code)  # noqa: TRY400  the trace would add nothing
    except ODD_ANSWER:
        log.exception("the commands may not be registered: Discord's response cannot be parsed")


async def retry_until_up(
    call: Callable[[], Awaitable[T]],
    *,
    clock: Clock,
    passing: tuple[type[Exception], ...] = NO_ANSWER,
) -> T:
    """Repeat a call while Discord does not answer or reports an error on its own side."""
    for failures in itertools.count():
        try:
            return await call()
        except (discord.DiscordException, *passing) as error:
            if isinstance(error, discord.DiscordException) and not _passes(error):
                raise
            log.warning("Discord cannot be reached: %s", _why(error))
            await clock.sleep(_wait_s(failures))
    raise AssertionError


def _passes(error: discord.DiscordException) -> bool:
    """Return whether a failed call may succeed later.

    A response that does not come from Discord itself (a proxy, a block page) counts as temporary.
    """
    refusal = error.__cause__ if isinstance(error, discord.LoginFailure) else error
    if isinstance(refusal, discord.HTTPException) and is_blocked(refusal):
        return True
    return isinstance(error, discord.DiscordServerError | discord.RateLimited)


def _why(error: Exception) -> str:
    """Describe the error, and the remedy if only an operator can apply it."""
    if isinstance(error, NO_TLS):
        return tls_trouble(error, URL(Route.BASE).host or "")
    refusal = error.__cause__ if isinstance(error, discord.LoginFailure) else error
    if isinstance(refusal, discord.HTTPException) and is_blocked(refusal):
        return f"blocked on the way to {URL(Route.BASE).host}, HTTP {refusal.status}"
    return type(error).__name__


async def run_gateway(bot: RepaintBot, *, clock: Clock) -> None:
    """Keep the gateway connected while the bot is open.

    discord.py reconnects by itself, but gives up if its first connection fails
    (Rapptz/discord.py#10520, an AttributeError) and after unexpected payloads. Raises ConfigError
    if Discord refuses this bot permanently.
    """
    identifies = IdentifyBudget(clock=clock)
    bot.before_identify = identifies.spend
    failures = 0
    while not bot.is_closed():
        await clock.sleep(await _discord_asks_for(bot))
        began = clock.now()
        try:
            await bot.connect()
        except IdentifiesSpent as spent:
            log.warning("too many identifies: the next identify in %.0f s", spent.wait_s)
            await close_socket()
            await clock.sleep(spent.wait_s)
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            raise_if_fatal(error, closed=bot.is_closed())
            failures = 0 if clock.now() - began > STEADY_S else failures
            log.warning("the gateway connection was lost: %s", type(error).__name__)
            await close_socket()
            await clock.sleep(_wait_s(failures))
            failures += 1


async def _discord_asks_for(bot: RepaintBot) -> float:
    """Return the seconds that Discord asks the bot to wait before the next identify.

    Discord counts identifies across restarts too.
    """
    try:
        _, _, limit = await bot.http.get_bot_gateway()
        left, wait_s = int(limit["remaining"]), int(limit["reset_after"]) / 1000
    except (discord.DiscordException, *ODD, *NO_ANSWER):
        return 0.0
    if left > RESERVE:
        return 0.0
    log.error("Discord allows %d more identifies today; waiting %.0f s", left, wait_s)
    return wait_s


def raise_if_fatal(error: BaseException, *, closed: bool) -> None:
    """Return if the error is temporary; raise LoginFailure or ConfigError if it is permanent.

    `closed`: discord.py has closed the client because of the error, or would have.
    """
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.PrivilegedIntentsRequired):
        code = INTENTS_REFUSED
    if code == TOKEN_REFUSED:
        raise discord.LoginFailure from error
    if closed or code == INTENTS_REFUSED:
        reason = FOR_GOOD.get(code or 0, "unknown reason")
        raise ConfigError(
            [f"DISCORD_TOKEN: Discord closed the gateway connection for good, {code}: {reason}"]
        ) from error


def _any(_socket: DiscordWebSocket) -> bool:
    return True


async def close_socket(
    mine: Callable[[DiscordWebSocket], bool] = _any, *, code: int = 1000
) -> None:
    """Close the connections fully; otherwise their threads would go on sending heartbeats.

    If a connection failed before discord.py stored it, only its heartbeat thread still refers to
    it. Close code 1000 ends the session; other codes leave it resumable.
    """
    beating = [each for each in threading.enumerate() if isinstance(each, KeepAliveHandler)]
    for thread in beating:
        if not mine(thread.ws):
            continue
        thread.stop()
        try:
            async with asyncio.timeout(HANG_UP_S):
                await thread.ws.close(code=code)
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            log.info("the old connection was not closed: %s", type(error).__name__)


async def find_gateway(bot: RepaintBot) -> None:
    """Ask a proxy of Discord's API for its gateway address; if it gives none, keep the default."""
    try:
        _, url, _ = await bot.http.get_bot_gateway()
    except (discord.DiscordException, *NO_ANSWER, *ODD_ANSWER) as error:
        log.warning("the proxy returned no gateway address: %s", type(error).__name__)
    else:
        set_api_urls(None, url.partition("?")[0])


def _wait_s(failures: int) -> float:
    return WAITS_S[min(failures, len(WAITS_S) - 1)]


def set_api_urls(api_url: str | None, gateway_url: str | None) -> None:
    """Direct discord.py to a proxy in front of Discord; None leaves an address unchanged.

    A plain Client does not ask for the gateway address, so both are set (discord.py 2.7).
    """
    if api_url is not None:
        Route.BASE = api_url
        origin = URL(api_url).origin()
        if is_loopback(origin.host or ""):  # the sandbox also serves avatars, a proxy does not
            setattr(Asset, "BASE", str(origin))  # noqa: B010  annotated as a literal
    if gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
