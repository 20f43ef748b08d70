"""The menus on messages and members: the request belongs to the user who opens the menu."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from cogs.requests.message_images import TrustedHosts, find_images
from services.models import State
from tests.cogs.admin.guild_harness import restart_bot
from tests.support.bot_harness import BotHarness, make_image, simulated_bot
from tests.support.gateway_events import alter_interactions
from tests.support.messages import Json, text
from tests.support.result_buttons import fields, form_values, submitted_image

CAT, DOG = make_image(500, 400), make_image(420, 400)
THIS = "Repaint this picture"
AVATAR = "Repaint avatar"


async def posted(world: BotHarness, *pictures: tuple[str, bytes]) -> discord.Message:
    return await world.bob.send(world.channel, "look", attachments=pictures)


async def test_menu_generates_from_another_members_image(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    assert list(fields(shown)) == ["prompt", "style", "count"]

    answer = await world.ann.submit_modal(
        shown, form_values(shown, style="ink", count="2", prompt="a prince")
    )
    [job] = await world.until_settled()

    [order] = world.orders
    assert submitted_image(order) == CAT
    assert (order["n"], job.state, job.request.user_id) == (2, State.DELIVERED, world.ann.id)
    assert order["prompt"].startswith("a prince, as an ink drawing")
    assert not answer.ephemeral
    assert (await world.used(world.ann), await world.used(world.bob)) == (2, 0)


async def test_menu_on_several_images_offers_a_choice(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", CAT), ("words.txt", b"none"), ("dog.png", DOG))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    offered = [one["label"] for one in fields(shown)["picture"]["options"]]
    assert offered == ["1. cat.png", "2. dog.png"]

    await world.ann.submit_modal(shown, form_values(shown, picture="1", prompt="a prince"))
    await world.until_settled()

    assert submitted_image(world.orders[0]) == DOG


async def test_menu_generates_from_the_bots_own_result(world: BotHarness) -> None:
    await world.repaint(image=("dog.png", DOG))
    await world.until_settled()
    message = world.channel.last_message
    assert message is not None

    shown = await world.bob.context_menu(world.channel, THIS, message)
    await world.bob.submit_modal(shown, form_values(shown, prompt="once more"))
    [_, job] = await world.until_settled(2)

    assert job.state is State.DELIVERED
    assert job.request.user_id == world.bob.id


async def test_menu_on_a_spoiler_image_keeps_the_spoiler(world: BotHarness) -> None:
    message = await posted(world, ("SPOILER_cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    await world.ann.submit_modal(shown, form_values(shown, prompt="a prince"))
    [job] = await world.until_settled()

    assert job.request.options.spoiler


async def test_menu_on_a_hidden_gallery_image_keeps_the_spoiler(world: BotHarness) -> None:
    backend = world.env.backend
    stored = backend.cdn.store_attachment(7, 8, "cat.png", CAT, None)
    media = {"media": {"url": stored["url"]}, "spoiler": True}
    gallery = {"type": 12, "items": [media]}
    backend.create_message(world.channel.id, world.bob.id, "", components=[gallery], flags=1 << 15)
    message = world.channel.last_message
    assert message is not None
    [item] = message.components[0].items  # type: ignore[union-attr]
    assert item.spoiler

    [found] = find_images(message, lambda _url: True).images

    assert found.name == "SPOILER_cat.png"


async def test_menu_on_a_message_without_an_image_is_refused(world: BotHarness) -> None:
    message = await world.bob.send(world.channel, "only words")
    answer = await world.ann.context_menu(world.channel, THIS, message)

    assert answer.ephemeral
    assert "no picture in that message" in text(answer.response)


async def test_menu_refusal_returns_the_prompt(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", make_image(2000, 100)))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    world.claims = {}
    world.clock.move_to(world.clock.now() + 25 * 3600)
    answer = await world.ann.submit_modal(shown, form_values(shown, prompt="many words"))

    assert "no longer know" in text(answer.response)
    assert "many words" in text(answer.response)
    assert await world.jobs() == []


async def test_menu_form_survives_a_restart(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path) as world:
        message = await posted(world, ("cat.png", CAT), ("dog.png", DOG))
        shown = await world.ann.context_menu(world.channel, THIS, message)
        async with restart_bot(world):
            await world.ann.submit_modal(shown, form_values(shown, picture="1", prompt="a prince"))
        await world.until_settled()

        assert submitted_image(world.orders[0]) == DOG


async def test_menu_form_of_a_forgotten_member_is_gone(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    await world.store.personal.erase(world.ann.id, now=world.clock.now())
    answer = await world.ann.submit_modal(shown, form_values(shown, prompt="a prince"))

    assert "no longer know" in text(answer.response)


@pytest.mark.parametrize(("locale", "title"), [("en-US", "Which picture"), ("zh-CN", "哪一张图片")])
async def test_menu_form_uses_the_readers_language(
    world: BotHarness, locale: str, title: str
) -> None:
    world.says = {"locale": locale}
    message = await posted(world, ("cat.png", CAT), ("dog.png", DOG))
    shown = await world.ann.context_menu(world.channel, THIS, message)

    assert shown.modal is not None
    assert shown.modal["components"][0]["label"] == title


def face(world: BotHarness, who: simcord.MemberActor, path: str) -> None:
    """Serve an avatar at this path of the CDN."""
    world.env.backend.cdn._blobs[f"https://cdn.simcord.invalid{path}"] = CAT


async def test_avatar_menu_uses_a_still_png(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.asset.Asset, "BASE", world.cdn_url)
    world.env.backend.users[world.bob.id].avatar = "a_0123"  # an animated one
    face(world, world.bob, f"/avatars/{world.bob.id}/a_0123.png")

    shown = await world.ann.context_menu(world.channel, AVATAR, world.bob)
    await world.ann.submit_modal(shown, form_values(shown, prompt="as a knight"))
    [job] = await world.until_settled()

    assert (job.state, submitted_image(world.orders[0])) == (State.DELIVERED, CAT)


async def test_avatar_menu_prefers_the_server_avatar(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.asset.Asset, "BASE", world.cdn_url)
    world.env.backend.users[world.bob.id].avatar = "0123"
    world.env.backend.guilds[world.guild.id].members[world.bob.id].avatar = "4567"
    here = f"/guilds/{world.guild.id}/users/{world.bob.id}/avatars/4567.png"
    face(world, world.bob, here)

    shown = await world.ann.context_menu(world.channel, AVATAR, world.bob)
    await world.ann.submit_modal(shown, form_values(shown, prompt="as a knight"))
    await world.until_settled()

    assert submitted_image(world.orders[0]) == CAT


async def test_avatar_menu_without_an_avatar_is_refused(world: BotHarness) -> None:
    answer = await world.ann.context_menu(world.channel, AVATAR, world.bob)

    assert answer.ephemeral
    assert "no picture of their own" in text(answer.response)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", True),
        ("https://media.discordapp.net/attachments/1/2/a.png", True),
        ("https://images-ext-1.discordapp.net/external/abc/https/example.com/a.png", True),
        ("http://cdn.discordapp.com/attachments/1/2/a.png", False),
        ("https://example.com/a.png", False),
        ("https://cdn.discordapp.com.example.com/a.png", False),
        ("https://evildiscordapp.com/a.png", False),
        ("http://127.0.0.1:80/a.png", False),
    ],
)
def test_trusted_hosts_are_discords_only(url: str, ours: bool) -> None:
    assert TrustedHosts()(url) is ours
    assert TrustedHosts(loopback=True)("http://127.0.0.1:80/a.png")


def test_menu_form_ids_contain_no_image_address(world: BotHarness) -> None:
    payload: list[Json] = [one for one in world.registered() if one["type"] in (2, 3)]
    assert {one["name"] for one in payload} == {THIS, AVATAR}
    assert {tuple(one["integration_types"]) for one in payload} == {(0, 1)}


PNG, APNG, LOTTIE, GIF = 1, 2, 3, 4


def sticker(number: int, kind: int, name: str = "wave") -> Json:
    return {"id": str(number), "name": name, "format_type": kind}


def alter_target(world: BotHarness, **fields: object) -> None:
    """Add fields to a menu's target that simcord's messages lack."""

    def change(interaction: Json) -> None:
        for message in interaction["data"].get("resolved", {}).get("messages", {}).values():
            message.update(fields)

    alter_interactions(world, change)


async def test_image_of_forwarded_message_is_repainted(world: BotHarness) -> None:
    original = await posted(world, ("cat.png", CAT))
    forwarded = await world.bob.forward(original, world.channel)

    shown = await world.ann.context_menu(world.channel, THIS, forwarded)
    await world.ann.submit_modal(shown, form_values(shown, prompt="a prince"))
    await world.until_settled()

    assert submitted_image(world.orders[0]) == CAT


async def test_images_of_message_and_of_several_snapshots_are_offered(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", CAT))
    dog, fox = attachment(1, "dog.png"), attachment(2, "fox.png")
    alter_target(world, message_snapshots=[snapshot(dog), snapshot(fox), snapshot(dog)])

    shown = await world.ann.context_menu(world.channel, THIS, message)

    offered = [one["label"] for one in fields(shown)["picture"]["options"]]
    assert offered == ["1. cat.png", "2. dog.png", "3. fox.png"]


@pytest.mark.parametrize(
    ("kind", "ending"), [(PNG, "png"), (APNG, "png"), (GIF, "gif")], ids=["PNG", "APNG", "GIF"]
)
async def test_sticker_that_is_an_image_is_a_source(
    world: BotHarness, kind: int, ending: str
) -> None:
    message = await world.bob.send(world.channel, "look")
    alter_target(world, sticker_items=[sticker(7, kind)])

    shown = await world.ann.context_menu(world.channel, THIS, message)
    await world.ann.submit_modal(shown, form_values(shown, prompt="a prince"))

    [job] = await world.jobs()
    assert job.request.source.name == f"wave.{ending}"
    assert job.request.source.url.endswith(f"/stickers/7.{ending}")


async def test_sticker_in_forwarded_message_is_a_source(world: BotHarness) -> None:
    message = await world.bob.send(world.channel, "look")
    alter_target(world, message_snapshots=[snapshot(sticker_items=[sticker(7, PNG)])])

    shown = await world.ann.context_menu(world.channel, THIS, message)

    assert shown.modal is not None


async def test_menu_names_files_that_are_no_images(world: BotHarness) -> None:
    message = await posted(world, ("cat.png", CAT), ("clip.mp4", b"film"))
    others = [sticker(8, LOTTIE, "dance")]
    alter_target(world, sticker_items=others)
    shown = await world.ann.context_menu(world.channel, THIS, message)

    alter_target(world, attachments=[], sticker_items=others)
    refused = await world.ann.context_menu(world.channel, THIS, message)

    assert shown.modal is not None
    assert "clip.mp4, dance" in str(shown.modal["components"])
    assert refused.ephemeral
    assert "only dance" in text(refused.response)


def attachment(number: int, name: str) -> Json:
    url = f"https://cdn.discordapp.com/attachments/1/{number}/{name}"
    claims = {"size": 100, "content_type": "image/png", "width": 500, "height": 400}
    return {"id": str(number), "filename": name, "url": url, "proxy_url": url} | claims


def snapshot(*attachments: Json, **fields: object) -> Json:
    sent = {"type": 0, "content": "", "embeds": [], "timestamp": "2026-11-20T10:00:00+00:00"}
    return {"message": sent | {"edited_timestamp": None, "attachments": list(attachments)} | fields}
