"""Styles, read from data/styles.toml: each adds a fragment of text to a prompt."""

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
    """One style: its names for users, and the fragment that it adds to a prompt."""

    name: str
    names: Mapping[str, str]
    """The style's names in other languages than English, by language code."""
    fragment: str

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> Self:
        """Return a style from a row of the file, in which `name_zh` is the Chinese name, etc."""
        others = {key.removeprefix("name_"): row[key] for key in row if key.startswith("name_")}
        return cls(name=row["name"], names=others, fragment=row["fragment"])

    def name_in(self, locale: str) -> str:
        """Return the style's name in a user's language (a Discord locale).

        The English name if there is none in that language.
        """
        return self.names.get(locale.partition("-")[0], self.name)


class StyleTable:
    """All styles by key, in the order of data/styles.toml."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self._styles = dict(styles)

    @classmethod
    def load(cls, path: Path) -> StyleTable:
        """Return a file's styles; raises KeyError or msgspec.ValidationError for an invalid row."""
        found = tomllib.loads(path.read_text("utf-8"))
        rows = msgspec.convert(found, dict[str, dict[str, str]])
        return cls({key: Style.from_row(row) for key, row in rows.items()})

    def in_server(self, own: Iterable[GuildStyle]) -> StyleTable:
        """Return the styles that a server offers: its own first, without those that it hides."""
        mine = {
            one.key: Style(name=one.name, names={"zh": one.name_zh}, fragment=one.fragment)
            for one in own
        }
        both = {key: style for key, style in mine.items() if style.fragment}
        both |= {key: style for key, style in self if key not in mine}
        return StyleTable(both)

    def __contains__(self, key: object) -> bool:
        """Return whether the key is a style."""
        return key in self._styles

    def __iter__(self) -> Iterator[tuple[str, Style]]:
        """Iterate over keys and styles."""
        return iter(self._styles.items())

    def get(self, key: str) -> Style:
        """Return a style; raises UnknownStyle."""
        if key not in self._styles:
            raise UnknownStyle(key)
        return self._styles[key]

    def find_key(self, typed: str) -> str:
        """Return the key of a style, given its key or its name in any language.

        Discord does not enforce suggestions: a user may type the whole name instead. Raises
        UnknownStyle.
        """
        wanted = typed.strip().casefold()
        if not wanted:
            return ""
        for key, style in self:
            if wanted in {key, *map(str.casefold, (style.name, *style.names.values()))}:
                return key
        raise UnknownStyle(typed)

    def get_fragment(self, key: str | None) -> str:
        """Return the fragment that a style adds to a prompt; an empty key means no style."""
        return self.get(key).fragment if key else ""


def with_style(prompt: str, words: str) -> str:
    """Return the prompt as it is sent to the provider: with a style's fragment appended."""
    return ", ".join(filter(None, (prompt.strip(), words)))
