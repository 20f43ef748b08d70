"""Checks typed URLs by their text alone, because the bot never opens them."""

from __future__ import annotations

import re

from services.common.hosts import is_loopback
from services.common.net import parse_url
from services.common.ssrf import is_public
from services.errors import LinkNotAllowed

ADDRESS_LIMIT = 2048
"""Maximum characters. Longer URLs are not images', and the URL is stored in the job's row."""

_INSIDE = re.compile(
    r"(^|\.)(local|localhost|localdomain|internal|intranet|lan|home|corp|private|test|invalid"
    r"|example|onion|arpa)$"
)
"""Suffixes of host names that are used only inside networks (RFC 6761, 6762, 8375, common
usage)."""

_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def validated_link(typed: str, *, loopback: bool = False) -> str:
    """Return a typed URL as it is sent to the provider; raises LinkNotAllowed.

    It must be https, have a host that looks public, and contain no credentials. `loopback`: the
    provider is on this computer (the sandbox), so http URLs on it are accepted too.
    """
    text = typed.strip().strip("<>")
    if len(text) > ADDRESS_LIMIT or not text.isprintable() or " " in text or "\\" in text:
        raise LinkNotAllowed
    try:
        url = parse_url(text)
        host = (url.raw_host or "").lower().rstrip(".")
    except ValueError as error:
        raise LinkNotAllowed from error
    if loopback and url.scheme in ("http", "https") and is_loopback(host):
        return str(url)
    if url.scheme != "https" or url.user is not None or url.password is not None:
        raise LinkNotAllowed
    if not _looks_public(host):
        raise LinkNotAllowed
    return str(url.with_fragment(None))


def _looks_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return bool(_NAME.fullmatch(host)) and not _INSIDE.search(host)
