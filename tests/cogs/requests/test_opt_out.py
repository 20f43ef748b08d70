"""`/preferences set opt_out`: other users cannot repaint a member's images by any command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.models import State
from tests.cogs.admin.guild_harness import GuildHarness, restart_bot
from tests.cogs.admin.operator_harness import (
    AVATAR,
    IMAGE,
    THIS,
    Answer,
    Who,
    a_result,
    give_avatar,
    open_operator_harness,
    send,
)
from tests.cogs.members.test_my_data import my_data
from tests.cogs.requests.test_menus import PNG, alter_target, attachment, snapshot, sticker
from tests.support.bot_harness import BotHarness
from tests.support.databases import ask
from tests.support.job_buttons import click
from tests.support.messages import Shown, text
from tests.support.result_buttons import fields

REFUSED = "not everybody whose picture it is lets others repaint it"
WORDS = {"en-US": REFUSED, "zh-CN": "有人不允许他人重绘自己的图片"}

Use = Callable[[GuildHarness, Who, Who, Shown], Awaitable[Answer]]
"""A member uses another member's image; that member has a result."""


async def opt_out(server: GuildHarness, who: Who, *, excluded: bool = True) -> str:
    answer = await who.slash(server.channel, "preferences set", opt_out=excluded)
    assert answer.ephemeral
    return text(answer.response)


