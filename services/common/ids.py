"""Job ids: sortable by time, and short enough for Discord's nonce and Kling's external_task_id."""

from __future__ import annotations

import secrets
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: digits, and letters that are not mistaken for other letters or digits."""

_TIME_DIGITS = 10
_RANDOM_DIGITS = 12
LENGTH = _TIME_DIGITS + _RANDOM_DIGITS
"""Characters of a job id; Discord's nonce allows 25."""


def new_job_id(now: float, *, bits: Callable[[int], int] = secrets.randbits) -> str:
    """Return an id made of the time (Unix seconds, to the millisecond) and 60 random bits."""
    return _digits(int(now * 1000), _TIME_DIGITS) + _digits(bits(60), _RANDOM_DIGITS)


def lowest_id(at: float) -> str:
    """Return a text that sorts before every id made at an instant (Unix seconds) or later."""
    return _digits(max(int(at * 1000), 0), _TIME_DIGITS)


def is_job_id(text: str) -> bool:
    """Return whether a text has the format of a job id."""
    return len(text) == LENGTH and all(digit in _ALPHABET for digit in text)


def created_at(job_id: str) -> float:
    """Return the time at which an id was made, in Unix seconds."""
    milliseconds = 0
    for digit in job_id[:_TIME_DIGITS]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(digit)
    return milliseconds / 1000


def _digits(number: int, count: int) -> str:
    letters: list[str] = []
    for _ in range(count):
        number, digit = divmod(number, 32)
        letters.append(_ALPHABET[digit])
    return "".join(reversed(letters))
