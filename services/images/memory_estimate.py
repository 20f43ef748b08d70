"""Estimates, from its header, how many bytes of memory an image needs; measured with Pillow 13.

Bytes per pixel are those of the peak: libwebp holds two canvases while its output is copied into
Pillow's image, and Pillow multiplies transparency in a copy before it shrinks an image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.errors import ImageTooHeavy, UnsupportedImage
from services.images.header import Header

THREADS = 2
THREAD_BYTES = 64_000_000
"""Bytes of memory for one image in the bot's own process, where two may be open at once."""

CHILD_BYTES = 512_000_000
"""Bytes of memory for one image in the decoding process: 25 megapixels of any format, with
transparency too."""

DECODING_BYTES = THREADS * THREAD_BYTES + CHILD_BYTES
"""Memory budget in bytes of all images that are open at a time, for whatever purpose."""

CHILD_S = 30.0
"""Maximum seconds that the decoding process may take for one image; 25 megapixels take one second
(measured, two cores)."""

_MULTIPLIED, _CONVERTED = 4, 4
_PLAIN_SAMPLES = 3
_A_PIXEL = {"WEBP": 16, "AVIF": 13, "HEIF": 8, "GIF": 1, "TIFF": 8}
_EIGHTH = 8


class Outgrown(Exception):
    """An image needs more memory than is allowed here; the decoding process may have enough."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """The memory that one image may take in a thread or in the decoding process."""

    most: int
    """Maximum bytes."""
    is_confined: bool
    """True in the decoding process, which can die without harm to the bot."""

    def admit(self, header: Header, need: int) -> None:
        """Raise Outgrown if `need` bytes are too many here, or ImageTooHeavy if they are anywhere.

        Raises Outgrown, outside the decoding process, also for an image whose memory is not
        predictable.
        """
        if need > CHILD_BYTES:
            raise ImageTooHeavy(found=need, allowed=CHILD_BYTES)
        if need > self.most or not (self.is_confined or header.is_predictable):
            raise Outgrown

    def without(self, spent: int) -> MemoryLimit:
        """Return the limit that remains while `spent` other bytes are held."""
        return MemoryLimit(self.most - spent, self.is_confined)


IN_THREAD = MemoryLimit(THREAD_BYTES, is_confined=False)
IN_CHILD = MemoryLimit(CHILD_BYTES, is_confined=True)

Need = Callable[[Header], int]
"""A function that estimates from a header the bytes of memory for one operation."""


def to_probe(header: Header) -> int:
    """Return the bytes of memory for opening an image without decoding it."""
    canvases = header.pixels * 8 if header.format == "WEBP" else 0
    return header.kept * 2 + canvases


def to_prove(header: Header) -> int:
    """Return the bytes of memory for checking that an image is complete.

    A JPEG is decoded at an eighth for that, others are not decoded.
    """
    if header.format != "JPEG":
        return to_probe(header)
    scale = _EIGHTH if header.can_shrink else 1
    small = (header.width // scale + 1) * (header.height // scale + 1) * 4
    return to_probe(header) + header.coefficients + small


def to_decode(size: tuple[int, int]) -> Need:
    """Return an estimator for decoding to a plain image of this size, before rotation."""

    def need(header: Header) -> int:
        """Return the bytes of memory for decoding the image with this header."""
        width, height = size
        scale = _scale(header, size)
        rows = header.height // scale + 1
        decoded = (header.width // scale + 1) * rows * _bytes_a_pixel(header)
        resized = 0 if size == (header.width, header.height) else width * rows * 4
        return header.kept * 2 + header.coefficients + decoded + resized + width * height * 12

    return need


def check_found(header: Header, width: int, height: int) -> None:
    """Raise UnsupportedImage if the decoder finds an image larger than its header says.

    The memory estimate does not hold for such an image.
    """
    if header.is_predictable and width * height > header.pixels:
        raise UnsupportedImage("damaged")


def _scale(header: Header, size: tuple[int, int]) -> int:
    """Return by which factor Pillow shrinks a JPEG while reading it, for this target size."""
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
