"""Fonts for labels: chooses the first text whose letters an installed font can draw."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

CJK_FILES = (
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-VF.ttf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "msyh.ttc",
    "simhei.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Medium.ttc",
    "Arial Unicode.ttf",
)
"""Fonts with Chinese letters, searched by name in the system's folders in this order."""

_SAMPLE = 24
"""Font size in pixels at which letters are tested."""

_NOBODYS = "\U0010ffff"
"""A code point that no font has: drawing it shows a font's box for missing letters."""


def fitting_words(wordings: Sequence[Sequence[str]], *, size: int) -> tuple[Sequence[str], Font]:
    """Return the first of these wordings that some font can draw, and that font at `size` px.

    If no font can, return the last wording with Pillow's default font.
    """
    for words in wordings:
        for name in (*_shipped(), *CJK_FILES):
            if (sample := _font(name, _SAMPLE)) and _has_all(sample, words):
                return words, _font(name, size) or sample
    return wordings[-1], ImageFont.load_default(size)


def _font(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _shipped() -> list[str]:
    """Return the path of the font that comes with matplotlib, without importing matplotlib."""
    spec = find_spec("matplotlib")
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return [str(Path(one, "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf")) for one in folders]


def _has_all(font: Font, words: Sequence[str]) -> bool:
    missing = _drawn(font, _NOBODYS)
    characters = {character for word in words for character in word if not character.isspace()}
    return all(_drawn(font, character) != missing for character in characters)


def _drawn(font: Font, character: str) -> bytes:
    paper = Image.new("L", (2 * _SAMPLE, 2 * _SAMPLE))
    ImageDraw.Draw(paper).text((0, 0), character, fill=255, font=font)
    return paper.tobytes()
