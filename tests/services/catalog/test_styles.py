"""Styles have a name in every language; another language needs one more name only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import DATA
from services.catalog.styles import StyleTable
from services.errors import UnknownStyle
from services.models import GuildStyle

LANGUAGES = sorted(folder.name for folder in (DATA / "locales").iterdir() if folder.is_dir())
SHIPPED = StyleTable.load(DATA / "styles.toml")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_style_has_a_name_in_every_language(locale: str) -> None:
    names = [style.name_in(locale) for _, style in SHIPPED]

    assert len(names) == len(set(names))
    if locale != "en-US":
        assert not [
            style.name for _, style in SHIPPED if locale.partition("-")[0] not in style.names
        ]


def test_another_language_is_another_name(tmp_path: Path) -> None:
    path = tmp_path / "styles.toml"
    path.write_text('[ink]\nname = "Ink"\nname_de = "Tusche"\nfragment = "in ink"\n', "utf-8")
    styles = StyleTable.load(path)

    assert styles.get("ink").name_in("de") == "Tusche"
    assert styles.get("ink").name_in("fr") == "Ink"
    assert styles.find_key(" tusche ") == styles.find_key("INK") == "ink"


@pytest.mark.parametrize("row", ['name = "Ink"', 'fragment = "in ink"'])
def test_a_row_that_lacks_a_field_is_no_style(tmp_path: Path, row: str) -> None:
    path = tmp_path / "styles.toml"
    path.write_text(f"[ink]\n{row}\n", "utf-8")

    with pytest.raises(KeyError):
        StyleTable.load(path)


def test_a_servers_own_come_first_and_hide_what_it_does_not_want() -> None:
    own = [
        GuildStyle(key="felt", name="Felt", name_zh="毛毡", fragment="in felt"),
        GuildStyle(key="ink", name="Ink", name_zh="水墨", fragment=""),
    ]
    offered = SHIPPED.in_server(own)

    assert next(iter(offered))[0] == "felt"
    assert offered.get("felt").name_in("zh-TW") == "毛毡"
    assert "ink" not in offered
    with pytest.raises(UnknownStyle):
        offered.find_key("ink")
