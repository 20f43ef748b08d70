"""Parser for all segments of a JPEG (ITU T.81), which separates the image from other data.

Tables, frames, scans, the colour information of JFIF and Adobe, and a colour profile are retained.
EXIF, XMP, IPTC, comments, previews, further images and data after the end are dropped.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from services.errors import UnsupportedImage
from services.images.header import Header, orientation_in, take
from services.images.metadata import PartList

MOST_SEGMENTS = 100_000
"""Maximum number of segments: a phone writes about ten, a long XMP a few hundred; each costs some
microseconds."""

MOST_FILL = 4_000
"""Maximum bytes between two segments; decoders read them one by one."""

PROFILE_BYTES = 4_000_000
"""Maximum bytes of a colour profile; profiles of measured monitors have up to 2.5 MB."""

_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MARK, _SCAN, _END = 0xFF, 0xDA, 0xD9
_JFIF, _EXIF, _PROFILE, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
_BESIDE = frozenset({*range(0xE0, 0xF0), *range(0xF0, 0xFF), *range(0x02, 0xC0)})
"""Markers of segments that are not the image: applications' data, comments, unassigned codes."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SHRINKING = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_UNUSUAL: Mapping[int, str] = {
    **dict.fromkeys((0xC3, 0xCB), "lossless JPEG"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical JPEG"),
}
"""Kinds of frames that browsers do not show either."""
_DEEP = 12
_COEFFICIENTS = 64
_UNREAD = 99
_BLOCK = 1024 * 1024
_MARKER_IN_SCAN = re.compile(rb"\xff+[\x01\xc0-\xcf\xd8-\xfe]")
"""Matches the marker that ends a scan's coded data: not a stuffed zero, a restart or a reserved
code."""
_PLAIN_JFIF = b"\xff\xe0\0\x10JFIF\0"


@dataclass(slots=True)
class _Frame:
    """The frame's header; `levels`: per coefficient, the bits that no scan has stored yet."""

    marker: int
    width: int
    height: int
    factors: Mapping[int, tuple[int, int]]
    levels: dict[int, list[int]]

    @property
    def is_covered(self) -> bool:
        """Whether the scans have stored every bit of every coefficient."""
        return not any(level for levels in self.levels.values() for level in levels)


@dataclass(slots=True)
class _SegmentWalk:
    """The state of the parser while it reads segment by segment."""

    stream: BinaryIO
    size: int
    parts: PartList = field(default_factory=PartList)
    frame: _Frame | None = None
    is_baseline: bool = True
    """Whether all components come in one scan, so that a decoder needs no memory for
    coefficients."""
    orientation: int = 0
    kept: int = 0
    profile: int = 0
    scan_bytes: int = 0


def read_jpeg(stream: BinaryIO) -> Header:
    """Parse a JPEG to its end; return its header, with the parts that are its image."""
    walk = _SegmentWalk(stream, size=stream.seek(0, 2))
    stream.seek(2)
    walk.parts.add(0, 2)
    is_short = False
    for _ in range(MOST_SEGMENTS):
        try:
            marker = _marker(stream)
            if marker == _END:
                break
            if marker not in _WITHOUT_LENGTH:
                _segment(walk, marker)
        except (struct.error, IndexError):
            is_short = True
            break
    else:
        raise UnsupportedImage("damaged")
    if not walk.scan_bytes:
        raise UnsupportedImage("damaged")
    walk.parts.write(b"\xff\xd9") if is_short else walk.parts.add(stream.tell() - 2, stream.tell())
    return _header(walk, is_short=is_short)


def _marker(stream: BinaryIO) -> int:
    """Return the next segment's marker; skip at most MOST_FILL bytes before it."""
    for _ in range(MOST_FILL):
        if stream.read(1)[0] != _MARK:
            continue
        byte = _MARK
        for _ in range(MOST_FILL):
            byte = stream.read(1)[0]
            if byte != _MARK:
                break
        if byte:
            return byte
    raise UnsupportedImage("damaged")


def _segment(walk: _SegmentWalk, marker: int) -> None:
    """Read one segment; add it to the parts if it belongs to the image."""
    start = walk.stream.tell() - 2
    (length,) = take(walk.stream, ">H")
    end = start + 2 + max(length, 2)
    if end > walk.size:
        raise struct.error
    if marker in _BESIDE:
        _beside(walk, marker, start, end)
    else:
        walk.parts.add(start, end)
        walk.kept += length + 200
    if marker in _FRAMES:
        walk.frame = _read_frame(walk.stream, marker)
    elif marker == _SCAN:
        _scan(walk, end)
        return
    walk.stream.seek(end)


