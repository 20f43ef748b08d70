"""An avatar of the simulated Discord is a square file, as Discord stores it."""

from __future__ import annotations

import dataclasses
import io

import pytest
from PIL import Image, ImageColor

from sandbox.discord.core.cdn import paint_avatar
from sandbox.discord.core.model import User


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_avatar_has_its_colour_up_to_the_corners(kind: str) -> None:
    fields = {one.name: "" for one in dataclasses.fields(User)}
    user = User(**fields | {"username": "ada", "color": "#3366cc"})  # pyright: ignore[reportArgumentType]
    image = Image.open(io.BytesIO(paint_avatar(user, kind=kind))).convert("RGB")
    wanted = ImageColor.getrgb("#3366cc")
    for corner in ((0, 0), (image.width - 1, image.height - 1)):
        found = image.getpixel(corner)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 10 for a, b in zip(found, wanted[:3], strict=True))
