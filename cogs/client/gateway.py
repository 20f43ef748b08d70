"""Staying connected: log in, hold the gateway, come back after what discord.py does not survive."""

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
from cogs.ui.discord_errors import ODD_ANSWER, is_blocked
from services.common.clock import Clock
from services.common.durations import HOUR_S
from services.common.net import NO_ANSWER, NO_TLS, is_loopback, tls_trouble
from services.errors import ConfigError
from services.settings.loading import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)

WAITS_S = (5.0, 15.0, 60.0, 300.0)
"""Between connections: Discord allows 1,000 identifies a day, and resets the token over that."""

STEADY_S = 600.0
"""A connection that held this long was a good one: waits begin anew."""

IDENTIFIES_AN_HOUR = 40
"""960 a day, of the 1,000 that Discord allows."""

RESERVE = 10
"""Identifies of a day that are left alone: whoever mends the bot will need some."""

HANG_UP_S = 5.0

ODD = (AttributeError, LookupError, TypeError, ValueError, RuntimeError, zlib.error)
"""What discord.py raises over payloads that it does not expect."""

TOKEN_REFUSED, INTENTS_REFUSED = 4004, 4014
FOR_GOOD = {
    4010: "the shard is not a valid one",
    4011: "the bot is in too many servers for so few connections; set SHARD_COUNT=auto",
    4012: "this version of the gateway is no more; update the bot",
    INTENTS_REFUSED: "the bot may not have the intents that it asks for",
}
"""Close codes after which connecting again is of no use (Discord, gateway close codes)."""


class IdentifiesSpent(discord.DiscordException):
    """One more identify would be one too many for now."""

    def __init__(self, wait_s: float) -> None:
        """Take how long until the next one is free, in seconds."""
        super().__init__()
        self.wait_s = wait_s


class IdentifyBudget:
    """Counts identifies, wherever they come from: discord.py answers each op 9 with another."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=IDENTIFIES_AN_HOUR)

    async def take(self, *, first: bool) -> None:
        """Wait the few seconds that Discord wants between two, or raise IdentifiesSpent."""
        now = self._clock.now()
        if len(self._taken) == IDENTIFIES_AN_HOUR and now < self._taken[0] + HOUR_S:
            raise IdentifiesSpent(self._taken[0] + HOUR_S - now)
        if not first:
            await self._clock.sleep(WAITS_S[0])
        self._taken.append(self._clock.now())


async def login(bot: RepaintBot, settings: Settings, *, clock: Clock) -> None:
    """Log in where the settings lead to, as `log_in` does, and find the gateway."""
    assert settings.discord_token is not None
    set_api_urls(settings.discord_api_url, settings.discord_gateway_url)
    await log_in(bot, settings.discord_token.reveal(), clock=clock)
    if settings.discord_api_url and not settings.discord_gateway_url:
        await find_gateway(bot)


async def log_in(bot: RepaintBot, token: str, *, clock: Clock) -> None:
    """Log in and register the commands, waiting for a Discord that does not answer.

    Raises LoginFailure for a bad token. Commands that Discord refuses are an error in the log: the
    ones registered before go on working.
    """
    await retry_until_up(partial(bot.login, token), clock=clock, passing=(*NO_ANSWER, *ODD_ANSWER))
    try:
        await retry_until_up(bot.register, clock=clock)
    except discord.HTTPException as error:
        log.error("Discord refuses the commands: HTTP %s, code %s", error.status, error.code)  # noqa: TRY400  the trace would add nothing
    except ODD_ANSWER:
        log.exception("the commands may not be registered: odd answer")


async def retry_until_up(
    call: Callable[[], Awaitable[T]],
    *,
    clock: Clock,
    passing: tuple[type[Exception], ...] = NO_ANSWER,
) -> T:
    """Repeat a call for as long as Discord does not answer or has trouble of its own."""
    for failures in itertools.count():
        try:
            return await call()
        except (discord.DiscordException, *passing) as error:
            if isinstance(error, discord.DiscordException) and not _passes(error):
                raise
            log.warning("Discord can not be reached: %s", _why(error))
            await clock.sleep(_wait_s(failures))
    raise AssertionError


def _passes(error: discord.DiscordException) -> bool:
    """Tell whether a failed call may go well later: what is not Discord's word refuses nothing."""
    refusal = error.__cause__ if isinstance(error, discord.LoginFailure) else error
    if isinstance(refusal, discord.HTTPException) and is_blocked(refusal):
        return True
    return isinstance(error, discord.DiscordServerError | discord.RateLimited)


