"""Estimates of the bytes needed to open an image, from its header; measured with Pillow 13.

Bytes per pixel are those of the peak: libwebp holds two canvases while its output is copied into
Pillow's image, and transparency is multiplied in a copy before an image is shrunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images.header import Header

THREADS = 2
THREAD_BYTES = 64_000_000
"""Bytes that one image may take in the bot's own process, where two may be open at once."""

CHILD_BYTES = 512_000_000
"""Bytes that one image may take in the decoding process: 25 megapixels of any format, also
transparent."""

DECODING_BYTES = THREADS * THREAD_BYTES + CHILD_BYTES
"""The budget of all images that are open at a time, for whatever purpose."""

CHILD_S = 30.0
"""Seconds for one image; 25 megapixels take one second (measured, two cores)."""

_MULTIPLIED, _CONVERTED = 4, 4
_PLAIN_SAMPLES = 3
_A_PIXEL = {"WEBP": 16, "AVIF": 13, "HEIF": 8, "GIF": 1, "TIFF": 8}
_EIGHTH = 8


class Outgrown(Exception):
    """An image needs more memory than there is here; the decoding process may have enough."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """The memory that one image may take where it is opened."""

    most: int
    """Bytes."""
    is_confined: bool
    """A separate process, which can die without harm to the bot."""

    def admit(self, header: Header, need: int) -> None:
        """Raise Outgrown if an image needs more, or ImageTooHeavy if no place has enough."""
        if need > CHILD_BYTES:
            raise ImageTooHeavy(found=need, allowed=CHILD_BYTES)
        if need > self.most or not (self.is_confined or header.is_predictable):
            raise Outgrown

    def without(self, spent: int) -> MemoryLimit:
        """Return the limit that remains besides other memory held meanwhile."""
        return MemoryLimit(self.most - spent, self.is_confined)


IN_THREAD = MemoryLimit(THREAD_BYTES, is_confined=False)
IN_CHILD = MemoryLimit(CHILD_BYTES, is_confined=True)

Need = Callable[[Header], int]
"""A function that estimates the bytes for an operation from a header."""


def to_probe(header: Header) -> int:
    """Return the bytes needed to read an image without decoding it."""
    canvases = header.pixels * 8 if header.format == "WEBP" else 0
    return header.kept * 2 + canvases


def to_prove(header: Header) -> int:
    """Return the bytes needed to check that an image is complete.

    A JPEG is decoded at an eighth, others are not decoded.
    """
    if header.format != "JPEG":
        return to_probe(header)
    scale = _EIGHTH if header.can_shrink else 1
    small = (header.width // scale + 1) * (header.height // scale + 1) * 4
    return to_probe(header) + header.coefficients + small


def to_decode(size: tuple[int, int]) -> Need:
    """Return an estimate for decoding to a plain image of a size, as stored."""

    def need(header: Header) -> int:
        """Return the bytes for decoding the image of a header."""
        width, height = size
        scale = _scale(header, size)
        rows = header.height // scale + 1
        decoded = (header.width // scale + 1) * rows * _bytes_a_pixel(header)
        resized = 0 if size == (header.width, header.height) else width * rows * 4
        return header.kept * 2 + header.coefficients + decoded + resized + width * height * 12

    return need


def check_found(header: Header, width: int, height: int) -> None:
    """Refuse an image that the decoder finds larger than its header said: the estimate is void."""
    if header.is_predictable and width * height > header.pixels:
        raise UnsupportedImage("damaged")


def _scale(header: Header, size: tuple[int, int]) -> int:
    """Return the factor by which a JPEG is shrunk while it is read, as Pillow chooses it."""
    if not header.can_shrink:
        return 1
    most = min(header.width // max(size[0], 1), header.height // max(size[1], 1))
    return next((scale for scale in (8, 4, 2) if scale <= most), 1)


def _bytes_a_pixel(header: Header) -> int:
    if header.format == "JPEG":
        return 1 if header.samples == 1 else 4
    plain = header.samples == 1 and not (header.is_wide or header.has_alpha or header.is_palette)
    stored = 1 if header.samples == 1 and not header.is_wide else 4
    extra = 0 if plain else _CONVERTED * (header.samples < _PLAIN_SAMPLES or header.has_alpha)
    multiplied = _MULTIPLIED if header.has_alpha and header.format != "WEBP" else 0
    return max(stored + extra + multiplied, _A_PIXEL.get(header.format, 0))
