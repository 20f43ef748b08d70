"""Styles: fragments of a prompt, as rows of data/styles.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from services.errors import UnknownStyle
from services.models import GuildStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One row: names for people, a fragment for the provider."""

    name: str
    names: Mapping[str, str]
    """In other languages, by the language's code."""
    fragment: str

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Read a row of the file, in which `name_zh` is the Chinese name and so on."""
        others = {key.removeprefix("name_"): row[key] for key in row if key.startswith("name_")}
        return cls(name=row["name"], names=others, fragment=row["fragment"])

    def name_in(self, locale: str) -> str:
        """Return the name in a reader's language (Discord locale); English when unknown."""
        return self.names.get(locale.partition("-")[0], self.name)


class StyleTable:
    """All styles by key, in the file's order."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        """Take the rows."""
        self._styles = dict(styles)

    @classmethod
    def load(cls, path: Path) -> StyleTable:
        """Read the file; raises KeyError or msgspec.ValidationError for a row that is no style."""
        found = tomllib.loads(path.read_text("utf-8"))
        rows = msgspec.convert(found, dict[str, dict[str, str]])
        return cls({key: Style.of_row(row) for key, row in rows.items()})

    def in_server(self, own: Iterable[GuildStyle]) -> StyleTable:
        """Return the styles that a server offers: its own first, without those it took off."""
        mine = {
            one.key: Style(name=one.name, names={"zh": one.name_zh}, fragment=one.fragment)
            for one in own
        }
        both = {key: style for key, style in mine.items() if style.fragment}
        both |= {key: style for key, style in self if key not in mine}
        return StyleTable(both)

    def __contains__(self, key: object) -> bool:
        """Tell whether there is such a style."""
        return key in self._styles

    def __iter__(self) -> Iterator[tuple[str, Style]]:
        """Go through keys and rows."""
        return iter(self._styles.items())

    def get(self, key: str) -> Style:
        """Return a row; raises UnknownStyle."""
        if key not in self._styles:
            raise UnknownStyle(key)
        return self._styles[key]

    def key_of(self, typed: str) -> str:
        """Return the key of a style written by its key or by its name in any language.

        Suggestions are no fence: a member may type the whole name and never pick. Raises
        UnknownStyle.
        """
        wanted = typed.strip().casefold()
        if not wanted:
            return ""
        for key, style in self:
            if wanted in {key, *map(str.casefold, (style.name, *style.names.values()))}:
                return key
        raise UnknownStyle(typed)

    def words_of(self, key: str | None) -> str:
        """Return what a style adds to a prompt; an empty key is the choice of no style."""
        return self.get(key).fragment if key else ""


def with_style(prompt: str, words: str) -> str:
    """Return the prompt as the provider gets it, with the words of a style behind it."""
    return ", ".join(filter(None, (prompt.strip(), words)))
