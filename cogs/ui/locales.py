"""Sentences in every language: data/locales/<tag>/*.ftl, in Project Fluent's form.

The files are shipped with the program and never change while it runs, so they are read once, when
the first sentence is wanted, and cut into entries; each is parsed when it is first said, since
parsing them all would hold up the start, or the first answer, for a third of a second. A language
that lacks a sentence borrows the English one; a test sees to it that none does.
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
"""The language that everything exists in first; whoever reads another one gets it."""

LONG = 500
"""Characters from which on a value is put in by us; Fluent's own limit is 2,500 for a part, and no
selector compares so long a text."""

_ENTRY = re.compile(r"^(-?[a-zA-Z][\w-]*) *=", re.MULTILINE)
_REFERENCE = re.compile(r"\{\s*(-?[a-zA-Z][\w-]*)")
"""What is indented continues an entry (Fluent's grammar), and a reference opens a placeable."""


class Language:
    """The entries of one language."""

    def __init__(self, tag: str, files: Iterable[str]) -> None:
        """Take the texts of its files."""
        self._texts = dict(entry for text in files for entry in _entries(text))
        # Discord shows the isolation marks of mixed writing directions as boxes in some clients.
        self._bundle = FluentBundle([tag], use_isolating=False)
        self._parsed: set[str] = set()
        self._unchanging: dict[str, str] = {}
        self.tag = tag

    def __contains__(self, key: str) -> bool:
        """Tell whether it has such a sentence."""
        return key in self._texts and not key.startswith("-")

    def say(self, key: str, fields: Mapping[str, object]) -> str:
        """Fill in a sentence that it has; one without fields is put together once."""
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
        """Parse an entry once, and those that it refers to."""
        if key in self._parsed or key not in self._texts:
            return
        self._parsed.add(key)
        self._bundle.add_resource(FluentResource(self._texts[key]))
        for other in _REFERENCE.findall(self._texts[key]):
            self._parse(other)


def phrase(key: str, locale: str, fields: Mapping[str, object]) -> str:
    """Return the sentence of a key in the nearest language; KeyError when no file has the key."""
    for tag in (nearest(locale), SOURCE):
        language = _language(tag)
        if key in language:
            return language.say(key, fields)
    raise KeyError(key)


def own_phrase(key: str, tag: str) -> str | None:
    """Return what one language itself has under a key; None where it is silent."""
    language = _language(tag)
    return language.say(key, {}) if key in language else None


def known(key: str) -> bool:
    """Tell whether there is such a sentence."""
    return key in _language(SOURCE)


@cache
def nearest(locale: str) -> str:
    """Return the language that serves a reader of `locale` (Discord's tag) best."""
    language = locale.partition("-")[0]
    return next(
        (tag for tag in (locale, *sorted(tags())) if tag in tags() and tag.startswith(language)),
        SOURCE,
    )


@cache
def tags() -> frozenset[str]:
    """Return the tags of all languages there are."""
    return frozenset(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


@cache
def texts(tag: str) -> tuple[str, ...]:
    """Read the files of one language: for its sentences, and to tell whether they changed."""
    return tuple(path.read_text("utf-8") for path in sorted((FOLDER / tag).glob("*.ftl")))


@cache
def _language(tag: str) -> Language:
    return Language(tag, texts(tag))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Cut a file into its entries, comments left at the end of the one before."""
    starts = list(_ENTRY.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        yield start[1], text[start.start() : end]


def _marks_for(values: Mapping[str, str | int | float]) -> dict[str, str]:
    """Return a short mark for each long text: the formatter writes {???} for what is too long."""
    long = [name for name, value in values.items() if isinstance(value, str) and len(value) > LONG]
    return {name: f"\ue000{token_hex(8)}\ue000" for name in long}


def _with_values(
    text: str, values: Mapping[str, str | int | float], marks: Mapping[str, str]
) -> str:
    """Put the long texts where their marks stand; each is looked at once, not what it brings."""
    if not marks:
        return text
    named = {mark: str(values[name]) for name, mark in marks.items()}
    return re.sub("|".join(map(re.escape, named)), lambda found: named[found[0]], text)


def _plain(value: object) -> str | int | float:
    """Hand numbers on as such, for plural forms; anything else as text."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
