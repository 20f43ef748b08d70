"""Readers for JSON from other services; a value of an unexpected shape reads as empty.

All returned values are bounded: strings are truncated, and numbers stay within what database
columns and time stamps can hold. So nothing that a provider sends can make stored data grow without
limit.
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
"""Words that gateways send as a code in place of 0, and as a message that says nothing."""

_GOOD_CODES = (0, 200)
"""Codes that mean success: Kling's own, and the HTTP status that some gateways repeat there."""

_DEEPEST = 3
"""Maximum number of nested `data` that are read: new-api wraps the upstream response, which has its
own."""

_MILLISECONDS_ABOVE = 1e11
"""Time stamps above this are in milliseconds (in seconds this is the year 5138)."""

MAX_WORDS = 2_000
"""Maximum characters stored of a message; texts for members and operators are truncated further."""

MAX_ID = 512
"""Maximum characters of an id: Kling's have 18 to 30, a gateway's own some 60."""

MAX_CODE_WORD = 64
MAX_STATUS_WORD = 64
_LARGEST_CODE = 10**9
_MOST_DIGITS = 40
"""Maximum digits of a number: a time stamp in nanoseconds has 19. Python refuses to format more
than 4,300."""

_MARK = b"\xef\xbb\xbf"
"""Unicode's byte order mark, which some servers send before their JSON."""

_EVENTS = re.compile(rb"\s*(?:(?:data|event|id|retry):|:)")
MOST_EVENTS = 1_000
"""Maximum number of events parsed from a stream."""

_Found = TypeVar("_Found")


def parse(raw: bytes) -> object:
    """Return the JSON value of a body, or None if it is not JSON.

    If `data` is a string that contains JSON, that is parsed too. A lenient parser retries what the
    strict one rejects: lone surrogates, NaN, raw control characters, invalid UTF-8, numbers beyond
    64 bits.
    """
    found = _parse(raw)
    inside = mapping(found).get("data")
    if isinstance(inside, str) and inside.lstrip()[:1] in ("{", "["):
        data = _parse(whole_text(inside).encode())
        return found if data is None else {**mapping(found), "data": data}
    return found


def parse_events(raw: bytes) -> object:
    """Merge the events of a server-sent event stream into one object; None if it is no stream.

    Later events override earlier ones.
    """
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
    """Read NaN and Infinity as None."""


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def layers(body: object) -> list[Layer]:
    """Return the response, its `data`, its `data.data` and so on.

    The list has at least three entries; missing ones are empty.
    """
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
    """Apply `read` to the values in turn; return the first result that is not empty, else None."""
    return next(filter(None, map(read, places)), None)


def mapping(value: object) -> Layer:
    """Return a JSON object; an empty one for any other value."""
    return cast("Layer", value) if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """Return a JSON array; an empty one for any other value."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object, most: int = MAX_WORDS) -> str:
    """Return a string, trimmed, truncated to `most` characters and encodable as UTF-8.

    JSON may contain half of a surrogate pair, which neither files nor databases accept.
    """
    return whole_text(value)[:most].rstrip()


def whole_text(value: object) -> str:
    """Return a string in full length, trimmed.

    Use it for texts that are useless when truncated, and that other code bounds.
    """
    if not isinstance(value, str):
        return ""
    words = value.strip()
    return words if words.isascii() else words.encode("utf-8", "replace").decode()


def whole(value: object) -> int | None:
    """Return an integer that is not a boolean, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def identifier(value: object) -> str | None:
    """Return an id (a number or a string) as a string of at most `MAX_ID` characters, or None."""
    number = whole(value)
    if number is not None:
        return str(number) if abs(number) < 10**_MOST_DIGITS else None
    return text(value, MAX_ID) or None


def whole_identifier(value: object) -> str | None:
    """Return an id that is useless when truncated; None if it has more than `MAX_ID` characters."""
    return None if len(whole_text(value)) > MAX_ID else identifier(value)


def code(value: object) -> int | str | None:
    """Return a service code; None for a code of success. A numeric string becomes a number."""
    number = decimal(value)
    if number is not None and abs(number) <= _LARGEST_CODE:
        return None if int(number) in _GOOD_CODES else int(number)
    word = text(value, MAX_CODE_WORD).lower()
    return None if not word or word in GOOD_WORDS else word


def decimal(value: object) -> Decimal | None:
    """Return a finite number or numeric string as a Decimal, or None."""
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
    """Return a time stamp as Unix seconds, or None.

    Accepts seconds, milliseconds, or an ISO date with its offset.
    """
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
