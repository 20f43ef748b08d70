"""Styles with flat colours: pixel art, pop art, comic, ukiyo-e."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.kling.painter.image_ops import (
    Pixels,
    Plane,
    blur,
    clip,
    clouds,
    colour,
    colours,
    contrast,
    grain,
    levels,
    luminance,
    make_palette,
    mix,
    noise,
    outlines,
    places,
    relief,
    resize,
    saturate,
    smooth_flat,
    soft_step,
)
from sandbox.kling.painter.scene import Scene
from sandbox.kling.painter.watermark import stamp_seal

BAYER = np.array(
    [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32
) / 16 - np.float32(0.47)


def pixel_art(scene: Scene) -> Pixels:
    """Render large square pixels in few colours, dithered as on an old console."""
    block = max(3, round(scene.px(float(scene.rng.choice([9, 10, 12])))))
    rows, columns = scene.shape[0] // block + 1, scene.shape[1] // block + 1
    vivid = saturate(contrast(levels(scene.rgb), 1.1, around=0.45), 1.45)
    crisp = clip(vivid + 1.1 * (vivid - blur(vivid, block)))
    small = _block_means(crisp, block, rows, columns)
    edge = outlines(luminance(small), width=0.7, strength=14, bias=-0.02)
    small = clip(small * (0.55 + 0.45 * edge[..., None]))
    tiled = np.tile(BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns]
    count = int(scene.rng.choice([20, 24, 32]))
    _, palette = make_palette(small, count)
    dithered = clip(small + tiled[..., None] * 0.07)
    large = palette[_nearest(dithered, palette)].repeat(block, 0).repeat(block, 1)
    return large[: scene.shape[0], : scene.shape[1]] * _screen(scene, block)


def _block_means(rgb: Pixels, block: int, rows: int, columns: int) -> Pixels:
    down, across = rows * block - rgb.shape[0], columns * block - rgb.shape[1]
    whole = np.pad(rgb, ((0, down), (0, across), (0, 0)), mode="edge")
    return whole.reshape(rows, block, columns, block, 3).mean((1, 3)).astype(np.float32)


def _nearest(rgb: Pixels, palette: Pixels) -> NDArray[np.intp]:
    """Return the number of the palette's nearest colour for each pixel."""
    # The pixel's own square is the same for every candidate and can be left out.
    return ((palette**2).sum(-1) - 2 * (rgb @ palette.T)).argmin(-1)


def _screen(scene: Scene, block: int) -> Pixels:
    """Return the faint grid between the pixels."""
    rows, columns = np.indices(scene.shape)
    seam = (rows % block == block - 1) | (columns % block == block - 1)
    return np.where(seam, np.float32(0.93), np.float32(1))[..., None]


POP = tuple(
    colours(row)
    for row in (
        "#23124a #e4007f #ffd400 #fff6d6",
        "#0b2a6b #ff5a1f #35c3e8 #fdf3e0",
        "#3a0d2e #00a651 #ff8fb8 #fff59d",
        "#10243f #8a2be2 #ff4d4d #ffe94a",
        "#5a0018 #0077c8 #9be564 #fff9e6",
        "#08323b #f15a29 #f7c6d9 #fffde8",
        "#1d1d1b #e30613 #ffe600 #ffffff",
        "#2b0a5c #00b3a4 #ffb000 #ffe8f2",
    )
)


def pop_art(scene: Scene) -> Pixels:
    """Render four panels in four sets of loud colours."""
    height, width = scene.shape
    top, left = height // 2, width // 2
    sets = scene.rng.permutation(len(POP))
    sheet = np.empty_like(scene.rgb)
    for number, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        shape = (height - top if row else top, width - left if column else left)
        panel = _printed(scene, shape, POP[sets[number]])
        sheet[row * top :, column * left :][: shape[0], : shape[1]] = panel
    gutter = max(2, round(scene.px(5)))
    sheet[top - gutter : top + gutter] = 1
    sheet[:, left - gutter : left + gutter] = 1
    return sheet


def _printed(scene: Scene, shape: tuple[int, int], inks: Pixels) -> Pixels:
    """Render one panel: dark, middle, light and paper, the middle through a dot screen."""
    grey = luminance(resize(scene.rgb, shape))
    grey = contrast(levels(grey), 1.4, around=0.45)
    grey = clip(blur(grey, scene.px(1.0)) + 0.6 * (grey - blur(grey, scene.px(5))))
    dots = _dots(shape, pitch=scene.px(8), angle=0.4)
    ink = np.broadcast_to(inks[3], (*shape, 3))
    ink = mix(ink, inks[2], soft_step(0.74 + 0.28 * dots - grey, 0.0, width=0.06))
    ink = mix(ink, inks[1], soft_step(0.47 + 0.14 * dots - grey, 0.0, width=0.06))
    slip = max(1, round(scene.px(2.5)))  # the last screen is always slightly misaligned
    black = np.roll(soft_step(0.26 - grey, 0.0, width=0.05), slip, axis=1)
    return clip(mix(ink, inks[0], black))


def _dots(shape: tuple[int, int], *, pitch: float, angle: float) -> Plane:
    """Return a dot screen, from -1 between the dots to 1 in their centres."""
    rows, columns = places(shape)
    frequency = 2 * np.pi / pitch
    along = (columns * np.cos(angle) + rows * np.sin(angle)) * frequency
    beside = (rows * np.cos(angle) - columns * np.sin(angle)) * frequency
    return ((np.cos(along) + np.cos(beside)) / 2).astype(np.float32)


