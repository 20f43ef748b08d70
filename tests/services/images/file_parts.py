"""Images with additional parts, or with parts missing."""

from __future__ import annotations

from tests.services.images.corpus import encoded, painted

SECRET = b"52.5200N 13.4050E"
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def png_with(*chunks: bytes, behind: bool = False) -> bytes:
    """Return a PNG with further chunks before or behind its pixels."""
    whole = encoded(painted(), "PNG")
    at = len(whole) - 12 if behind else 33
    return whole[:at] + b"".join(chunks) + whole[at:]


def spoilt(one: bytes) -> bytes:
    """Return a chunk with one wrong bit in its checksum."""
    return one[:-1] + bytes([one[-1] ^ 1])


def jpeg_with(*segments: bytes, tail: bytes = b"") -> bytes:
    """Return a JPEG with further segments, and something behind its end."""
    whole = encoded(painted(), "JPEG")
    return whole[:2] + b"".join(segments) + whole[2:] + tail
