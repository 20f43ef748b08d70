"""Styles on offer: a user's recent ones first, then the server's, none that the server removed."""

from __future__ import annotations

from pathlib import Path

from services.models import State
from tests.cogs.admin.guild_harness import GuildHarness, furnish_other_guild, open_guild_harness
from tests.support.bot_harness import BotHarness
from tests.support.messages import text

FELT = {"name": "Felt", "words": "in thick felt", "chinese_name": "毛毡"}


async def suggestions(world: BotHarness, typed: str = "") -> list[str]:
    found = await world.ann.autocomplete(world.channel, "repaint", "style", typed)
    return [choice["value"] for choice in found]


async def prompts(server: GuildHarness, *styles: str) -> list[str]:
    world = server.world
    for style in styles:
        await world.repaint(prompt="a cat", style=style)
        await world.until_settled(len(await world.jobs()))
    return [order["prompt"] for order in world.orders]


async def test_style_autocomplete_offers_recent_styles_first(world: BotHarness) -> None:
    usual = await suggestions(world)
    for style in ("neon", "ink", "neon"):
        await world.repaint(style=style)
        await world.until_settled(len(await world.jobs()))

    assert (await suggestions(world))[:2] == ["neon", "ink"]
    assert sorted(await suggestions(world)) == sorted(usual)
    found = await world.bob.autocomplete(world.channel, "repaint", "style", "")
    assert [choice["value"] for choice in found] == usual


async def test_server_style_is_offered_in_both_languages_and_submitted(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await server.admin("style add", **FELT)

        assert (await suggestions(world))[0] == "felt"
        world.says = {"locale": "zh-CN"}
        [offered] = await world.ann.autocomplete(world.channel, "repaint", "style", "毛毡")
        assert (offered["name"], offered["value"]) == ("毛毡", "felt")
        sent = await prompts(server, "felt", "毛毡", "FELT")
        assert sent == ["a cat, in thick felt"] * 3


async def test_default_style_is_shown_in_the_readers_language(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("style add", **FELT)
        await server.admin("settings", default_style="felt", default_model="kling-v2-1")
        assert "Style where none is named: **Felt**" in await server.admin("settings")

        server.world.says = {"locale": "zh-CN"}
        shown = await server.admin("settings")
        assert "**毛毡**" in shown
        assert "**Kling 2.1" in shown


async def test_server_style_is_unknown_in_other_servers(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("style add", **FELT)
        other = furnish_other_guild(server)

        answer = await server.world.repaint(other.member, other.channel, style="felt")

        assert "I don't know a style" in text(answer.response)


async def test_shipped_style_can_be_replaced_removed_and_restored(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("style add", name="Ink drawing", words="in our own ink")
        assert await prompts(server, "ink") == ["a cat, in our own ink"]

        await server.admin("style remove", style="ink")
        assert "as an ink drawing" in (await prompts(server, "ink"))[-1]

        await server.admin("style remove", style="ink")
        assert "ink" not in await suggestions(server.world)
        answer = await server.world.repaint(style="ink")
        assert "I don't know a style" in text(answer.response)

        await server.admin("style restore", style="ink")
        assert "ink" in await suggestions(server.world)


async def test_removed_style_is_not_used_by_any_request(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await server.admin("style add", **FELT)
        await server.admin("settings", default_style="felt")
        await world.repaint(prompt="a cat")
        [job] = await world.until_settled()
        assert (job.state, job.request.options.style) == (State.DELIVERED, "felt")
        message = world.channel.last_message
        assert message is not None

        await server.admin("style remove", style="felt")
        answer = await world.bob.click(message, label="Again")
        assert "I don't know a style" in text(answer.response)

        await world.repaint(prompt="a dog")  # a default whose style is gone is ignored
        await world.until_settled(2)
        assert world.orders[-1]["prompt"] == "a dog"


async def test_accepted_job_keeps_its_style_text(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        world = server.world
        await server.admin("style add", **FELT)
        await world.bot.engine.drain(1.0)
        await world.repaint(prompt="a cat", style="felt")
        await server.admin("style remove", style="felt")

        [job] = await world.jobs()
        assert job.request.options.style_words == "in thick felt"


async def test_invalid_style_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        assert "letters" in (await server.admin("style add", name="!!!", words="in felt")).lower()
        assert "Say which words" in await server.admin("style add", name="ink", words=" , ")
        assert "I don't know a style" in await server.admin("style remove", style="felt")
        assert "no styles of its own" in await server.admin("style show")
