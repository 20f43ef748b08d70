"""From what discord.py raises to what a delivery can do about it."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from contextlib import contextmanager

import discord

from services.errors import (
    ChannelGone,
    DeliveryFailed,
    DiscordUnreachable,
    FileTooBig,
    MayNotPost,
    MessageRefused,
    TokenExpired,
)
from services.network import NO_ANSWER

log = logging.getLogger(__name__)

REFUSALS = range(400, 500)

ODD_ANSWER = (LookupError, TypeError, ValueError, AttributeError)
"""What discord.py meets in an answer that is not Discord's: a wall's page, half a body."""

UNREADABLE = (*ODD_ANSWER, RuntimeError, discord.DiscordException)
"""What discord.py raises over a payload that it does not expect."""

_BY_CODE: dict[int, type[DeliveryFailed]] = {
    10003: ChannelGone,  # unknown channel
    10004: ChannelGone,  # unknown guild
    10008: TokenExpired,  # unknown message: there is nothing left to edit
    10015: TokenExpired,  # unknown webhook
    10062: TokenExpired,  # unknown interaction
    50027: TokenExpired,  # invalid webhook token
    50001: MayNotPost,  # missing access
    50013: MayNotPost,  # missing permissions
    50007: MayNotPost,  # this member takes no direct messages
    50083: MayNotPost,  # archived thread
    160005: MayNotPost,  # locked thread
    40094: TokenExpired,  # follow-ups of a user-installed app used up
    40005: FileTooBig,
    50045: FileTooBig,
}
"""Discord's error codes that say something about the place (Discord, JSON error codes)."""

BLOCKED_CODES = frozenset({200000, 240000})
"""AutoMod or the harmful-link filter refused the words."""

PASSING_CODES = frozenset({20016, 20028, 20029, 30046, 40062, 130000})
"""Slow mode, limits of channel, server and old messages, overload: the same passes later."""

PASSING_STATUSES = frozenset({401, 408, 429})
"""401 without a code of its own is a token that was changed: the next start has the new one."""

_WHERE = re.compile(r"^In ([\w.]+): ", re.MULTILINE)
"""discord.py's words for an invalid form begin with the place; what stands there is not logged."""


class WordsBlocked(DeliveryFailed):
    """The server's filter refuses the text; the same picture without the prompt may pass."""


@contextmanager
def translated() -> Generator[None]:
    """Raise DeliveryFailed for whatever a call to Discord can raise."""
    try:
        yield
    except discord.HTTPException as error:
        raise _of_http(error) from error
    except discord.RateLimited as error:
        raise DiscordUnreachable("rate limited", retry_after_s=error.retry_after) from error
    except (*NO_ANSWER, RuntimeError) as error:
        # RuntimeError: the session is closed while the bot stops (discord.py).
        raise DiscordUnreachable(type(error).__name__) from error
    except ODD_ANSWER as error:
        log.warning("Discord's answer can not be read", exc_info=error)
        raise DiscordUnreachable(f"odd answer, {type(error).__name__}") from error


def _of_http(error: discord.HTTPException) -> DeliveryFailed:
    if error.code in BLOCKED_CODES:
        return WordsBlocked(str(error.code))
    kind = _BY_CODE.get(error.code)
    if kind is not None:
        return kind(str(error.code))
    by_status = {403: MayNotPost, 404: ChannelGone, 413: FileTooBig}
    refused = by_status.get(error.status)
    if refused is not None:
        return refused(str(error.status))
    words = f"HTTP {error.status}, code {error.code}"
    passes = error.status in PASSING_STATUSES or error.code in PASSING_CODES
    # Without a code it is no answer of Discord's: a wall's page passes.
    if error.code and error.status in REFUSALS and not passes:
        places = ", ".join(_WHERE.findall(error.text))
        return MessageRefused(f"{words} at {places}" if places else words)
    return DiscordUnreachable(words)
