"""Generates one image: compose, apply style and tints, encode. Runs in a worker process."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin

from sandbox.kling.painter.compose import (
    canvas_size,
    collage,
    crop_to_fill,
    enlarge,
    expand,
    invent,
)
from sandbox.kling.painter.image_ops import Pixels, blur, clip, mix
from sandbox.kling.painter.job import LEGEND, Brief, Painting
from sandbox.kling.painter.prompt_words import COLOURLESS, find_style, tint
from sandbox.kling.painter.scene import Scene

FAITHFUL = 1.3
"""Growth of the source's opacity per unit of fidelity above 0.5."""
IMAGE_DESCRIPTION = 0x010E
SOFTWARE = 0x0131


def paint(brief: Brief, *, sources: Sequence[bytes]) -> Painting:
    """Return the finished image; raises OSError if a source cannot be read."""
    # The layout of strokes, the palette and the crop all depend on this one seed.
    rng = np.random.default_rng(list(hashlib.sha256(brief.seed.encode()).digest()))
    pictures = [_opened(source) for source in sources]
    base, new = _composed(brief, pictures, rng)
    finished = enlarge(_restyled(brief, base, new, rng), brief.long_side)
    picture = Image.fromarray(np.uint8(clip(finished) * 255 + 0.5))
    marked = _encoded(_marked(picture), brief.format) if brief.mark else b""
    return Painting(_encoded(picture, brief.format), brief.format, marked)


def _opened(source: bytes) -> Image.Image:
    """Return an image upright, without transparency, no larger than the generator needs."""
    picture = Image.open(io.BytesIO(source))
    picture.draft("RGB", (2048, 2048))
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(paper, upright).convert("RGB")


def _composed(
    brief: Brief, pictures: Sequence[Image.Image], rng: np.random.Generator
) -> tuple[Pixels, Pixels | None]:
    """Return the image to restyle and, when outpainting, a mask of the new area."""
    size = canvas_size(brief, pictures[0] if pictures else None)
    if not pictures:
        return invent(brief.prompt, size, rng), None
    if brief.expansion is not None:
        return expand(pictures[0], brief, size)
    if len(pictures) > 1:
        return collage(pictures, size), None
    return crop_to_fill(pictures[0], size, rng, index=brief.index), None


def _restyled(brief: Brief, base: Pixels, new: Pixels | None, rng: np.random.Generator) -> Pixels:
    """Apply the style and the tints that the prompt names, with the requested fidelity."""
    name, style = find_style(brief.prompt)
    dyed_last = name in COLOURLESS
    base = base if dyed_last else tint(base, brief.prompt)
    loose = 1 + max(0.0, 0.5 - brief.fidelity) * 0.9
    scene = Scene(rgb=base, rng=rng, scale=max(base.shape[:2]) / 1024, loose=loose)
    painted = style(scene)
    if new is not None and name == "painterly":
        painted = mix(base, painted, blur(new, 4))  # the old part stays unchanged
    painted = mix(painted, base, max(0.0, brief.fidelity - 0.5) * FAITHFUL)
    return tint(painted, brief.prompt) if dyed_last else painted


def _marked(picture: Image.Image) -> Image.Image:
    """Return a copy with a watermark in the lower left corner."""
    marked = picture.copy()
    draw = ImageDraw.Draw(marked, "RGBA")
    font = ImageFont.load_default(max(12, max(picture.size) // 42))
    place = (picture.width * 0.02, picture.height * 0.97)
    draw.text(
        place,
        "sandbox",
        (255, 255, 255, 200),
        font,
        "ls",
        stroke_width=2,
        stroke_fill=(0, 0, 0, 90),
    )
    return marked


def _encoded(picture: Image.Image, kind: str) -> bytes:
    """Return the file with the legend in its metadata: PNG text, or JPEG comment and EXIF."""
    paper = io.BytesIO()
    exif = Image.Exif()
    exif[IMAGE_DESCRIPTION], exif[SOFTWARE] = LEGEND, "Repaint sandbox"
    if kind == "jpg":
        picture.save(paper, "JPEG", quality=92, comment=LEGEND.encode(), exif=exif)
    else:
        legend = PngImagePlugin.PngInfo()
        legend.add_text("Description", LEGEND)
        legend.add_text("Software", "Repaint sandbox")
        picture.save(paper, "PNG", pnginfo=legend, exif=exif, compress_level=3)
    return paper.getvalue()
