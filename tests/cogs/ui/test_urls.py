"""Addresses that users typed are plain text wherever the bot repeats them, never links."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from cogs.ui.escaping import as_code, plain
from tests.cogs.admin.guild_harness import furnish_guild, open_guild_harness
from tests.cogs.results.test_reports import newest, report, result_in, text_of
from tests.support.live_links import live_links, shown
from tests.support.messages import text

URL = "https://evil.example/free?nitro=1"
INVITE = "discord.gg/abcdef"
BAIT = f"{URL} {INVITE} <{URL}> [gift]({URL}) www.evil.example"

TYPED = [
    URL,
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "steam://run/440",
    "discord://-/channels/1/2",
    "<https://evil.example>",
    "[Discord](https://evil.example)",
    "[Discord](<https://evil.example>)",
    "[a](b)[c](https://evil.example)",
    "(https://evil.example)",
    "xhttps://evil.example",
    "https://user:word@evil.example:8080/a_b*c",
    "https://evil\u3002example/a",
    "https://\u202eelpmaxe.live",
    "https:\x00//evil.example",
    "https:/\x00/evil.example",
    "https\x00://evil.example",
    "http\u202es://evil.example",
    "https:\n//evil.example",
    "``https://evil.example``",
    "\\https://evil.example",
    "https\\://evil.example",
    "https:\\//evil.example",
    "\\\\https://evil.example",
    "discord.gg/abcdef",
    "Discord.GG/abcdef",
    "discord.com/invite/abcdef",
    "discordapp.com/invite/abcdef",
    "ptb.discord.com/invite/abcdef",
    "discord.gift/abcdef",
    "discord.new/abcdef",
    "discord\u3002gg/abcdef",
    "discord\uff0egg/abcdef",
    "discord\uff61gg/abcdef",
    "discord\u2024gg/abcdef",
    "discord.\x00gg/abcdef",
    "discord\\.gg/abcdef",
    "www.evil.example",
    "WWW.evil.example/x",
    "see discord.gg/a and https://b.example, or steam://c/d.",
]


@pytest.mark.parametrize("typed", TYPED)
def test_plain_address_is_text(typed: str) -> None:
    written = plain(typed)

    assert not live_links(written)
    visible = " ".join(typed.split()).replace("\x00", "").replace("\u202e", "")
    assert shown(written).replace("\u200b", "") == visible


@pytest.mark.parametrize(
    "typed", ["a cat at 12:30", "v1.5 of cat.png", "one. Two: three", "16:9, f/2.8", "and/or"]
)
def test_plain_text_without_an_address_is_unchanged(typed: str) -> None:
    assert plain(typed) == typed


def test_plain_long_text_takes_no_time() -> None:
    assert len(plain("a." * 3_000 + ":" * 6_000)) >= 12_000


def test_code_block_around_addresses_cannot_be_left() -> None:
    assert not live_links(as_code(f"``` {BAIT} ```", 500))


async def test_prompt_with_addresses_is_never_live(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        answer = await server.world.repaint(prompt=BAIT)
        waiting = text(answer.response)
        await server.world.until_settled()
        result = result_in(server)
        details = await server.world.ann.click(result, label="Details")
        listed = await server.world.ann.slash(server.channel, "jobs")
        await report(server, server.world.bob, result, BAIT)

        told = [waiting, text(result), text(details.response), text(listed.response)]
        assert all("evil" in one for one in told)
        assert not [link for one in told for link in live_links(one)]
        assert not evil(text_of(newest(server)))
        assert not [part for part in alts(result) if "\\" in part]


async def test_text_of_moderators_has_no_live_link(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        await server.admin("log-channel", channel=server.log)
        answers = [
            await server.admin("block", member=server.member, reason=BAIT),
            await server.admin("grant", member=server.member, images=3, reason=BAIT),
            await server.admin("pause", reason=BAIT),
            await server.admin("words add", phrase=f"{URL} {INVITE}"),
            await server.admin("style add", name=f"x {INVITE}", words=f"in {URL}"),
            await server.admin("words show"),
            await server.admin("style show"),
            await server.admin("history"),
        ]
        refused = await server.world.repaint(server.member)

        assert not [link for one in answers for link in live_links(one)]
        assert not [link for one in server.logged() for link in live_links(one)]
        assert not live_links(text(refused.response))


async def test_unknown_style_with_an_address_is_refused_as_text(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        refused = await server.world.repaint(style=BAIT)

        assert "evil" in text(refused.response)
        assert not live_links(text(refused.response))


@pytest.mark.proof
async def test_server_named_as_an_address_is_text_above_its_figures(tmp_path: Path) -> None:
    async with open_guild_harness(tmp_path) as server:
        guild = server.world.env.create_guild(URL)
        member = guild.add_member(server.world.env.create_user("eve"))
        other = furnish_guild(server.world, guild, member)

        answer = await other.mod.slash(other.channel, "repaint-admin stats")

        assert answer.response is not None
        assert "evil" in answer.response.content
        assert not live_links(answer.response.content)


def evil(told: str) -> list[str]:
    return [link for link in live_links(told) if "evil" in link or INVITE in link]


def alts(message: discord.Message) -> list[str]:
    return [one.description or "" for one in message.attachments]
