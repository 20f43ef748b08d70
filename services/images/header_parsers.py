"""Chooses the parser for a file's header; parsers run before any decoder.

They read a bounded number of segments, chunks and tags, and copy nothing large. They also add up
what a decoder will hold in memory besides the pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from services.errors import UnsupportedImage
from services.images.foreign_formats import RAW, detect_format
from services.images.header import Header
from services.images.heif import can_read_heif
from services.images.heif_boxes import AVIF_BRANDS, HEIF_BRANDS, read_avif, read_brands, read_heif
from services.images.jpeg_segments import read_jpeg
from services.images.other_formats import read_bmp, read_gif, read_tiff, read_webp
from services.images.png_chunks import read_png

_BUFFER = 64 * 1024
_READ_BYTES = 4096
"""Bytes that tell what a file is; an SVG begins with comments."""
_READERS: Mapping[bytes, Callable[[BinaryIO], Header]] = {
    b"\xff\xd8\xff": read_jpeg,
    b"\x89PNG\r\n\x1a\n": read_png,
    b"GIF87a": read_gif,
    b"GIF89a": read_gif,
    b"BM": read_bmp,
    b"II*\0": read_tiff,
    b"MM\0*": read_tiff,
    b"II+\0": read_tiff,
    b"MM\0+": read_tiff,
}


def read_header(path: Path) -> Header:
    """Read a file's header; call it off the event loop, since it may take a tenth of a second.

    Raises UnsupportedImage if the file is no image that the bot reads, or has more parts than any
    real one.
    """
    with path.open("rb", buffering=_BUFFER) as stream:
        head = stream.read(_READ_BYTES)
        stream.seek(0)
        if (name := detect_format(head)) == RAW:  # some begin as a TIFF does
            raise UnsupportedImage(name)
        for signature, read in _READERS.items():
            if head.startswith(signature):
                return _read(read, stream)
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _read(read_webp, stream)
        if read_brands(head) & AVIF_BRANDS:
            return _read(read_avif, stream)
        if read_brands(head) & HEIF_BRANDS:
            if can_read_heif():
                return _read(read_heif, stream)
            name = "HEIC"
    raise UnsupportedImage(name)


def _read(read: Callable[[BinaryIO], Header], stream: BinaryIO) -> Header:
    try:
        header = read(stream)
    except (struct.error, IndexError) as error:  # the file ends before its header does
        raise UnsupportedImage("damaged") from error
    if not header.pixels:
        raise UnsupportedImage("damaged")
    return header
