"""Appearance of the charts: light and dark colours, hatches, and fonts that have the letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matplotlib.font_manager import FontProperties, fontManager, get_font

SCALE = 3
"""Dots per unit of length; the unit is a pixel of a phone that is 375 pixels wide."""

DPI = 100 * SCALE
SMALLEST_TEXT = 12.0

FONT = "DejaVu Sans"
"""The first font; it is part of Matplotlib."""

CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Arial Unicode MS",
)
"""Fonts tried in this order for letters that the first font lacks, such as Chinese ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Style of a group of outcomes; groups differ in hatch and lightness as well as in colour."""

    fill: str
    edge: str
    hatch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours of a chart. Text has a contrast of at least 4.5 to the background, bars of 3."""

    ground: str
    panel: str
    text: str
    quiet: str
    grid: str
    marks: Mapping[str, Mark]


LIGHT = Theme(
    ground="#ffffff",
    panel="#f2f3f5",
    text="#1e1f22",
    quiet="#4e5058",
    grid="#d5d7dc",
    marks={
        "painted": Mark(fill="#2f6fb5", edge="#2f6fb5"),
        "open": Mark(fill="#ffffff", edge="#2f6fb5"),
        "refused": Mark(fill="#f6c89f", edge="#a8500a", hatch="/////"),
        "failed": Mark(fill="#5b2333", edge="#5b2333"),
        "cancelled": Mark(fill="#ffffff", edge="#6a6d75", hatch="....."),
    },
)

DARK = Theme(
    ground="#2b2d31",
    panel="#383a40",
    text="#f2f3f5",
    quiet="#c4c9ce",
    grid="#4a4d54",
    marks={
        "painted": Mark(fill="#6fb1f2", edge="#6fb1f2"),
        "open": Mark(fill="#2b2d31", edge="#6fb1f2"),
        "refused": Mark(fill="#7a4315", edge="#f5a65b", hatch="/////"),
        "failed": Mark(fill="#f3b6c4", edge="#f3b6c4"),
        "cancelled": Mark(fill="#2b2d31", edge="#a3a8b0", hatch="....."),
    },
)


def families() -> list[str]:
    """Return the first font and those of the fallbacks that this computer has."""
    present = {font.name for font in fontManager.ttflist}
    return [FONT, *(name for name in CJK_FONTS if name in present)]


def drawable(texts: Iterable[str]) -> bool:
    """Return whether our fonts have every letter, so that no empty boxes appear."""
    fonts = [get_font(fontManager.findfont(FontProperties(family=name))) for name in families()]
    characters = {character for text in texts for character in text if not character.isspace()}
    return all(
        any(font.get_char_index(ord(character)) for font in fonts) for character in characters
    )
