"""Translates discord.py's exceptions into the DeliveryFailed errors that a delivery can handle."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

import discord

from services.common.durations import HOUR_S
from services.common.net import NO_ANSWER
from services.errors import (
    ChannelGone,
    DeliveryFailed,
    DiscordUnreachable,
    FileTooBig,
    MayNotPost,
    MessageRefused,
    TokenExpired,
)

log = logging.getLogger(__name__)

REFUSALS = range(400, 500)

ODD_ANSWER = (LookupError, TypeError, ValueError, AttributeError)
"""Errors of discord.py when a response is not Discord's: a block page, or an incomplete body."""

UNREADABLE = (*ODD_ANSWER, RuntimeError, discord.DiscordException)
"""Errors that discord.py raises for an unexpected payload."""

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
    40007: MayNotPost,  # this user is banned from the server
    40058: MayNotPost,  # the author of a forum's post has not posted yet
    50005: TokenExpired,  # not our message: there is nothing to edit
    50008: MayNotPost,  # no channel for text
    50009: MayNotPost,  # the channel's verification level
    50024: MayNotPost,  # not in a channel of this type
    50033: MayNotPost,  # this member takes no direct messages
    50278: MayNotPost,  # no direct messages without a common server
    40094: TokenExpired,  # follow-ups of a user-installed app used up
    40005: FileTooBig,
    50045: FileTooBig,
}
"""Discord's error codes that concern the channel or message (Discord, JSON error codes)."""

BLOCKED_CODES = frozenset({200000, 240000})
"""Codes of texts that AutoMod or the harmful-link filter blocked."""

PASSING_CODES = frozenset({20016, 20028, 20029, 30046, 40062, 130000})
"""Codes of temporary errors: slow mode, limits of channel, server and old messages, overload."""

PASSING_STATUSES = frozenset({401, 403, 404, 407, 408, 429, 451})
"""HTTP statuses of temporary errors.

A 403 or 404 with an unknown code, or without one, comes from a proxy, not from the channel. A 401
without a code means that the token was changed; after a restart the bot has the new one.
"""

UNKNOWN_THINGS = range(10_000, 11_000)
"""Error codes that come with a 404 and name what does not exist (Discord, JSON error codes)."""

OWN_WALL = 40333
"""Error code of the firewall in front of Discord; it appears in bursts on every route."""

_GENERAL = re.compile(r"\d{3}: ")
"""Beginning of the text of Discord's errors without a code; a block page begins differently."""

_WHERE = re.compile(r"^In ([\w.]+): ", re.MULTILINE)
"""discord.py's text for an invalid form begins with the field. The value that follows is not
logged."""


class WordsBlocked(DeliveryFailed):
    """The server's filter blocks the text; the same images without the prompt may pass."""


@contextmanager
def translated() -> Generator[None]:
    """Raise DeliveryFailed for any error that a call to Discord can raise."""
    try:
        yield
    except discord.HTTPException as error:
        raise _error_from_http(error) from error
    except discord.RateLimited as error:
        raise DiscordUnreachable("rate limited", retry_after_s=error.retry_after) from error
    except (*NO_ANSWER, RuntimeError) as error:
        # RuntimeError: the session is closed while the bot stops (discord.py).
        raise DiscordUnreachable(type(error).__name__) from error
    except ODD_ANSWER as error:
        log.warning("Discord's response cannot be parsed", exc_info=error)
        raise DiscordUnreachable(f"malformed response, {type(error).__name__}") from error


def _error_from_http(error: discord.HTTPException) -> DeliveryFailed:
    if error.code in BLOCKED_CODES:
        return WordsBlocked(str(error.code))
    kind = _BY_CODE.get(error.code)
    if kind is not None:
        return kind(str(error.code))
    words = f"HTTP {error.status}, code {error.code}"
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return FileTooBig(words)
    if error.status == HTTPStatus.NOT_FOUND and error.code in UNKNOWN_THINGS:
        return ChannelGone(words)
    passes = error.status in PASSING_STATUSES or error.code in PASSING_CODES
    # A response without a code is not Discord's, and an unknown code says nothing about the
    # channel: both are retried.
    if error.code and error.status in REFUSALS and not passes:
        places = ", ".join(_WHERE.findall(error.text))
        return MessageRefused(f"{words} at {places}" if places else words)
    return DiscordUnreachable(words, retry_after_s=_asked_wait(error))


def is_blocked(error: discord.HTTPException) -> bool:
    """Return whether the response comes from a proxy or firewall and not from Discord itself."""
    return error.code == OWN_WALL or (not error.code and not _GENERAL.match(error.text))


def _asked_wait(error: discord.HTTPException) -> float | None:
    """Return the seconds that a response (of Discord or a proxy) asks to wait; at most an hour."""
    header = str(error.response.headers.get("Retry-After", ""))
    return min(float(header), HOUR_S) if re.fullmatch(r"\d{1,6}(\.\d+)?", header) else None
