"""Pictures that a gateway puts into its answer, in the place of addresses.

OpenAI's synchronous shape has them as `b64_json`; others write data addresses, or the bare base64.
"""

from __future__ import annotations

import binascii
from pathlib import Path

from services.errors import DownloadFailed

SCHEME = "data:"

_ADDRESS = 2048
"""Characters that no address needs; a picture of 300 pixels a side has more."""


def as_address(base64: str) -> str:
    """Make a data address of bare base64; nothing stays nothing."""
    return f"{SCHEME}image/png;base64,{base64}" if base64 else ""


def addressed(url: str) -> str:
    """Return an address as it is, and base64 that stands in its place as a data address."""
    return as_address(url) if len(url) > _ADDRESS and ":" not in url else url


def is_inline(url: str) -> bool:
    """Tell whether a picture lies in its address."""
    return url[: len(SCHEME)].lower() == SCHEME


def write(url: str, path: Path, *, max_bytes: int) -> None:
    """Write the picture that lies in an address to `path`; DownloadFailed for what is none."""
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        raise DownloadFailed("refused scheme data", unusable=True)
    try:
        raw = binascii.a2b_base64(body)
    except ValueError:
        raise DownloadFailed("not a picture: no base64", unusable=True) from None
    if len(raw) > max_bytes:
        raise DownloadFailed(f"more than {max_bytes} bytes", unusable=True)
    path.write_bytes(raw)
