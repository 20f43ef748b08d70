"""HEIC as phones write it: tiles in a grid, rotated by `irot`, with EXIF and other images.

The coded tiles were made once (pillow-heif, x265); the boxes around them are written here.
"""

from __future__ import annotations

import struct
from base64 import b64decode

SIZE = (480, 360)
"""Size of the grid as stored; its four tiles of 256 x 256 cover more than the image."""

_TILE_CODING = b64decode(
    """
AQNwAAAAkAAAAAAAPPAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAPLoCQGEAAQAsQgEBA3AAAAMAkAAAAwAA
AwA8oAgIBAWW6kkprm4CGgwIAAADAMgAAAMACEBiAAEAB0QBwXKwYkA=
    """
)

_TILE_0 = b64decode(
    """
AAABaCgBrwnIflw2wCE5dV///II///xiNyH8CiB0HMPLuNNZ4fr3MxdO+FACa///PF4r+nHKP/RV2Pk9Akdbi6lOZu03z000
+YbyUzejg1mwQj2weBbW7Ih0KXgR9EihiAA7mccpp/NUzPNcO9G3U2J89nOXFhGWdNrVa9ktrIKi9zMXdAAAZAAAhJt0MZfz
JUfRsuR3P5vnqBkvIbJUm0D7rNguZ8w3kpm9HTqoQ1jPVTRE5fIa+dEgVuBVzTuoZ6Qn4wB6mdHVA+JrFNUEzLZFILfqaQkP
zVLSSsvr18pGe28/HH6bhOWTaxlsEnTVqJMHeDMtqlPPnu8/MFDA4HeDkwCdi6RO1nXfj3qUauOT0/ufk13BbcoOb/xhBcwy
aKj6NkMEYFe8lDyXkNkqTaB9plgilFxoH5mHYaFWwbR58HAC4BJgb9adGv0aBYKchKPotQXony6o+GrSVikLy0AAAAMAAAMA
AIYEVA==
    """
)

_TILE_1 = b64decode(
    """
AAAAUCgBrwnIaA0uITl1X//9q0fvf5gu//7QWnQcw8u401nh+vczF3QAAJiAovczF3QAAGQAAOcAFrCTAAD/AAwgAAADAUWH
AAADAAADAAADAAr4
    """
)

_AUX_CODING = b64decode(
    """
AQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAYQABACdCAQEECAAAAwCf+AAAAwAA
HsBAgIFlupJKa5sCAAADADIAAAMAAhBiAAEAB0QBwXKwIkA=
    """
)

_AUX = b64decode(
    """
AAAAFigBrhPAO4jr///DcsUgCC1harYAE5A=
    """
)

_GRID, _EXIF, _DEPTH, _GAIN, _THUMBNAIL = 5, 6, 7, 8, 9
_AUXILIARY = {
    _DEPTH: b"urn:mpeg:hevc:2015:auxid:2\0",
    _GAIN: b"urn:com:apple:photo:2020:aux:hdrgainmap\0",
}
_SHOWN, _HIDDEN = 0, 1


def box(name: bytes, *content: bytes) -> bytes:
    """Frame one box."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, name) + body


def phone_heic(
    *,
    turns: int = 0,
    exif: bytes = b"",
    profile: bytes = b"",
    brands: tuple[bytes, ...] = (b"heic", b"mif1", b"heic"),
    is_data_first: bool = False,
) -> bytes:
    """Return a HEIC whose grid looks like `painted()` before it is rotated.

    `turns` are counterclockwise quarter turns; depth, gain map and thumbnail are further items.
    The first of `brands` is the major one.
    """
    tiles = (1, 2, 3, 4)
    data = dict.fromkeys(tiles, _TILE_1) | {1: _TILE_0, _THUMBNAIL: _TILE_0}
    data |= {_DEPTH: _AUX, _GAIN: _AUX, _GRID: struct.pack(">BBBBHH", 0, 0, 1, 1, *SIZE)}
    kinds = dict.fromkeys((*tiles, _DEPTH, _GAIN, _THUMBNAIL), b"hvc1") | {_GRID: b"grid"}
    references = [(b"dimg", _GRID, tiles), (b"thmb", _THUMBNAIL, (_GRID,))]
    references += [(b"auxl", one, (_GRID,)) for one in _AUXILIARY]
    properties = [
        box(b"hvcC", _TILE_CODING),
        _full(b"ispe", struct.pack(">II", 256, 256)),
        _full(b"ispe", struct.pack(">II", *SIZE)),
        box(b"irot", bytes([turns])),
        box(b"hvcC", _AUX_CODING),
        _full(b"ispe", struct.pack(">II", 128, 128)),
        *(_full(b"auxC", name) for name in _AUXILIARY.values()),
    ]
    uses = {one: [0x81, 2] for one in (*tiles, _THUMBNAIL)} | {_GRID: [3, 0x84]}
    uses |= {_DEPTH: [0x85, 6, 0x87], _GAIN: [0x85, 6, 0x88]}
    if exif:
        data[_EXIF], kinds[_EXIF] = struct.pack(">I", 6) + b"Exif\0\0" + exif, b"Exif"
        references.append((b"cdsc", _EXIF, (_GRID,)))
    if profile:
        properties.append(box(b"colr", b"prof", profile))
        uses[_GRID] = [*uses[_GRID], len(properties)]
    head = box(b"ftyp", brands[0], b"\0\0\0\0", *brands[1:])
    content = box(b"mdat", *(data[one] for one in sorted(data)))
    described = (
        _full(b"hdlr", bytes(4), b"pict", bytes(13)),
        _full(b"pitm", struct.pack(">H", _GRID)),
        _items(kinds),
        _full(b"iref", *(_reference(*one) for one in references)),
        box(b"iprp", box(b"ipco", *properties), _associations(uses)),
    )
    if is_data_first:
        return head + content + _full(b"meta", *described, _places(data, len(head) + 8))
    length = len(_full(b"meta", *described, _places(data, 0)))
    places = _places(data, len(head) + length + 8)
    return head + _full(b"meta", *described, places) + content


def _full(name: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def _items(kinds: dict[int, bytes]) -> bytes:
    entries = [
        _full(
            b"infe",
            struct.pack(">HH4s", one, 0, kinds[one]) + b"\0",
            version=2,
            flags=_SHOWN if one == _GRID else _HIDDEN,
        )
        for one in sorted(kinds)
    ]
    return _full(b"iinf", struct.pack(">H", len(entries)), *entries)


def _reference(name: bytes, one: int, others: tuple[int, ...]) -> bytes:
    return box(name, struct.pack(f">HH{len(others)}H", one, len(others), *others))


def _associations(uses: dict[int, list[int]]) -> bytes:
    entries = (struct.pack(">HB", one, len(uses[one])) + bytes(uses[one]) for one in sorted(uses))
    return _full(b"ipma", struct.pack(">I", len(uses)), *entries)


def _places(data: dict[int, bytes], at: int) -> bytes:
    entries: list[bytes] = []
    for one in sorted(data):
        entries.append(struct.pack(">HHHII", one, 0, 1, at, len(data[one])))
        at += len(data[one])
    return _full(b"iloc", b"\x44\0", struct.pack(">H", len(entries)), *entries)
