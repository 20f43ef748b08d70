"""From what discord.py raises to what a delivery can do about it."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import discord

from services.errors import (
    ChannelGone,
    DeliveryFailed,
    DiscordUnreachable,
    FileTooBig,
    MayNotPost,
    TokenExpired,
)
from services.network import NO_ANSWER

log = logging.getLogger(__name__)

ODD_ANSWER = (LookupError, TypeError, ValueError, AttributeError)
"""What discord.py meets in an answer that is not Discord's: a wall's page, half a body."""

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
    return DiscordUnreachable(f"HTTP {error.status}, code {error.code}")
