"""Names file formats that the bot does not read, by first bytes, media type or suffix."""

from __future__ import annotations

import re

VIDEO, SVG, RAW = "video", "SVG", "RAW"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"II\xbc\x01", "JPEG XR"),
    (rb"\0\0\x01\0", "ICO"),
    (rb"\0\0\x02\0\x01", "CUR"),
    (rb"8BPS", "PSD"),
    (rb"gimp xcf", "XCF"),
    (rb"icns", "ICNS"),
    (rb"DDS ", "DDS"),
    (rb"qoif", "QOI"),
    (rb"BPG\xfb", "BPG"),
    (rb"v/1\x01", "OpenEXR"),
    (rb"#\?R(ADIANC|GB)E", "Radiance HDR"),
    (rb"P[1-7]\s", "PNM"),
    (rb"%PDF", "PDF"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript"),
    (rb"II\*\0\x10\0\0\0CR|II[UR]|IIRO|MMOR|FUJIFILMCCD-RAW|....ftypcrx ", RAW),
    (
        rb"\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|OggS|\0\0\x01[\xb3\xba]|....ftyp|....moov|....mdat",
        VIDEO,
    ),
)
"""Patterns of a file's first bytes, each with the format's name; the first match counts."""

_CLAIMED: tuple[tuple[str, str], ...] = (
    ("jxl", "JPEG XL"),
    ("jp2|jpx|j2k|jpf|jpm|j2c", "JPEG 2000"),
    ("jxr|hdp|wdp|vnd.ms-photo", "JPEG XR"),
    ("svgz?|svg.xml", SVG),
    ("ico|x-icon|vnd.microsoft.icon", "ICO"),
    ("psd|psb|vnd.adobe.photoshop|x-photoshop|x-psd", "PSD"),
    ("xcf|x-xcf", "XCF"),
    ("pdf", "PDF"),
    ("tga|x-tga|x-targa", "TGA"),
    ("eps|ps|postscript", "PostScript"),
    (
        "dng|x-adobe-dng|(x-[a-z]+-)?(cr[23]|crw|nef|nrw|arw|sr2|raf|orf|rw2|pef|srw|3fr|iiq)",
        RAW,
    ),
)
"""Patterns of a media type's subtype or a file's suffix, each with the format's name."""


FOREIGN = frozenset({name for _, name in (*_SIGNATURES, *_CLAIMED)} - {VIDEO})
"""Names of image formats of which the bot reads no file."""

VARIANTS = frozenset({
    *("12-bit JPEG", "hierarchical JPEG", "lossless JPEG", "CgBI PNG", "HEIF sequence"),
    *("HEIF (AVC)", "HEIF (VVC)", "HEIF (JPEG)", "HEIF (JPEG 2000)", "HEIF (unci)"),
})  # fmt: skip
"""Unsupported variants of formats that are otherwise read; the parsers raise these names."""


def detect_format(head: bytes) -> str:
    """Return the name of a format by a file's first bytes; `damaged` if they are unknown."""
    for pattern, name in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            return name
    return SVG if re.search(rb"<svg[\s>:/]", head) else "damaged"


def name_of_claim(word: str) -> str | None:
    """Return the name of a format by type (`image/jxl`) or suffix (`.jxl`); None if not listed."""
    short = re.sub(r"^(image/|application/|\.)", "", word)
    return next((name for words, name in _CLAIMED if re.fullmatch(words, short)), None)
