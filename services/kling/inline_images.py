"""Images that a gateway puts into its response itself, in place of addresses.

OpenAI's synchronous format has them as `b64_json`; others use data URLs, or bare base64.
"""

from __future__ import annotations

import binascii
from pathlib import Path

from services.errors import DownloadFailed

SCHEME = "data:"

_ADDRESS = 2048
"""Maximum characters of an address; the base64 of an image of 300 by 300 pixels is longer."""


def as_address(base64: str) -> str:
    """Return bare base64 as a data URL; an empty text stays empty."""
    return f"{SCHEME}image/png;base64,{base64}" if base64 else ""


def addressed(url: str) -> str:
    """Return bare base64, recognized by its length, as a data URL; return other texts unchanged."""
    return as_address(url) if len(url) > _ADDRESS and ":" not in url else url


def is_inline(url: str) -> bool:
    """Return whether an address is a data URL, which contains the image itself."""
    return url[: len(SCHEME)].lower() == SCHEME


def write(url: str, path: Path, *, max_bytes: int) -> None:
    """Write the image of a data URL to `path`.

    Raises DownloadFailed if it contains no base64, or more than `max_bytes`.
    """
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        raise DownloadFailed("refused scheme data", unusable=True)
    try:
        raw = binascii.a2b_base64(body)
    except ValueError:
        raise DownloadFailed("not an image: no base64", unusable=True) from None
    if len(raw) > max_bytes:
        raise DownloadFailed(f"more than {max_bytes} bytes", unusable=True)
    path.write_bytes(raw)
