"""Sentences in every language: data/locales/<tag>/*.ftl, in Project Fluent's form.

The files are shipped with the program and never change while it runs, so they are read once, when
the first sentence is wanted. A language that lacks a sentence borrows the English one; a test
sees to it that none does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent.parent / "data" / "locales"
SOURCE = "en-US"
"""The language that everything exists in first; whoever reads another one gets it."""


def phrase(key: str, locale: str, fields: Mapping[str, object]) -> str:
    """Return the sentence of a key in the nearest language; KeyError when no file has the key."""
    for tag in (nearest(locale), SOURCE):
        bundle = _bundle(tag)
        if bundle.has_message(key):
            return _formatted(bundle, key, fields)
    raise KeyError(key)


def own_phrase(key: str, tag: str) -> str | None:
    """Return what one language itself has under a key; None where it is silent."""
    bundle = _bundle(tag)
    return _formatted(bundle, key, {}) if bundle.has_message(key) else None


def known(key: str) -> bool:
    """Tell whether there is such a sentence."""
    return _bundle(SOURCE).has_message(key)


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


def texts(tag: str) -> Iterable[str]:
    """Read the files of one language."""
    return (path.read_text("utf-8") for path in sorted((FOLDER / tag).glob("*.ftl")))


@cache
def _bundle(tag: str) -> FluentBundle:
    # Discord shows the isolation marks of mixed writing directions as boxes in some clients.
    bundle = FluentBundle([tag], use_isolating=False)
    for text in texts(tag):
        bundle.add_resource(FluentResource(text))
    return bundle


def _formatted(bundle: FluentBundle, key: str, fields: Mapping[str, object]) -> str:
    pattern = bundle.get_message(key).value
    assert pattern is not None, key
    text, problems = bundle.format_pattern(pattern, {k: _plain(v) for k, v in fields.items()})
    if problems:
        log.error("sentence %s of %s: %s", key, bundle.locales[0], type(problems[0]).__name__)
    return str(text)


def _plain(value: object) -> str | int | float:
    """Hand numbers on as such, for plural forms; anything else as text."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
