"""Walking foreign JSON: a reader returns something empty where the expected shape is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

import msgspec

Layer = Mapping[str, object]
GOOD_WORDS = ("success", "ok", "succeed")
"""What gateways write for code 0, and for a message that says nothing."""

_DEEPEST = 3
"""Envelopes below the outer one: new-api wraps upstream's whole answer, which has its own."""

_MILLISECONDS_ABOVE = 1e11
"""A larger time stamp is in milliseconds (in seconds it would lie in the year 5138)."""

_Found = TypeVar("_Found")


def parse(raw: bytes) -> object:
    """Return the JSON in a body, or None when it is none."""
    try:
        return msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def layers(body: object) -> list[Layer]:
    """Return the answer, its data, its data.data and so on; at least three, empty where missing."""
    found = [mapping(body)]
    for _ in range(_DEEPEST):
        inside = found[-1].get("data")
        if isinstance(inside, list):
            # OpenAI's synchronous shape: {"data": [{"url": ...}]}.
            inside = {"images": cast("list[object]", inside)}
        if not isinstance(inside, dict):
            break
        found.append(mapping(cast("object", inside)))
    return found + [{}] * (_DEEPEST - len(found))


def first(read: Callable[[object], _Found | None], places: Iterable[object]) -> _Found | None:
    """Return the first place that reads as something."""
    return next(filter(None, map(read, places)), None)


def mapping(value: object) -> Layer:
    """Read an object."""
    return cast("Layer", value) if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """Read an array."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """Read a string, trimmed."""
    return value.strip() if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Read an integer that is not a boolean."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def identifier(value: object) -> str | None:
    """Read an id: a number or a string, kept as a string."""
    number = whole(value)
    return str(number) if number is not None else text(value) or None


def code(value: object) -> int | str | None:
    """Read a service code; None for the ones that mean yes, numeric strings as numbers."""
    number = decimal(value)
    if number is not None:
        return int(number) or None
    word = text(value).lower()
    return None if not word or word in GOOD_WORDS else word


def decimal(value: object) -> Decimal | None:
    """Read a finite number or numeric string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?\d{1,20}(\.\d{1,20})?\s*", value):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def instant(value: object) -> float | None:
    """Read a time stamp as Unix seconds, from seconds or milliseconds."""
    number = decimal(value)
    if number is None or number <= 0:
        return None
    return float(number / 1000 if number > _MILLISECONDS_ABOVE else number)
