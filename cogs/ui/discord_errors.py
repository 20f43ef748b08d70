"""From what discord.py raises to what a delivery can do about it."""

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
    40007: MayNotPost,  # this user is banned from the server
    40058: MayNotPost,  # the author of a forum's post has not posted yet
    50005: TokenExpired,  # not our message: there is nothing to edit
    50008: MayNotPost,  # no channel for text
    50009: MayNotPost,  # the channel's verification level
    50024: MayNotPost,  # not in a channel of this type
    50033: MayNotPost,  # this member takes no direct messages
    50278: MayNotPost,  # nor without a server in common
    40094: TokenExpired,  # follow-ups of a user-installed app used up
    40005: FileTooBig,
    50045: FileTooBig,
}
"""Discord's error codes that say something about the place (Discord, JSON error codes)."""

BLOCKED_CODES = frozenset({200000, 240000})
"""AutoMod or the harmful-link filter refused the words."""

PASSING_CODES = frozenset({20016, 20028, 20029, 30046, 40062, 130000})
"""Slow mode, limits of channel, server and old messages, overload: the same passes later."""

PASSING_STATUSES = frozenset({401, 403, 404, 407, 408, 429, 451})
"""403 and 404 with a code that nobody knows, or none: a wall's, not the channel's. 401 without one
of its own is a token that was changed: the next start has the new one."""

UNKNOWN_THINGS = range(10_000, 11_000)
"""Codes of a 404 that name what is gone (Discord, JSON error codes)."""

OWN_WALL = 40333
"""The wall in front of Discord; it comes in waves on every route."""

_GENERAL = re.compile(r"\d{3}: ")
"""Discord's own words where it has no code; a page begins otherwise."""

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
    words = f"HTTP {error.status}, code {error.code}"
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return FileTooBig(words)
    if error.status == HTTPStatus.NOT_FOUND and error.code in UNKNOWN_THINGS:
        return ChannelGone(words)
    passes = error.status in PASSING_STATUSES or error.code in PASSING_CODES
    # Without a code it is no answer of Discord's, and one that nobody knows says nothing of the
    # place: it is waited for there.
    if error.code and error.status in REFUSALS and not passes:
        places = ", ".join(_WHERE.findall(error.text))
        return MessageRefused(f"{words} at {places}" if places else words)
    return DiscordUnreachable(words, retry_after_s=_asked_wait(error))


def is_blocked(error: discord.HTTPException) -> bool:
    """Tell whether something on the way answered, and not Discord itself."""
    return error.code == OWN_WALL or (not error.code and not _GENERAL.match(error.text))


def _asked_wait(error: discord.HTTPException) -> float | None:
    """Return the seconds that an answer asks to wait, whoever gave it; at most an hour."""
    told = str(error.response.headers.get("Retry-After", ""))
    return min(float(told), HOUR_S) if re.fullmatch(r"\d{1,6}(\.\d+)?", told) else None
