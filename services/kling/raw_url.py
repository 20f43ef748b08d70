"""Addresses byte for byte: a signature is over what was written, not over what it means.

A URL library that quotes anew turns %2F, %27 and %7E into other bytes, and the store of results
answers 403 for ever. So only what can not stand in a request line at all is quoted.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from yarl import URL

_ABSOLUTE = re.compile(r"(?P<origin>[A-Za-z][\w+.-]*://[^/?#]*)(?P<rest>.*)", re.DOTALL)
_NO_ADDRESS = re.compile(r"[^!#$%&'()*+,/:;=?@\[\]~\w.-]|%(?![0-9A-Fa-f]{2})", re.ASCII)
"""What RFC 3986 leaves no place for, and a percent sign that begins no quoted byte."""


def as_written(address: str) -> URL:
    """Make a URL of an address without quoting anew what is quoted; ValueError where it is none."""
    found = _ABSOLUTE.fullmatch(address.strip())
    if found is None:
        return URL(address)
    origin = URL(found["origin"])  # a name in other letters than ASCII needs its own form
    if not origin.host:
        return origin
    head = str(origin).removesuffix("/")
    rest = _NO_ADDRESS.sub(_quoted, found["rest"])
    return URL(head + (rest if rest[:1] in ("/", "") else f"/{rest}"), encoded=True)


def redirected(target: str, *, base: URL) -> URL:
    """Return where a Location leads, as it is written there."""
    if _ABSOLUTE.fullmatch(target.strip()):
        return as_written(target)
    return as_written(urljoin(str(base), _NO_ADDRESS.sub(_quoted, target.strip())))


def _quoted(character: re.Match[str]) -> str:
    """Quote one character; what came as a byte that is no UTF-8 stays that byte."""
    return quote(character[0], safe="", errors="surrogateescape")