def _why(error: Exception) -> str:
    """Say what happened, and what mends it where only an operator can."""
    if isinstance(error, NO_TLS):
        return tls_trouble(error, URL(Route.BASE).host or "")
    refusal = error.__cause__ if isinstance(error, discord.LoginFailure) else error
    if isinstance(refusal, discord.HTTPException) and is_blocked(refusal):
        return f"blocked on the way to {URL(Route.BASE).host}, HTTP {refusal.status}"
    return type(error).__name__


async def run_gateway(bot: RepaintBot, *, clock: Clock) -> None:
    """Hold the gateway for as long as the bot is open.

    discord.py reconnects by itself, but gives up when its first connection fails
    (Rapptz/discord.py#10520, an AttributeError) and after odd payloads. Raises ConfigError when
    Discord will not have this bot at all.
    """
    identifies = IdentifyBudget(clock=clock)
    bot.before_identify = identifies.take
    failures = 0
    while not bot.is_closed():
        await clock.sleep(await _discord_asks_for(bot))
        began = clock.now()
        try:
            await bot.connect()
        except IdentifiesSpent as spent:
            log.warning("too many identifies: the next one in %.0f s", spent.wait_s)
            await close_socket()
            await clock.sleep(spent.wait_s)
        except (discord.DiscordException, *ODD, *NO_ANSWER) as error:
            raise_if_fatal(error, closed=bot.is_closed())
            failures = 0 if clock.now() - began > STEADY_S else failures
            log.warning("the gateway was lost: %s", type(error).__name__)
            await close_socket()
            await clock.sleep(_wait_s(failures))
            failures += 1


async def _discord_asks_for(bot: RepaintBot) -> float:
    """Return how long to keep quiet (seconds): Discord counts identifies over restarts too."""
    try:
        _, _, limit = await bot.http.get_bot_gateway()
        left, wait_s = int(limit["remaining"]), int(limit["reset_after"]) / 1000
    except (discord.DiscordException, *ODD, *NO_ANSWER):
        return 0.0
    if left > RESERVE:
        return 0.0
    log.error("Discord lets this bot identify %d times more today; waiting %.0f s", left, wait_s)
    return wait_s


def raise_if_fatal(error: BaseException, *, closed: bool) -> None:
    """Let pass what may pass; raise LoginFailure or ConfigError for what never will.

    `closed`: discord.py has closed the client for it, or would have.
    """
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.PrivilegedIntentsRequired):
        code = INTENTS_REFUSED
    if code == TOKEN_REFUSED:
        raise discord.LoginFailure from error
    if closed or code == INTENTS_REFUSED:
        reason = FOR_GOOD.get(code or 0, "no reason known")
        raise ConfigError(
            [f"DISCORD_TOKEN: Discord ended the gateway, {code}: {reason}"]
        ) from error


def _any(_socket: DiscordWebSocket) -> bool:
    return True


async def close_socket(
    mine: Callable[[DiscordWebSocket], bool] = _any, *, code: int = 1000
) -> None:
    """Leave none of these connections half open: its thread would go on sending heartbeats.

    The thread is all that knows a connection which failed before discord.py had it. 1000 ends the
    session, other codes leave it to be resumed.
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
    """Ask a REST proxy which gateway belongs to it; one that does not say leaves the default."""
    try:
        _, url, _ = await bot.http.get_bot_gateway()
    except (discord.DiscordException, *NO_ANSWER, *ODD_ANSWER) as error:
        log.warning("the proxy names no gateway: %s", type(error).__name__)
    else:
        set_api_urls(None, url.partition("?")[0])


def _wait_s(failures: int) -> float:
    return WAITS_S[min(failures, len(WAITS_S) - 1)]


def set_api_urls(api_url: str | None, gateway_url: str | None) -> None:
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
