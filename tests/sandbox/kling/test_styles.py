"""Measured properties that define each style."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sandbox.kling.painter.image_ops import Pixels, clip, luminance, slopes
from sandbox.kling.painter.prompt_words import STYLES
from sandbox.kling.painter.scene import Scene, Style
from sandbox.kling.painter.styles.flat import comic, pixel_art, pop_art, ukiyo_e
from sandbox.kling.painter.styles.glass import stained_glass
from sandbox.kling.painter.styles.glow import neon, noir
from sandbox.kling.painter.styles.line import blueprint, pencil, woodcut
from sandbox.kling.painter.styles.oil import impression, oil, painterly, van_gogh
from sandbox.kling.painter.styles.water import ink_wash, watercolour
from tests.sandbox.kling.conftest import photo

pytestmark = pytest.mark.proof


WIDTH, HEIGHT = 384, 288
SOURCE = np.asarray(Image.open(io.BytesIO(photo(WIDTH, HEIGHT))), np.float32) / 255
ALL = [style for style, _ in STYLES.values()] + [painterly]


def restyled(style: Style, *, source: Pixels = SOURCE, seed: int = 1, loose: float = 1) -> Pixels:
    scale = max(source.shape) / 1024
    return style(Scene(rgb=source, rng=np.random.default_rng(seed), scale=scale, loose=loose))


def saturation(rgb: Pixels) -> float:
    return float((rgb.max(-1) - rgb.min(-1)).mean())


def roughness(rgb: Pixels) -> float:
    across, down = slopes(luminance(rgb))
    return float(np.hypot(across, down).mean())


@pytest.mark.parametrize("style", ALL)
def test_a_style_keeps_the_size_and_the_range(style: Style) -> None:
    picture = restyled(style)
    assert picture.shape == SOURCE.shape
    assert 0 <= picture.min() <= picture.max() <= 1


@pytest.mark.parametrize("style", ALL)
def test_a_style_repeats_itself_for_the_same_seed_only(style: Style) -> None:
    one, again, other = (restyled(style, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("style", ALL)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_picture_of_one_colour_is_no_accident(style: Style, level: float) -> None:
    flat = np.full((120, 160, 3), level, np.float32)
    assert np.isfinite(restyled(style, source=flat)).all()


@pytest.mark.parametrize("style", ALL)
def test_a_narrow_strip_can_be_painted(style: Style) -> None:
    assert restyled(style, source=SOURCE[:, :120]).shape == (HEIGHT, 120, 3)


@pytest.mark.parametrize("style", [oil, van_gogh, impression, painterly])
def test_paint_stands_in_strokes(style: Style) -> None:
    sky = np.s_[20:100, 20:140]
    assert roughness(restyled(style)[sky]) > 4 * roughness(SOURCE[sky])


def test_van_gogh_is_more_coloured_than_the_source() -> None:
    assert saturation(restyled(van_gogh)) > saturation(SOURCE)


def test_van_gogh_turns_a_pale_sky_blue_and_yellow() -> None:
    pale = np.full((200, 300, 3), 0.92, np.float32)
    assert saturation(restyled(van_gogh, source=pale)) > 0.12


def test_broader_brushes_leave_calmer_paint() -> None:
    assert roughness(restyled(oil, loose=2.5)) < roughness(restyled(oil))


@pytest.mark.parametrize("style", [watercolour, ink_wash])
def test_water_leaves_a_margin_of_bare_paper(style: Style) -> None:
    picture = restyled(style)
    rim = np.concatenate([picture[:2].reshape(-1, 3), picture[-2:].reshape(-1, 3)])
    assert np.median(rim) > 0.8
    assert picture[60:-60, 60:-60].mean() < rim.mean()


def test_ink_wash_has_soot_and_a_red_seal() -> None:
    picture = restyled(ink_wash)
    red = (picture[..., 0] > picture[..., 1] + 0.2) & (picture[..., 0] > 0.4)
    rows, columns = np.nonzero(red)
    assert len(rows) > 50
    assert (np.median(rows) / HEIGHT, np.median(columns) / WIDTH) > (0.7, 0.7)
    assert saturation(picture) < saturation(SOURCE) * 0.6


@pytest.mark.parametrize("style", [pencil, noir, woodcut])
def test_some_styles_have_no_colour(style: Style) -> None:
    assert saturation(restyled(style)) < 0.12


def test_a_woodcut_is_ink_or_paper_and_little_between() -> None:
    grey = luminance(restyled(woodcut))
    assert np.mean((grey > 0.3) & (grey < 0.7)) < 0.15
    assert 0.1 < np.mean(grey < 0.3) < 0.9


def test_a_blueprint_is_blue_with_pale_lines_and_a_title() -> None:
    picture = restyled(blueprint)
    assert picture[..., 2].mean() > picture[..., 0].mean() + 0.25
    title = luminance(picture[-36:-8, -100:-8])
    assert title.max() > 0.75


def test_pixel_art_is_made_of_equal_squares_in_few_colours() -> None:
    picture = restyled(pixel_art)
    sides = [
        side
        for side in range(3, 8)
        if np.allclose(picture[0, 0 : side - 1], picture[0, 0]) and picture[1, 1].any()
    ]
    assert sides
    inner = picture[1::3, 1::3].reshape(-1, 3)
    assert len(np.unique(np.round(inner, 3), axis=0)) <= 2 * 32


def test_pop_art_is_printed_four_times_in_four_sets_of_ink() -> None:
    picture = restyled(pop_art)
    panels = [
        picture[row : row + 130, column : column + 180].mean((0, 1))
        for row in (0, HEIGHT - 130)
        for column in (0, WIDTH - 180)
    ]
    apart = [np.abs(a - b).max() for k, a in enumerate(panels) for b in panels[k + 1 :]]
    assert min(apart) > 0.03
    assert picture[HEIGHT // 2, :20].min() == 1


def test_a_comic_has_a_white_gutter_and_a_black_rule() -> None:
    picture = restyled(comic)
    assert picture[0].min() == 1
    assert picture[5, 100].max() < 0.2


def test_ukiyo_e_uses_few_pigments_under_a_deepening_sky() -> None:
    picture = restyled(ukiyo_e)
    assert luminance(picture[:6]).mean() < luminance(picture[70:90]).mean()
    assert roughness(clip(picture)) < 0.1


def test_stained_glass_is_panes_in_lead() -> None:
    picture = restyled(stained_glass)
    grey = luminance(picture)
    assert 0.08 < np.mean(grey < 0.2) < 0.6
    assert saturation(picture) > saturation(SOURCE) * 0.9


def test_noir_is_dark_at_the_corners() -> None:
    white = np.full((200, 300, 3), 0.75, np.float32)
    grey = luminance(restyled(noir, source=white))
    corners = [grey[:20, :20], grey[:20, -20:], grey[-20:, :20], grey[-20:, -20:]]
    assert np.mean(corners) < grey[80:120, 120:180].mean() - 0.15


def test_neon_glows_on_a_dark_street() -> None:
    picture = restyled(neon)
    assert luminance(picture).mean() < luminance(SOURCE).mean()
    assert picture.max() > 0.9
    assert saturation(picture) > 0.13
