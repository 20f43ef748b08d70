"""The style option: suggestions while typing, in the reader's language, and styles by name."""

from __future__ import annotations

import tomllib

import pytest

from bot import DATA
from tests.support.bot_harness import BotHarness
from tests.support.messages import text

STYLES = tomllib.loads((DATA / "styles.toml").read_text("utf-8"))
CHOICES = 25
"""Suggestions that Discord shows."""


async def suggestions(world: BotHarness, typed: str) -> dict[str, str]:
    offered = await world.ann.autocomplete(world.channel, "repaint", "style", typed)
    return {choice["value"]: choice["name"] for choice in offered}


async def test_nothing_typed_offers_the_first_styles(world: BotHarness) -> None:
    assert list(await suggestions(world, "")) == list(STYLES)[:CHOICES]


@pytest.mark.parametrize("typed", ["water", "WATER", "tercol"])
async def test_typing_narrows_the_styles(world: BotHarness, typed: str) -> None:
    assert await suggestions(world, typed) == {"watercolour": "Watercolour"}


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
async def test_styles_are_offered_in_the_readers_language(world: BotHarness, locale: str) -> None:
    world.says = {"locale": locale}

    assert await suggestions(world, "水彩") == {"watercolour": "水彩"}


async def test_style_autocomplete_finds_english_keys_in_any_language(world: BotHarness) -> None:
    world.says = {"locale": "zh-CN"}

    assert await suggestions(world, "watercolour") == {"watercolour": "水彩"}


async def test_style_autocomplete_without_a_match_offers_nothing(world: BotHarness) -> None:
    assert await suggestions(world, "x" * 6000) == {}


async def test_suggestions_are_no_fence_a_typed_text_is_judged_again(world: BotHarness) -> None:
    answer = await world.repaint(style="whatever I like")

    assert answer.ephemeral
    assert "whatever I like" in text(answer.response)
    assert await world.jobs() == []


async def test_unknown_style_is_quoted_escaped_and_short(world: BotHarness) -> None:
    answer = await world.repaint(style="**" + "x" * 5998)

    assert r"called “\*\*xxx" in text(answer.response)
    assert len(text(answer.response)) < 300


@pytest.mark.parametrize("typed", ["ink", "Ink drawing", "水墨", " INK "])
async def test_style_is_accepted_by_any_of_its_names(world: BotHarness, typed: str) -> None:
    await world.repaint(prompt="two cats", style=typed)
    await world.until_settled()

    assert world.orders[0]["prompt"] == f"two cats, {STYLES['ink']['fragment']}"
