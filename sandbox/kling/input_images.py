"""Loads a submission's images as Kling does, from base64 or a URL, and validates them.

Official limits: jpg or png, at most 10 MB, each side at least 300 px, 1:2.5 to 2.5:1 (section 5).
"""

from __future__ import annotations

import binascii
import io
import ipaddress

import aiohttp
from PIL import Image, UnidentifiedImageError
from yarl import URL

from sandbox.kling.contract import LARGEST_PICTURE, SHORTEST_SIDE, WIDEST, Refused

FETCH_SECONDS = 10.0
NOT_BASE64 = "File is not in a valid base64 format"
"""Kling's message for a `data:` prefix and for a file that it cannot read."""
NOT_FETCHED = "Failed to download the image"


async def load(picture: str, *, session: aiohttp.ClientSession) -> bytes:
    """Return the validated bytes of `picture`; raises Refused 1201 if Kling would not accept it."""
    if picture.startswith(("http://", "https://")):
        content = await _fetch(URL(picture), session=session)
    else:
        content = _decode(picture)
    judge(content)
    return content


def _decode(picture: str) -> bytes:
    if len(picture) > LARGEST_PICTURE * 4 // 3 + 4:
        raise Refused(1201, "The size of the image must not exceed 10MB")
    try:
        return binascii.a2b_base64(picture, strict_mode=True)
    except (binascii.Error, ValueError) as problem:
        raise Refused(1201, NOT_BASE64) from problem


def is_loopback(url: URL) -> bool:
    """Return whether `url` leads to this computer; the sandbox connects to nothing else."""
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host or "").is_loopback
    except ValueError:
        return False


async def _fetch(url: URL, *, session: aiohttp.ClientSession) -> bytes:
    if not is_loopback(url):
        raise Refused(1201, NOT_FETCHED)
    try:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        async with session.get(url, timeout=timeout, allow_redirects=False) as response:
            response.raise_for_status()
            content = await response.content.read(LARGEST_PICTURE + 1)
            while len(content) <= LARGEST_PICTURE and (more := await response.content.read(2**16)):
                content += more
    except (aiohttp.ClientError, TimeoutError) as problem:
        raise Refused(1201, NOT_FETCHED) from problem
    return content


def judge(content: bytes) -> None:
    """Raise Refused for an image that violates the limits; reads only its header."""
    if len(content) > LARGEST_PICTURE:
        raise Refused(1201, "The size of the image must not exceed 10MB")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as problem:
        raise Refused(1201, NOT_BASE64) from problem
    if min(width, height) < SHORTEST_SIDE:
        raise Refused(1201, f"Image pixel is invalid, each side must be >= {SHORTEST_SIDE}px")
    if max(width / height, height / width) > WIDEST:
        raise Refused(1201, "Image aspect ratio is invalid, must be between 1:2.5 and 2.5:1")
