"""Walking foreign JSON: a reader returns something empty where the expected shape is missing.

What a reader returns is bounded: strings are cut, numbers stay within what tables and time stamps
can hold. So nothing that a provider writes can grow beyond what is kept of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

import msgspec

Layer = Mapping[str, object]
GOOD_WORDS = ("success", "ok", "succeed")
"""What gateways write for code 0, and for a message that says nothing."""

_GOOD_CODES = (0, 200)
"""Codes that mean yes: Kling's own, and that of gateways which repeat the HTTP status there."""

_DEEPEST = 3
"""Envelopes below the outer one: new-api wraps upstream's whole answer, which has its own."""

_MILLISECONDS_ABOVE = 1e11
"""A larger time stamp is in milliseconds (in seconds it would lie in the year 5138)."""

MAX_WORDS = 2_000
"""Characters kept of a message; what a member or operator reads of it is cut further."""

MAX_ID = 512
"""Characters of an id: Kling's have 18 to 30, a gateway's own some 60."""

MAX_CODE_WORD = 64
MAX_STATUS_WORD = 64
_LARGEST_CODE = 10**9
_MOST_DIGITS = 40
"""Of a number: a time stamp in nanoseconds has 19. Python refuses to write more than 4,300."""

_MARK = b"\xef\xbb\xbf"
"""Some servers put Unicode's byte order mark before their JSON."""

_EVENTS = re.compile(rb"\s*(?:(?:data|event|id|retry):|:)")
MOST_EVENTS = 1_000
"""Events read of a stream."""

_Found = TypeVar("_Found")


def parse(raw: bytes) -> object:
    """Return the JSON in a body, or None when it is none; `data` that is text of JSON as such.

    What the strict reader refuses is read once more by a lenient one: lone surrogates, NaN, raw
    control characters, bytes that are no UTF-8, numbers beyond 64 bits.
    """
    found = _parse(raw)
    inside = mapping(found).get("data")
    if isinstance(inside, str) and inside.lstrip()[:1] in ("{", "["):
        data = _parse(whole_text(inside).encode())
        return found if data is None else {**mapping(found), "data": data}
    return found


def parse_events(raw: bytes) -> object:
    """Return what a stream of server-sent events says in all, later ones above; None for none."""
    if not _EVENTS.match(raw.removeprefix(_MARK)):
        return None
    merged: dict[str, object] = {}
    for event in re.split(rb"\r?\n\r?\n", raw, maxsplit=MOST_EVENTS)[:MOST_EVENTS]:
        lines = [line[5:] for line in event.splitlines() if line.startswith(b"data:")]
        merged.update(mapping(parse(b"\n".join(lines).strip())) if lines else {})
    return merged or None


def _parse(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw.removeprefix(_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _parse_leniently(raw)


def _parse_leniently(raw: bytes) -> object:
    try:
        words = raw.decode(json.detect_encoding(raw), "replace")
        return json.loads(
            words, strict=False, parse_constant=_nothing, parse_int=_integer, parse_float=float
        )
    except (ValueError, RecursionError):
        return None


def _nothing(_: str) -> None:
    """Read NaN and Infinity: numbers that are none."""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


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


def text(value: object, most: int = MAX_WORDS) -> str:
    """Read a string: trimmed, cut to `most` characters, and such that it can be written as UTF-8.

    JSON may hold half of a surrogate pair, which no file and no database takes.
    """
    return whole_text(value)[:most].rstrip()


def whole_text(value: object) -> str:
    """Read a string whole, trimmed; for what is useless when it is cut, and bounded elsewhere."""
    if not isinstance(value, str):
        return ""
    words = value.strip()
    return words if words.isascii() else words.encode("utf-8", "replace").decode()


def whole(value: object) -> int | None:
    """Read an integer that is not a boolean."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def identifier(value: object) -> str | None:
    """Read an id: a number or a string, kept as a string, at most `MAX_ID` characters of it."""
    number = whole(value)
    if number is not None:
        return str(number) if abs(number) < 10**_MOST_DIGITS else None
    return text(value, MAX_ID) or None


def whole_identifier(value: object) -> str | None:
    """Read an id that is of use only whole: one beyond `MAX_ID` characters is none."""
    return None if len(whole_text(value)) > MAX_ID else identifier(value)


def code(value: object) -> int | str | None:
    """Read a service code; None for the ones that mean yes, numeric strings as numbers."""
    number = decimal(value)
    if number is not None and abs(number) <= _LARGEST_CODE:
        return None if int(number) in _GOOD_CODES else int(number)
    word = text(value, MAX_CODE_WORD).lower()
    return None if not word or word in GOOD_WORDS else word


def decimal(value: object) -> Decimal | None:
    """Read a finite number or numeric string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        return None
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?\d{1,20}(\.\d{1,20})?\s*", value):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def instant(value: object) -> float | None:
    """Read a time stamp as Unix seconds: from seconds, milliseconds, or a date with its offset."""
    number = decimal(value)
    if number is None:
        return _from_date(text(value, MAX_STATUS_WORD))
    seconds = float(number / 1000 if number > _MILLISECONDS_ABOVE else number)
    return seconds if 0 < seconds < _MILLISECONDS_ABOVE else None


def _from_date(words: str) -> float | None:
    try:
        date = datetime.fromisoformat(words)
        return date.timestamp() if date.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
