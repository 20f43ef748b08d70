"""Every command in every language: all texts exist, none is unused, and Discord accepts them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from cogs.client.bot import RepaintBot
from cogs.ui import locales
from cogs.ui.translator import FileTranslator, list_keys
from sandbox.discord.validation.commands import judge_command, judge_counts
from sandbox.discord.validation.validator import Form
from tests.cogs.ui.test_locales import COMMAND_KEY, entries
from tests.support.command_tree import bot_with_commands

OTHERS = sorted(locales.tags() - {locales.SOURCE})
PROPER_NAMES = {"model", "ratio", "format"}
"""Options whose choices are called the same in every language."""

Payload = dict[str, Any]


class RecordingTranslator(FileTranslator):
    """Records the texts that discord.py asks to translate: English text by key."""

    def __init__(self) -> None:
        self.heard: dict[tuple[str, ...], set[str]] = {}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        self.heard.setdefault(list_keys(context), set()).add(string.message)
        return await super().translate(string, locale, context)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[RepaintBot]:
    async with bot_with_commands(tmp_path) as client:
        yield client


@pytest.fixture
def listener() -> RecordingTranslator:
    return RecordingTranslator()


@pytest.fixture
async def payloads(client: RepaintBot, listener: RecordingTranslator) -> list[Payload]:
    """Every command as it is registered."""
    tree = client.tree
    return [await one.get_translated_payload(tree, listener) for one in tree.get_commands()]


@cache
def written(tag: str) -> list[str]:
    keys = [entry.id.name for entry in entries(tag)]
    return [key for key in keys if COMMAND_KEY.fullmatch(key)]


def parts(payload: Payload) -> Iterator[Payload]:
    """A command, its options, and theirs."""
    yield payload
    for option in payload.get("options") or []:
        yield from parts(option)


def readers_of(tag: str) -> set[str]:
    """Discord's locales whose readers get this language."""
    return {str(locale) for locale in discord.Locale if locales.nearest(str(locale)) == tag}


@pytest.mark.parametrize("tag", OTHERS)
async def test_command_texts_exist_in_every_language(payloads: list[Payload], tag: str) -> None:
    missing = [
        (part["name"], field)
        for payload in payloads
        for part in parts(payload)
        for field in ("name", "description")
        if part.get(field)
        and not readers_of(tag) <= (part.get(f"{field}_localizations") or {}).keys()
    ]

    assert not missing


@pytest.mark.parametrize("tag", OTHERS)
async def test_choices_are_translated_unless_they_are_proper_names(
    payloads: list[Payload], tag: str
) -> None:
    missing = [
        (part["name"], choice["name"])
        for payload in payloads
        for part in parts(payload)
        if part["name"] not in PROPER_NAMES
        for choice in part.get("choices") or []
        if not readers_of(tag) <= (choice.get("name_localizations") or {}).keys()
    ]

    assert not missing


@pytest.mark.parametrize("tag", OTHERS)
async def test_nothing_is_translated_that_no_command_says(
    payloads: list[Payload], listener: RecordingTranslator, tag: str
) -> None:
    keys = written(tag)
    used = {next((key for key in place if key in keys), "") for place in listener.heard}

    assert payloads
    assert sorted(set(keys)) == sorted(keys), "a key stands there twice"
    assert not [key for key in keys if key not in used]


async def test_command_text_key_has_one_english_text(
    payloads: list[Payload], listener: RecordingTranslator
) -> None:
    texts: dict[str, set[str]] = {}
    for place, said in listener.heard.items():
        used = {next((key for key in place if key in written(tag)), "") for tag in OTHERS}
        for key in used - {""}:
            texts.setdefault(key, set()).update(said)

    assert payloads
    assert {key: said for key, said in texts.items() if len(said) > 1} == {}


async def test_discord_would_register_every_command(payloads: list[Payload]) -> None:
    """Names, lengths, counts, order of options, 8,000 characters in all: the sandbox's rules."""
    judge_counts(payloads)
    for payload in payloads:
        form = Form(payload)
        judge_command(form, guild_id=None)
        form.settle()


async def test_command_options_are_described(payloads: list[Payload]) -> None:
    unsaid = "…"  # discord.py's text for a missing description

    # Menus have a name alone (Discord).
    shown = (part for payload in payloads if payload["type"] == 1 for part in parts(payload))
    texts = {part["description"] for part in shown}
    assert unsaid not in texts


@pytest.mark.parametrize("tag", OTHERS)
async def test_neighbours_have_different_names_in_every_language(
    payloads: list[Payload], tag: str
) -> None:
    locale = min(readers_of(tag))

    def names(siblings: list[Payload]) -> list[str]:
        return [one["name_localizations"][locale] for one in siblings]

    groups = [part.get("options") or [] for payload in payloads for part in parts(payload)]
    for siblings in [payloads, *groups]:
        assert len(set(names(siblings))) == len(siblings)


async def test_readers_of_a_near_language_get_its_commands(payloads: list[Payload]) -> None:
    names = {payload["name"]: payload["name_localizations"] for payload in payloads}

    assert names["repaint"]["zh-CN"] == names["repaint"]["zh-TW"]
    assert "de" not in names["repaint"]
    assert "en-GB" not in names["repaint"]
