"""Every text that names the accepted formats names all of them, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.processes import ROOT
from services.images.info import FORMATS

NAMES = ("PNG", "JPEG", "WebP", "GIF", "AVIF", "BMP", "TIFF", "HEIC")
PLACES = {
    "README.md": 1,
    "README.zh-CN.md": 1,
    "docs/members.md": 1,
    "cogs/requests/repaint.py": 1,
    "cogs/requests/expand.py": 1,
    "data/locales/zh-CN/commands.ftl": 2,
    "data/locales/en-US/members.ftl": 1,
    "data/locales/zh-CN/members.ftl": 1,
}
"""Files, and how many lists each has."""


def test_named_formats_are_those_that_are_read() -> None:
    assert {name.upper() for name in NAMES} == {*FORMATS, "HEIC"}


@pytest.mark.parametrize("place", PLACES)
def test_every_list_of_formats_names_all_of_them(place: str) -> None:
    text = Path(ROOT, place).read_text("utf-8")
    lists = [line for line in text.splitlines() if re.search(r"PNG[,、] ?JPEG", line)]
    assert len(lists) == PLACES[place]
    for one in lists:
        assert [name for name in NAMES if name not in one] == []