async def avatar(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    give_avatar(server.world, owner)
    return await who.context_menu(server.channel, AVATAR, owner)


async def avatar_by_link(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    link = f"https://cdn.discordapp.com/avatars/{owner.id}/0123.png?size=1024"
    return await who.slash(server.channel, "repaint-link", link=link, prompt="ink")


async def server_avatar_by_link(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    path = f"guilds/{server.guild.id}/users/{owner.id}/avatars/0123.png"
    link = f"https://cdn.discordapp.com/{path}"
    return await who.slash(server.channel, "repaint-link", link=link, prompt="ink")


async def posted_image(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    message = await owner.send(server.channel, "look", attachments=[IMAGE])
    return await who.context_menu(server.channel, THIS, message)


async def posted_sticker(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    message = await owner.send(server.channel, "look")
    alter_target(server.world, sticker_items=[sticker(7, PNG)])
    return await who.context_menu(server.channel, THIS, message)


async def forwarded_by_them(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    message = await owner.send(server.channel, "look")
    alter_target(server.world, message_snapshots=[snapshot(attachment(1, "dog.png"))])
    return await who.context_menu(server.channel, THIS, message)


async def forwarded_by_another(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    original = await owner.send(server.channel, "look", attachments=[IMAGE])
    message = await server.mod.send(server.channel, "see")
    reference = {"type": 1, "message_id": str(original.id), "channel_id": str(server.channel.id)}
    snapshots = [snapshot(attachment(1, "dog.png"))]
    alter_target(server.world, message_snapshots=snapshots, message_reference=reference)
    return await who.context_menu(server.channel, THIS, message)


async def result_by_the_menu(server: GuildHarness, who: Who, _owner: Who, shown: Shown) -> Answer:
    return await who.context_menu(server.channel, THIS, shown)


async def forwarded_result(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    [job] = [job for job in await server.world.jobs() if job.request.user_id == owner.id]
    message = await server.mod.send(server.channel, "see")
    result = attachment(1, f"{job.id}_1.png")
    alter_target(server.world, message_snapshots=[snapshot(result)])
    return await who.context_menu(server.channel, THIS, message)


async def saved_result(server: GuildHarness, who: Who, owner: Who, _: Shown) -> Answer:
    [job] = [job for job in await server.world.jobs() if job.request.user_id == owner.id]
    image = (f"{job.id}_1.png", IMAGE[1])
    return await who.slash(server.channel, "repaint", image=image, prompt="ink")


def pressing(verb: str) -> Use:
    async def use(_: GuildHarness, who: Who, _owner: Who, shown: Shown) -> Answer:
        return await click(who, shown, f"rp:{verb}")

    return use


USES: dict[str, Use] = {
    "avatar": avatar,
    "avatar by its address": avatar_by_link,
    "avatar of a server by its address": server_avatar_by_link,
    "image in a message": posted_image,
    "sticker in a message": posted_sticker,
    "forwarded by them": forwarded_by_them,
    "forwarded by another": forwarded_by_another,
    "result by the menu": result_by_the_menu,
    "result that was forwarded": forwarded_result,
    "result that was saved": saved_result,
    "Again": pressing("again"),
    "Edit prompt": pressing("edit"),
    "Use as source": pressing("use"),
}


@pytest.mark.parametrize("locale", WORDS)
async def test_opt_out_refuses_others_by_every_command_without_a_name(
    tmp_path: Path, locale: str
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        shown = await a_result(server, owner)
        await opt_out(server, owner)
        server.world.says = {"locale": locale}

        for way, use in USES.items():
            answer = await use(server, server.member, owner, shown)
            assert answer.modal is None, way
            assert answer.ephemeral, way
            assert WORDS[locale] in text(answer.response), way
            assert str(owner.id) not in text(answer.response)
        assert len(await server.world.jobs()) == 1


@pytest.mark.parametrize("role", ["moderator", "operator"])
async def test_moderators_and_operators_are_no_exception(tmp_path: Path, role: str) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        shown = await a_result(server, owner)
        await opt_out(server, owner)
        who = server.mod if role == "moderator" else world.operator

        for way, use in USES.items():
            answer = await use(server, who, owner, shown)
            assert REFUSED in text(answer.response), way


@pytest.mark.parametrize("way", USES)
async def test_their_own_use_is_not_affected_nor_that_of_others_images(
    tmp_path: Path, way: str
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        shown = await a_result(server, owner)
        await opt_out(server, owner)
        await opt_out(server, server.member)

        answer = await USES[way](server, owner, owner, shown)

        assert answer.modal is not None or not answer.ephemeral


async def test_opt_out_refuses_a_form_opened_before(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        shown = await a_result(server, owner)
        ways = (
            "avatar",
            "image in a message",
            "result by the menu",
            "Edit prompt",
            "Use as source",
        )
        forms = [await USES[way](server, server.member, owner, shown) for way in ways]
        await opt_out(server, owner)
        async with restart_bot(server.world):
            for form in forms:
                answer = await send(server.member, form)
                assert answer.ephemeral
                assert REFUSED in text(answer.response)
                assert "ink" in text(answer.response), "the prompt is handed back"
        assert len(await server.world.jobs()) == 1


@pytest.mark.parametrize("way", ["avatar", "image in a message", "Use as source"])
@pytest.mark.parametrize("verb", ["again", "edit", "use"])
async def test_opt_out_covers_results_of_others_from_the_image(
    tmp_path: Path, way: str, verb: str
) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        shown = await a_result(server, owner)
        form = await USES[way](server, server.member, owner, shown)
        made = await send(server.member, form)
        await server.world.until_settled(2)
        await opt_out(server, owner)

        for who in (server.member, server.mod):
            answer = await click(who, made.response, f"rp:{verb}")
            assert REFUSED in text(answer.response)


async def test_opt_out_leaves_accepted_jobs(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        form = await posted_image(server, server.member, owner, None)
        await send(server.member, form)
        await opt_out(server, owner)
        [job] = await server.world.until_settled()

        assert job.state is State.DELIVERED


async def test_opt_out_leaves_other_images_of_a_message(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        await a_result(server, owner)
        [job] = await server.world.jobs()
        await opt_out(server, owner)
        message = await server.mod.send(server.channel, "see", attachments=[IMAGE])
        names = [f"{job.id}_1.png", "dog.png"]
        forwarded = [attachment(number, name) for number, name in enumerate(names)]
        alter_target(server.world, message_snapshots=[snapshot(*forwarded)])

        shown = await server.member.context_menu(server.channel, THIS, message)

        offered = [one["label"] for one in fields(shown)["picture"]["options"]]
        assert offered == ["1. 1.png", "2. dog.png"]


async def test_opt_out_is_shown_revocable_and_not_cleared_with_preferences(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        assert "**Opted out:**" in await opt_out(server, owner)
        rest = await owner.slash(server.channel, "preferences set", count=2)
        assert "**Opted out:**" in text(rest.response)
        cleared = await owner.slash(server.channel, "preferences clear")
        assert "You have none" in text(cleared.response)
        assert "**Opted out:**" in text(cleared.response)
        own = await owner.slash(server.channel, "preferences clear", only="opt_out")
        assert "**Opted out:**" not in text(own.response)
        await opt_out(server, owner)
        assert "**Opted out:**" not in await opt_out(server, owner, excluded=False)

        form = await posted_image(server, server.member, owner, None)
        assert form.modal is not None


async def test_opt_out_with_an_invalid_option_changes_nothing(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        await owner.slash(server.channel, "preferences set", style="whatever", opt_out=True)
        shown = await owner.slash(server.channel, "preferences show")
        assert "Opted out" not in text(shown.response)


async def test_opt_out_survives_forget_me_as_one_row(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        posted = await a_result(server, owner)
        form = await posted_image(server, server.member, owner, None)
        made = await send(server.member, form)
        await server.world.until_settled(2)
        await opt_out(server, owner)
        asked = await owner.slash(server.channel, "forget-me")
        assert "may not repaint your images" in text(asked.response)
        await click(owner, asked.response, "rp-forget")

        assert about(server.world, owner) == {"opt_out": 1, "job": 1}
        for use in (avatar, posted_image, result_by_the_menu):
            answer = await use(server, server.member, owner, posted)
            assert REFUSED in text(answer.response), use.__name__
        again = await click(server.member, made.response, "rp:again")
        assert REFUSED in text(again.response)


async def test_whose_images_were_used_is_forgotten_with_them(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        server, owner = world.server, world.world.bob
        form = await posted_image(server, server.member, owner, None)
        made = await send(server.member, form)
        await server.world.until_settled()
        assert about(server.world, owner) == {"source_owner": 1}
        asked = await owner.slash(server.channel, "forget-me")
        await click(owner, asked.response, "rp-forget")

        assert about(server.world, owner) == {}
        assert not (await click(server.member, made.response, "rp:again")).ephemeral


async def test_my_data_has_it(tmp_path: Path) -> None:
    async with open_operator_harness(tmp_path) as world:
        await opt_out(world.server, world.world.bob)
        assert (await my_data(world.world, world.world.bob))["opt_out"]


def about(world: BotHarness, who: Who) -> dict[str, int]:
    """Return the number of rows about a user, by table."""
    found: dict[str, int] = {}
    for table in ("opt_out", "source_owner", "job", "open_form", "member_preference"):
        [(count,)] = ask(world.settings, f"SELECT COUNT(*) FROM {table} WHERE user_id = ?", who.id)
        found |= {table: count} if count else {}
    return found
