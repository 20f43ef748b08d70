"""Styles and tints that a prompt names, by English and Chinese words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from sandbox.kling.painter.image_ops import (
    Pixels,
    blur,
    clip,
    colour,
    colours,
    contrast,
    duotone,
    luminance,
    mix,
    saturate,
)
from sandbox.kling.painter.scene import Style
from sandbox.kling.painter.styles.flat import comic, pixel_art, pop_art, ukiyo_e
from sandbox.kling.painter.styles.glass import stained_glass
from sandbox.kling.painter.styles.glow import neon, noir
from sandbox.kling.painter.styles.line import blueprint, pencil, woodcut
from sandbox.kling.painter.styles.oil import impression, oil, painterly, van_gogh
from sandbox.kling.painter.styles.water import ink_wash, watercolour

STYLES: Mapping[str, tuple[Style, str]] = {
    "van gogh": (van_gogh, "van gogh|vangogh|starry night|post-?impressionis|梵高|梵谷|星夜|星空"),
    "stained glass": (stained_glass, "stained.?glass|mosaic|cathedral|彩色玻璃|彩绘玻璃|马赛克"),
    "pixel art": (pixel_art, r"pixel|8.?bit|16.?bit|retro game|sprite|像素"),
    "blueprint": (blueprint, "blueprint|technical drawing|schematic|patent|蓝图|设计图|工程图"),
    "ukiyo-e": (ukiyo_e, "ukiyo|hokusai|hiroshige|japanese print|woodblock|浮世绘|日本版画"),
    "ink wash": (ink_wash, r"ink.?wash|sumi|chinese (ink|painting)|shui.?mo|水墨|国画|山水"),
    "watercolour": (watercolour, "water.?colou?r|aquarelle|gouache|水彩"),
    "woodcut": (woodcut, r"wood.?cut|lino.?cut|engrav|etching|\bink\b|木刻|版画|雕刻"),
    "pencil": (pencil, "pencil|sketch|graphite|charcoal|drawing|line art|素描|铅笔|速写|线稿"),
    "pop art": (pop_art, "pop.?art|warhol|lichtenstein|half.?tone|screen.?print|波普|安迪"),
    "comic": (comic, "comic|cartoon|anime|manga|cel.?shad|graphic novel|漫画|动漫|卡通|二次元"),
    "noir": (noir, "noir|black.and.white|monochrome|detective|黑白|黑色电影|胶片"),
    "neon": (neon, "neon|cyber.?punk|synth.?wave|vapor.?wave|outrun|霓虹|赛博"),
    "impression": (impression, "impression|monet|renoir|pointillis|印象派|莫奈|点彩"),
    "oil": (oil, r"\boil\b|oil.?paint|rembrandt|baroque|renaissance|canvas|油画|古典"),
}
"""Style -> its function and the words that name it; the first match in the table wins."""
COLOURLESS = frozenset({"blueprint", "ink wash", "woodcut", "pencil", "noir"})
"""Styles without colours of their own: tints apply to the finished image, paper included."""


def find_style(prompt: str) -> tuple[str, Style]:
    """Return the first style of the table that a prompt names; "painterly" if it names none."""
    words = prompt.lower()
    for name, (style, pattern) in STYLES.items():
        if re.search(pattern, words):
            return name, style
    return "painterly", painterly


def _golden(rgb: Pixels) -> Pixels:
    glow = blur(np.clip(rgb - 0.5, 0, None), rgb.shape[1] / 40)
    return clip(rgb * colour("#ffe2ae") * 1.1 + glow * colour("#ff9e3d") * 0.6 + 0.012)


def _night(rgb: Pixels) -> Pixels:
    return clip(mix(rgb, luminance(rgb)[..., None] * colour("#5f86d8"), 0.62) * 0.72)


def _autumn(rgb: Pixels) -> Pixels:
    """Turn green to orange and warm the other colours."""
    leaf = np.clip(rgb[..., 1] - rgb[..., 2], 0, 1) * 2
    turned = rgb @ np.array([[0.75, 0.2, 0.1], [0.65, 0.42, 0.05], [0.1, 0.1, 0.5]], np.float32)
    return clip(mix(rgb, turned * 1.12, np.clip(leaf, 0, 1)) * colour("#ffefdc"))


def _winter(rgb: Pixels) -> Pixels:
    return clip(saturate(rgb, 0.55) * colour("#dcecff") * 1.04 + colour("#0c1420") * 0.8)


def _sepia(rgb: Pixels) -> Pixels:
    return duotone(luminance(rgb), colours("#1f140b #6b4a2c #c9a878 #f8ecd2"))


def _tinted(code: str) -> Callable[[Pixels], Pixels]:
    """Return a tint towards one colour that keeps light and shade."""

    def tint(rgb: Pixels) -> Pixels:
        """Mix in the colour, more where the image is light."""
        grey = luminance(rgb)[..., None]
        return clip(mix(rgb, colour(code) * (0.25 + 1.1 * grey) + 0.15 * grey * grey, 0.42))

    return tint


def _vivid(rgb: Pixels) -> Pixels:
    return saturate(contrast(rgb, 0.7), 1.4)


def _pastel(rgb: Pixels) -> Pixels:
    return clip(saturate(rgb, 0.75) * 0.62 + 0.36)


TINTS: Mapping[str, Callable[[Pixels], Pixels]] = {
    r"golden hour|golden light|\bgold(en)?\b|黄金时刻|金色": _golden,
    r"sunset|dusk|\bdawn\b|sunrise|日落|夕阳|黄昏|日出": lambda rgb: _golden(
        _tinted("#ff6f6b")(rgb)
    ),
    r"(?<!starry )\bnight|midnight|moonlight|夜晚|夜色|月光|夜景": _night,
    r"autumn|\bfall\b|秋": _autumn,
    r"winter|\bsnow|\bicy?\b|冬|雪": _winter,
    r"sepia|vintage|\bold photo|复古|怀旧": _sepia,
    r"pastel|dreamy|柔和|粉彩": _pastel,
    r"vivid|vibrant|colou?rful|鲜艳|多彩": _vivid,
    r"\bblue\b|蓝色|蓝调": _tinted("#2f6fe0"),
    r"\bred\b|crimson|红色": _tinted("#d8352c"),
    r"\bgreen\b|emerald|绿色": _tinted("#2f9e4f"),
    r"\bpink\b|rose|粉色|粉红": _tinted("#f06aa8"),
    r"purple|violet|紫色": _tinted("#7d4bd6"),
}


def tint(rgb: Pixels, prompt: str) -> Pixels:
    """Apply the tints that the prompt names; at most two."""
    words = prompt.lower()
    asked = [grade for pattern, grade in TINTS.items() if re.search(pattern, words)]
    for grade in asked[:2]:
        rgb = grade(rgb)
    return rgb