def comic(scene: Scene) -> Pixels:
    """Render a comic: flat colours, bold lines, dots in the shade, a panel frame."""
    vivid = saturate(contrast(levels(scene.rgb), 1.1, around=0.42), 1.5)
    calm = smooth_flat(vivid, max(2, round(scene.px(5 * scene.loose))))
    grey = luminance(calm) + 1e-3
    tones = float(scene.rng.choice([4, 5]))
    flat = (np.floor(grey * tones) + 0.5 + soft_step(grey * tones % 1, 0.5, width=0.3)) / tones
    cel = clip(calm * (flat / grey)[..., None] * 0.96 + 0.02)
    dots = _dots(scene.shape, pitch=scene.px(7), angle=0.78)
    shade = soft_step(0.5 - grey + 0.2 * dots, 0.0, width=0.08) * soft_step(grey, 0.12, width=0.1)
    cel = mix(cel, cel * colour("#7f86b8"), shade * 0.6)
    ink = _inked(scene)
    drawn = cel * ink[..., None]
    return _panel(scene, clip(drawn * relief(_fibres(scene), depth=0.02)[..., None]))


def _inked(scene: Scene) -> Plane:
    """Return bold lines over black shadows."""
    grey = contrast(levels(luminance(scene.rgb)), 1.0, around=0.45)
    bold = outlines(grey, width=scene.px(2.0), strength=26, bias=-0.016)
    fine = outlines(grey, width=scene.px(0.9), strength=16, bias=-0.012)
    black = soft_step(blur(grey, scene.px(1.5)), 0.1, width=0.05)
    return soft_step(np.minimum(bold, 0.35 + 0.65 * fine), 0.5, width=0.6) * (0.15 + 0.85 * black)


def _panel(scene: Scene, rgb: Pixels) -> Pixels:
    """Frame the image: white gutter, black rule."""
    gutter, rule = round(scene.px(13)), max(2, round(scene.px(4)))
    framed = np.ones_like(rgb)
    inner = np.s_[gutter:-gutter, gutter:-gutter]
    framed[inner] = colour("#111114")
    inside = np.s_[gutter + rule : -gutter - rule, gutter + rule : -gutter - rule]
    framed[inside] = rgb[inside]
    return framed


def _fibres(scene: Scene) -> Plane:
    return clouds(scene.shape, scene.rng, size=scene.px(10))


PIGMENTS = colours(
    "#1c2a44 #274f7d #4f86a6 #9dbfc4 #d9e2d2 #f1e6c8 #e7cf9c #d9a766 #c8693f #a33327 "
    "#6d2a22 #3b2a26 #7f8f5a #4d6848 #b9b48a #e8b9a0 #8a5a44 #c9c7bd"
)
INDIGO, WASHI = colour("#16223a"), colour("#f3e9d0")


def ukiyo_e(scene: Scene) -> Pixels:
    """Render a woodblock print: few pigments, indigo outlines, a shaded sky, washi, a seal."""
    half = (scene.shape[0] // 2, scene.shape[1] // 2)
    vivid = saturate(contrast(levels(resize(scene.rgb, half)), 1.2, around=0.42), 1.3)
    calm = smooth_flat(vivid, max(2, round(scene.px(2 * scene.loose))))
    calm = blur(resize(calm, scene.shape), scene.px(0.7))
    flat = blur(_block_print(scene, calm), 0.5 * scene.scale)
    flat = mix(flat, PIGMENTS[1], _shaded_sky(scene, luminance(calm)))
    grey = contrast(levels(luminance(scene.rgb)), 0.8, around=0.45)
    lines = np.minimum(
        outlines(grey, width=scene.px(1.8), strength=30, bias=-0.012),
        outlines(
            resize(luminance(calm), scene.shape), width=scene.px(1.6), strength=24, bias=-0.01
        ),
    )
    printed = mix(np.broadcast_to(INDIGO, flat.shape), flat, soft_step(lines, 0.5, width=0.5))
    wood = noise((scene.shape[0], max(2, scene.shape[1] // 24)), scene.rng, size=scene.px(3))
    wood = resize(wood, scene.shape) * 0.03 + 0.02 * grain(scene.shape, scene.rng)
    printed = mix(printed, WASHI, clip(0.05 + wood)) * WASHI**0.25
    return stamp_seal(clip(printed * relief(_fibres(scene), depth=0.03)[..., None]), scene)


def _block_print(scene: Scene, rgb: Pixels) -> Pixels:
    """Reduce the colours to those of a set of blocks, in the pigments."""
    _, table = make_palette(rgb[::6, ::6], int(scene.rng.choice([10, 12, 14])))
    weights = np.array([0.9, 1.3, 0.8], np.float32)
    away = (((table[:, None] - PIGMENTS) * weights) ** 2).sum(-1)
    inks = mix(table, PIGMENTS[away.argmin(-1)], 0.7)
    return inks[_nearest(rgb, table)]


def _shaded_sky(scene: Scene, grey: Plane) -> Plane:
    """Return how deep the blue reaches from the upper rim (bokashi), where the image is bright."""
    rows = np.linspace(0, 1, scene.shape[0], dtype=np.float32)[:, None]
    return np.clip(1 - rows / 0.26, 0, 1) ** 1.3 * soft_step(grey, 0.45, width=0.3) * 0.75
