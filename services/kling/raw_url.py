"""URLs kept byte for byte, since a signature covers the bytes and not their meaning.

A URL library that quotes again changes %2F, %27 and %7E into other bytes, and the result storage
then always answers 403. So only characters that are illegal in a request line are quoted.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from yarl import URL

from services.common.net import parse_url

_ABSOLUTE = re.compile(r"(?P<origin>[A-Za-z][\w+.-]*://[^/?#]*)(?P<rest>.*)", re.DOTALL)
_NO_ADDRESS = re.compile(r"[^!#$%&'()*+,/:;=?@\[\]~\w.-]|%(?![0-9A-Fa-f]{2})", re.ASCII)
"""Characters that RFC 3986 does not allow in a URL, and a percent sign without two hexadecimal
digits."""


def as_written(address: str) -> URL:
    """Return an address as a URL object without changing its quoting.

    Characters that are not allowed are quoted. Raises ValueError if the address is invalid.
    """
    found = _ABSOLUTE.fullmatch(address.strip())
    if found is None:
        return parse_url(address)
    origin = parse_url(found["origin"])  # a host name outside ASCII needs its encoded form
    if not origin.host:
        return origin
    head = str(origin).removesuffix("/")
    rest = _NO_ADDRESS.sub(_quoted, found["rest"])
    return URL(head + (rest if rest[:1] in ("/", "") else f"/{rest}"), encoded=True)


def redirected(target: str, *, base: URL) -> URL:
    """Return the target of a Location header without changing its quoting."""
    if _ABSOLUTE.fullmatch(target.strip()):
        return as_written(target)
    return as_written(urljoin(str(base), _NO_ADDRESS.sub(_quoted, target.strip())))


def _quoted(character: re.Match[str]) -> str:
    """Return the matched character percent-encoded; a byte that is no valid UTF-8 as that byte."""
    return quote(character[0], safe="", errors="surrogateescape")
