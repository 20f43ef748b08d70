"""The painter's filters, and what is composed before they are applied."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sandbox.kling.painter import Brief
from sandbox.kling.painter.compose import (
    canvas_size,
    collage,
    crop_to_fill,
    enlarge,
    expand,
    invent,
    pixels,
)
from sandbox.kling.painter.image_ops import (
    blur,
    clouds,
    colour,
    colours,
    contrast,
    duotone,
    levels,
    luminance,
    make_palette,
    mix,
    noise,
    outlines,
    relief,
    resize,
    rim_distance,
    saturate,
    smear,
    smooth_flat,
    soft_step,
    warp,
)
from sandbox.kling.painter.vector_field import compute_flow
from tests.sandbox.kling.conftest import photo

pytestmark = pytest.mark.proof


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def source() -> Image.Image:
    return Image.open(io.BytesIO(photo(400, 300)))


def stripes(height: int = 60, width: int = 80, *, pitch: int = 8) -> np.ndarray:
    """Return upright stripes."""
    columns = np.arange(width, dtype=np.float32) // pitch % 2
    return np.broadcast_to(columns, (height, width)).astype(np.float32)


def test_colours_are_read_from_their_codes() -> None:
    assert colour("#ff0080").tolist() == pytest.approx([1, 0, 128 / 255])
    assert colours("#000000 #ffffff").shape == (2, 3)


@pytest.mark.parametrize("radius", [0.1, 0.8, 3, 12])
def test_a_blur_keeps_the_mean_and_calms_the_rest(rng: np.random.Generator, radius: float) -> None:
    plane = rng.random((90, 120)).astype(np.float32)
    soft = blur(plane, radius)
    assert soft.shape == plane.shape
    assert soft.mean() == pytest.approx(plane.mean(), abs=0.02)
    assert soft.std() <= plane.std()


def test_a_wider_blur_is_calmer(rng: np.random.Generator) -> None:
    plane = rng.random((100, 100)).astype(np.float32)
    spreads = [blur(plane, radius).std() for radius in (1, 2, 5, 10)]
    assert spreads == sorted(spreads, reverse=True)


def test_a_picture_is_blurred_colour_by_colour() -> None:
    red = np.zeros((40, 40, 3), np.float32)
    red[:, 20:, 0] = 1
    soft = blur(red, 3)
    assert 0 < soft[20, 18, 0] < 0.5
    assert soft[..., 1:].max() == 0


def test_resizing_keeps_the_axes_in_order(rng: np.random.Generator) -> None:
    assert resize(rng.random((10, 20, 3)).astype(np.float32), (30, 40)).shape == (30, 40, 3)


def test_mixing_takes_a_number_a_plane_or_a_picture() -> None:
    black, white = np.zeros((4, 4, 3), np.float32), np.ones((4, 4, 3), np.float32)
    half = np.zeros((4, 4), np.float32)
    half[:2] = 1
    assert mix(black, white, 0.25).mean() == pytest.approx(0.25)
    assert mix(black, white, half)[:2].min() == 1
    assert mix(black, white, half)[2:].max() == 0
    assert mix(black, white, half[..., None]).mean() == pytest.approx(0.5)


def test_levels_stretch_a_dull_picture_and_leave_white_paper_white() -> None:
    dull = np.linspace(0.1, 0.9, 100, dtype=np.float32).reshape(10, 10)
    assert levels(dull).max() == 1
    assert levels(np.ones((10, 10), np.float32)).min() == 1
    assert levels(np.zeros((10, 10), np.float32)).max() == 0


def test_contrast_keeps_black_and_white() -> None:
    ends = contrast(np.array([0, 0.2, 0.8, 1], np.float32), 3)
    assert ends[[0, 3]].tolist() == pytest.approx([0, 1], abs=1e-6)
    assert ends[1] < 0.2
    assert ends[2] > 0.8


def test_saturation_spreads_colours_and_leaves_grey() -> None:
    grey = np.full((2, 2, 3), 0.4, np.float32)
    assert np.allclose(saturate(grey, 3), grey, atol=1e-5)
    dull = np.array([[[0.5, 0.4, 0.4]]], np.float32)
    assert np.ptp(saturate(dull, 2)) == pytest.approx(0.2, abs=1e-3)


def test_a_duotone_runs_through_its_colours() -> None:
    ramp = colours("#000000 #ff0000 #ffffff")
    shown = duotone(np.array([0, 0.5, 1], np.float32), ramp)
    assert shown.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 1]]


def test_a_soft_step_turns_at_its_edge() -> None:
    ends = soft_step(np.array([0, 0.5, 1], np.float32), 0.5, width=0.2)
    assert ends.tolist() == pytest.approx([0, 0.5, 1])


def test_outlines_are_dark_where_the_picture_turns_dark() -> None:
    lines = outlines(stripes(pitch=20), width=1.5)
    # Just before a dark stripe ends and after a bright one: ink; in the middle of them: none.
    assert lines[30, 21:39].min() > 0.9
    assert lines[:, 41].max() < 0.6 or lines[:, 38:42].min() < 0.6


def test_noise_is_smooth_and_centred(rng: np.random.Generator) -> None:
    for plane in (noise((200, 200), rng, size=10), clouds((200, 200), rng, size=40)):
        assert abs(plane.mean()) < 0.5
        assert 0.3 < plane.std() < 2
        assert np.abs(np.diff(plane)).mean() < plane.std() / 2


def test_smearing_along_stripes_keeps_them_and_across_removes_them() -> None:
    plane = stripes()
    one, none = np.ones_like(plane), np.zeros_like(plane)
    along = smear(plane, none, one, steps=8)
    across = smear(plane, one, none, steps=8)
    assert along.std() > 0.95 * plane.std()
    assert across.std() < 0.4 * plane.std()


def test_the_flow_follows_an_edge(rng: np.random.Generator) -> None:
    flow = compute_flow(stripes(120, 120, pitch=20), rng, swirl=40, radius=4)
    at_edges = flow.strength > 0.7
    assert at_edges.any()
    assert np.abs(flow.down[at_edges]).mean() > 0.85
    assert np.allclose(flow.across**2 + flow.down**2, 1, atol=1e-3)


def test_where_it_is_calm_the_flow_turns_in_eddies(rng: np.random.Generator) -> None:
    flow = compute_flow(np.full((160, 160), 0.5, np.float32), rng, swirl=60, radius=4)
    assert flow.across.std() > 0.3


def test_relief_is_lit_from_the_upper_left() -> None:
    rows, columns = np.mgrid[-20:20, -20:20]
    hill = np.exp(-(rows**2 + columns**2) / 100).astype(np.float32)
    lit = relief(hill, depth=3)
    assert lit[10, 10] < 1 < lit[30, 30]


def test_smoothing_calms_surfaces_and_keeps_edges(rng: np.random.Generator) -> None:
    rgb = np.repeat(stripes(pitch=20)[..., None], 3, -1) * 0.6 + 0.2
    rough = rgb + rng.normal(0, 0.05, rgb.shape).astype(np.float32)
    calm = smooth_flat(rough, 4)
    assert np.abs(calm - rgb).mean() < np.abs(rough - rgb).mean() / 2


def test_a_palette_holds_what_the_picture_shows(source: Image.Image) -> None:
    rgb = pixels(source)
    numbers, table = make_palette(rgb, 8)
    assert numbers.max() < 8
    assert np.abs(table[numbers] - rgb).mean() < 0.08


def test_the_distance_to_the_rim_is_least_at_the_rim() -> None:
    away = rim_distance((5, 9))
    assert (away[0].max(), away[2, 4]) == (0, 2)


def test_a_warp_shifts_pixels() -> None:
    plane = stripes()
    shifted = warp(plane, across=np.full_like(plane, 8), down=np.zeros_like(plane))
    assert np.allclose(shifted[:, :60], 1 - plane[:, :60])


@pytest.mark.parametrize(
    ("ratio", "size"), [("16:9", (1024, 576)), ("2:3", (680, 1024)), ("auto", (1024, 768))]
)
def test_the_canvas_has_the_ratio_asked_for(
    source: Image.Image, ratio: str, size: tuple[int, int]
) -> None:
    assert canvas_size(Brief(prompt="", seed="", ratio=ratio), source) == size


def test_no_side_that_is_painted_exceeds_2048() -> None:
    assert max(canvas_size(Brief(prompt="", seed="", long_side=4096), None)) == 2048
    assert enlarge(np.zeros((1152, 2048, 3), np.float32), 4096).shape == (2304, 4096, 3)


def test_a_crop_goes_where_there_is_something_to_see(rng: np.random.Generator) -> None:
    empty = Image.new("RGB", (300, 900), "white")
    checks = np.indices((200, 300)).sum(0) // 20 % 2 * 255
    empty.paste(Image.fromarray(checks.astype(np.uint8)), (0, 150))
    assert luminance(crop_to_fill(empty, (320, 180), rng, index=0)).std() > 0.3


def test_the_first_variation_shows_the_whole_source(
    source: Image.Image, rng: np.random.Generator
) -> None:
    whole, closer = (crop_to_fill(source, (400, 300), rng, index=k) for k in (0, 1))
    assert np.abs(whole - pixels(source)).mean() < 0.01
    assert np.abs(closer - pixels(source)).mean() > 0.01


def test_an_invention_follows_from_its_words(rng: np.random.Generator) -> None:
    worlds = {
        words: invent(words, (160, 90), np.random.default_rng(1)).mean((0, 1)).round(2).tolist()
        for words in ("a lake", "a desert", "a forest", "a storm")
    }
    assert len({str(world) for world in worlds.values()}) > 2


def test_expansion_marks_what_is_new(source: Image.Image) -> None:
    brief = Brief(prompt="", seed="", ratio="auto", expansion=(0, 1, 0, 0), long_side=800)
    size = canvas_size(brief, source)
    grown, new = expand(source, brief, size)
    assert grown.shape == (size[1], size[0], 3)
    assert new[:, :350].max() < 0.1
    assert new[:, 450:].min() > 0.9


@pytest.mark.parametrize("count", range(1, 7))
def test_a_collage_fills_its_canvas(source: Image.Image, count: int) -> None:
    filled = collage([source] * count, (320, 180))
    assert filled.shape == (180, 320, 3)
    assert filled.min() >= 0
    assert luminance(filled)[::20, ::20].min() > 0.02