def _beside(walk: _SegmentWalk, marker: int, start: int, end: int) -> None:
    """Add the segment to the parts if it is about colours; read EXIF's orientation."""
    if marker == _EXIF and not walk.orientation:
        body = walk.stream.read(end - start - 4)
        walk.orientation = orientation_in(body) if body.startswith(b"Exif\0") else 0
        return
    head = walk.stream.read(14)
    if marker == _JFIF and head.startswith(b"JFIF\0") and len(head) >= 14:  # noqa: PLR2004
        is_plain = head[12:14] == b"\0\0" and end - start == 18  # noqa: PLR2004 -- without a preview
        walk.parts.add(start, end) if is_plain else walk.parts.write(
            _PLAIN_JFIF + head[5:12] + b"\0\0"
        )
    elif marker == _PROFILE and head.startswith(b"ICC_PROFILE\0"):
        walk.profile += end - start
        if walk.profile <= PROFILE_BYTES:
            walk.parts.add(start, end)
            walk.kept += (end - start) * 2 + 200
    elif marker == _ADOBE and head.startswith(b"Adobe"):
        is_plain = end - start == 16  # noqa: PLR2004
        walk.parts.add(start, end) if is_plain else walk.parts.write(
            b"\xff\xee\0\x0e" + head[:12].ljust(12, b"\0")
        )


def _read_frame(stream: BinaryIO, marker: int) -> _Frame:
    bits, height, width, count = take(stream, ">BHHB")
    if bits == _DEEP or marker in _UNUSUAL:
        raise UnsupportedImage(_UNUSUAL.get(marker, "12-bit JPEG"))
    components = [take(stream, ">BBB") for _ in range(count)]
    factors = {name: (max(one >> 4, 1), max(one & 15, 1)) for name, one, _ in components}
    levels = {name: [_UNREAD] * _COEFFICIENTS for name in factors}
    return _Frame(marker, width, height, factors, levels)


def _scan(walk: _SegmentWalk, end: int) -> None:
    """Record which coefficients a scan contains, add its data to the parts, and go to its end."""
    frame, stream = walk.frame, walk.stream
    if frame is None:
        raise UnsupportedImage("damaged")
    names = [take(stream, ">BB")[0] for _ in range(take(stream, ">B")[0])]
    first, last, bits = take(stream, ">BBB")
    if not walk.scan_bytes:
        walk.is_baseline = len(names) >= len(frame.factors) and frame.marker not in _PROGRESSIVE
    for name in names:
        levels = frame.levels.get(name, [])
        levels[first : last + 1] = [bits & 15] * len(levels[first : last + 1])
    stop = _end_of_scan(stream, end)
    walk.parts.add(end, stop)
    walk.scan_bytes = max(stop - end, 1)
    stream.seek(stop)


def _end_of_scan(stream: BinaryIO, start: int) -> int:
    """Return the offset of the marker that ends the scan, or of the end of the file."""
    stream.seek(start)
    before = b""
    while block := stream.read(_BLOCK):
        found = _MARKER_IN_SCAN.search(data := before + block)
        if found:
            return stream.tell() - len(data) + found.start()
        before = b"\xff" if data.endswith(b"\xff") else b""
    return stream.tell() - len(before)


def _header(walk: _SegmentWalk, *, is_short: bool) -> Header:
    frame = walk.frame
    assert frame is not None
    factors = list(frame.factors.values())
    across, down = (max((one[axis] for one in factors), default=1) for axis in (0, 1))
    blocks = sum(
        (frame.width * h // across // 8 + 2) * (frame.height * v // down // 8 + 2)
        for h, v in factors
    )
    return Header(
        format="JPEG",
        width=frame.width,
        height=frame.height,
        samples=len(factors),
        coefficients=0 if walk.is_baseline else blocks * _COEFFICIENTS * 2,
        can_shrink=frame.marker in _SHRINKING,
        kept=walk.kept,
        parts=walk.parts.done(),
        orientation=walk.orientation or 1,
        is_short=is_short,
        is_covered=frame.is_covered,
        scan_bytes=walk.scan_bytes,
        unit=(8 * across, 8 * down),
    )
