"""Sentences in every language: data/locales/<tag>/*.ftl, in Project Fluent's format.

The files are part of the program and never change while it runs. They are read once, at the first
sentence, and split into entries. An entry is parsed when it is first used: parsing all would delay
the start, or the first answer, by a third of a second. If a language lacks a sentence, the English
one is used; a test checks that none is missing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from secrets import token_hex

from fluent.runtime import FluentBundle, FluentResource

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "locales"
SOURCE = "en-US"
"""The language in which every text exists; readers of an unsupported language get it."""

LONG = 500
"""Length of a value, in characters, from which we insert it into the sentence ourselves.

Fluent's own limit is 2,500 for a part, and no selector compares so long a text.
"""

_ENTRY = re.compile(r"^(-?[a-zA-Z][\w-]*) *=", re.MULTILINE)
_REFERENCE = re.compile(r"\{\s*(-?[a-zA-Z][\w-]*)")
"""An indented line continues an entry (Fluent's grammar); a reference opens a placeable."""


class Language:
    """The entries of one language."""

    def __init__(self, tag: str, files: Iterable[str]) -> None:
        """Split the contents of the language's files into entries."""
        self._texts = dict(entry for text in files for entry in _entries(text))
        # Discord shows the isolation marks of mixed writing directions as boxes in some clients.
        self._bundle = FluentBundle([tag], use_isolating=False)
        self._parsed: set[str] = set()
        self._unchanging: dict[str, str] = {}
        self.tag = tag

    def __contains__(self, key: str) -> bool:
        """Return whether the language has this sentence."""
        return key in self._texts and not key.startswith("-")

    def say(self, key: str, fields: Mapping[str, object]) -> str:
        """Return a sentence with its fields filled in.

        One without fields is formatted only once.
        """
        if fields:
            return self._filled_in(key, fields)
        if key not in self._unchanging:
            self._unchanging[key] = self._filled_in(key, fields)
        return self._unchanging[key]

    def _filled_in(self, key: str, fields: Mapping[str, object]) -> str:
        self._parse(key)
        pattern = self._bundle.get_message(key).value
        assert pattern is not None, key
        values = {name: _plain(value) for name, value in fields.items()}
        marks = _marks_for(values)
        text, problems = self._bundle.format_pattern(pattern, values | marks)
        if problems:
            log.error("sentence %s of %s: %s", key, self.tag, type(problems[0]).__name__)
        return _with_values(str(text), values, marks)

    def _parse(self, key: str) -> None:
        """Parse an entry and the entries that it refers to, each once."""
        if key in self._parsed or key not in self._texts:
            return
        self._parsed.add(key)
        self._bundle.add_resource(FluentResource(self._texts[key]))
        for other in _REFERENCE.findall(self._texts[key]):
            self._parse(other)


def phrase(key: str, locale: str, fields: Mapping[str, object]) -> str:
    """Return the sentence of a key in the nearest language; KeyError if no language has the key."""
    for tag in (nearest(locale), SOURCE):
        language = _language(tag)
        if key in language:
            return language.say(key, fields)
    raise KeyError(key)


def own_phrase(key: str, tag: str) -> str | None:
    """Return one language's own sentence of a key; None if it has none."""
    language = _language(tag)
    return language.say(key, {}) if key in language else None


def known(key: str) -> bool:
    """Return whether a sentence of this key exists."""
    return key in _language(SOURCE)


@cache
def nearest(locale: str) -> str:
    """Return the language that fits a reader of `locale` (Discord's tag) best."""
    language = locale.partition("-")[0]
    return next(
        (tag for tag in (locale, *sorted(tags())) if tag in tags() and tag.startswith(language)),
        SOURCE,
    )


@cache
def tags() -> frozenset[str]:
    """Return the tags of all languages."""
    return frozenset(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


@cache
def texts(tag: str) -> tuple[str, ...]:
    """Return the files of one language, for its sentences and to detect changes."""
    return tuple(path.read_text("utf-8") for path in sorted((FOLDER / tag).glob("*.ftl")))


@cache
def _language(tag: str) -> Language:
    return Language(tag, texts(tag))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Split a file into its entries. A comment stays at the end of the entry before it."""
    starts = list(_ENTRY.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        yield start[1], text[start.start() : end]


def _marks_for(values: Mapping[str, str | int | float]) -> dict[str, str]:
    """Return a short placeholder for each long text: the formatter writes {???} for long values."""
    long = [name for name, value in values.items() if isinstance(value, str) and len(value) > LONG]
    return {name: f"\ue000{token_hex(8)}\ue000" for name in long}


def _with_values(
    text: str, values: Mapping[str, str | int | float], marks: Mapping[str, str]
) -> str:
    """Replace each placeholder by its long text, once; the inserted text is not searched again."""
    if not marks:
        return text
    named = {mark: str(values[name]) for name, mark in marks.items()}
    return re.sub("|".join(map(re.escape, named)), lambda found: named[found[0]], text)


def _plain(value: object) -> str | int | float:
    """Return numbers unchanged, because plural forms depend on them, and other values as text."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
