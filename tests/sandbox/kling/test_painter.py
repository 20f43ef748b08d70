"""The painter: its images for given orders."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image

from sandbox.kling.painter import LEGEND, Brief, Painting
from sandbox.kling.painter.paint import paint
from sandbox.kling.painter.prompt_words import STYLES, find_style
from tests.sandbox.kling.conftest import photo

pytestmark = pytest.mark.proof


PHOTO = photo()
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def painted(prompt: str, *sources: bytes, **brief: object) -> Painting:
    """Paint a small image: the styles scale with the size."""
    usual = {"seed": "task/0", "long_side": 320, "ratio": "4:3"}
    return paint(Brief(prompt=prompt, **(usual | brief)), sources=sources or (PHOTO,))


def seen(painting: Painting) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(painting.content)).convert("RGB"), float) / 255


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one - other).mean())


@pytest.fixture(scope="module")
def gallery() -> dict[str, Pixels]:
    """Return the photo in every style."""
    return {name: seen(painted(name)) for name in (*STYLES, "no word of style")}


def test_every_style_differs_clearly_from_the_source(gallery: dict[str, Pixels]) -> None:
    source = np.asarray(Image.open(io.BytesIO(PHOTO)).resize((320, 240)), float) / 255
    for name, picture in gallery.items():
        assert distance(picture, source) > 0.04, name


def test_every_style_differs_from_every_other(gallery: dict[str, Pixels]) -> None:
    for name, picture in gallery.items():
        others = {other: distance(picture, gallery[other]) for other in gallery if other != name}
        nearest = min(others, key=lambda other: others[other])
        assert others[nearest] > 0.025, (name, nearest)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("in the style of Van Gogh", "van gogh"),
        ("梵高的星空", "van gogh"),
        ("an OIL painting of my cat", "oil"),
        ("油画", "oil"),
        ("boiling water", "painterly"),
        ("soft watercolor", "watercolour"),
        ("水彩画", "watercolour"),
        ("水墨山水", "ink wash"),
        ("像素风", "pixel art"),
        ("8-bit hero", "pixel art"),
        ("pencil sketch", "pencil"),
        ("素描", "pencil"),
        ("彩色玻璃窗", "stained glass"),
        ("浮世绘", "ukiyo-e"),
        ("赛博朋克", "neon"),
        ("漫画", "comic"),
        ("波普艺术", "pop art"),
        ("蓝图", "blueprint"),
        ("木刻", "woodcut"),
        ("film noir", "noir"),
        ("印象派", "impression"),
        ("make it nicer", "painterly"),
    ],
)
def test_words_in_two_languages_choose_the_style(prompt: str, style: str) -> None:
    assert find_style(prompt)[0] == style


@pytest.mark.parametrize("words", ["golden hour", "night", "autumn", "winter", "blue", "粉色"])
def test_words_tint_the_picture(words: str) -> None:
    assert distance(seen(painted(f"oil, {words}")), seen(painted("oil"))) > 0.02


def test_a_tinted_watercolour_keeps_its_white_paper() -> None:
    corner = seen(painted("watercolour, blue"))[:3, :3]
    assert corner.min() > 0.85


def test_the_same_seed_paints_the_same_picture() -> None:
    assert painted("van gogh").content == painted("van gogh").content


def test_variations_of_one_task_differ_visibly() -> None:
    one, other = (seen(painted("oil", seed=f"task/{k}", index=k)) for k in (0, 1))
    assert distance(one, other) > 0.02


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("16:9", (320, 176)), ("1:1", (320, 320)), ("9:16", (176, 320)), ("21:9", (320, 136))],
)
def test_the_ratio_asked_for_is_filled(ratio: str, size: tuple[int, int]) -> None:
    assert Image.open(io.BytesIO(painted("neon", ratio=ratio).content)).size == size


def test_auto_keeps_the_ratio_of_the_source() -> None:
    tall = photo(360, 720)
    assert Image.open(io.BytesIO(painted("noir", tall, ratio="auto").content)).size == (160, 320)


@pytest.mark.parametrize(("long_side", "side"), [(1024, 1024), (2048, 2048), (4096, 4096)])
def test_resolutions_are_one_two_and_four_thousand(long_side: int, side: int) -> None:
    painting = painted("noir", long_side=long_side, ratio="21:9", format="jpg")
    assert Image.open(io.BytesIO(painting.content)).width == side


def test_fidelity_lets_the_source_shine_through() -> None:
    source = np.asarray(Image.open(io.BytesIO(PHOTO)).resize((320, 240)), float) / 255
    loose, usual, faithful = (
        distance(seen(painted("van gogh", fidelity=fidelity)), source)
        for fidelity in (0.0, 0.5, 1.0)
    )
    assert faithful < usual * 0.7
    assert loose > faithful


def test_words_alone_make_a_picture_of_their_own() -> None:
    lake, city = (
        seen(paint(Brief(prompt=words, seed="t", long_side=320), sources=()))
        for words in ("a lake", "a city in the rain")
    )
    assert lake.std() > 0.08
    assert distance(lake, city) > 0.05


def test_outpainting_grows_the_picture_and_keeps_its_middle() -> None:
    picture = seen(painted("", ratio="auto", expansion=(0.0, 0.5, 0.0, 0.5)))
    source = np.asarray(Image.open(io.BytesIO(PHOTO)).resize((160, 120)), float) / 255
    assert picture.shape[:2] == (120, 320)
    assert distance(picture[:, 100:220], source[:, 20:140]) < 0.03


def test_several_pictures_are_all_to_be_seen() -> None:
    red, blue = (_plain(colour) for colour in ("red", "blue"))
    picture = seen(painted("", red, blue, ratio="16:9"))
    left, right = picture[:, :100].mean((0, 1)), picture[:, -100:].mean((0, 1))
    assert left[0] > left[2] + 0.3
    assert right[2] > right[0] + 0.3


def _plain(colour: str) -> bytes:
    paper = io.BytesIO()
    Image.new("RGB", (400, 400), colour).save(paper, "PNG")
    return paper.getvalue()


def test_transparency_is_laid_on_white() -> None:
    paper = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(paper, "PNG")
    assert seen(painted("oil", paper.getvalue())).mean() > 0.7


def test_a_png_says_what_it_is() -> None:
    picture = Image.open(io.BytesIO(painted("noir").content))
    assert picture.format == "PNG"
    assert picture.info["Description"] == LEGEND
    assert picture.getexif()[0x010E] == LEGEND


def test_a_jpeg_says_so_too() -> None:
    picture = Image.open(io.BytesIO(painted("noir", format="jpg").content))
    assert picture.format == "JPEG"
    assert picture.info["comment"] == LEGEND.encode()
    assert picture.getexif()[0x010E] == LEGEND


def test_a_watermark_is_set_on_a_copy() -> None:
    painting = painted("comic", mark=True)
    plain, marked = seen(painting), seen(Painting(painting.marked, "png"))
    assert 0 < distance(plain, marked) < 0.02


def test_a_broken_source_is_an_error() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        painted("oil", b"not a picture")


@pytest.mark.parametrize("style", ["van gogh", "stained glass", "watercolour"])
def test_a_full_picture_takes_seconds_not_minutes(style: str) -> None:
    began = time.process_time()
    painted(style, long_side=1024, ratio="16:9")
    # About 1 s on one core; the bound leaves room for a slow machine.
    assert time.process_time() - began < 8


def test_a_brief_survives_the_way_to_the_worker() -> None:
    brief = Brief(prompt="水彩", seed="t/0", expansion=(0.1, 0.2, 0.3, 0.4), mark=True)
    assert Brief.from_json(brief.to_json()) == brief
