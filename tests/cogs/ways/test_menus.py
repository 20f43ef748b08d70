"""The menus on messages and members: whoever posted the picture, whoever asks pays."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest
import simcord

from cogs.ways.found import Trust, pictures_in
from services.models import State
from tests.cogs.admin.servers import restarted
from tests.support.messages import Json, text
from tests.support.presses import fields, filled_in, sent_picture
from tests.support.simulated import World, picture, simulated

CAT, DOG = picture(500, 400), picture(420, 400)
THIS = "Repaint this picture"
AVATAR = "Repaint avatar"


async def posted(world: World, *pictures: tuple[str, bytes]) -> discord.Message:
    return await world.bob.send(world.channel, "look", attachments=pictures)


async def test_a_picture_of_anybody_is_repainted_for_whoever_asks(world: World) -> None:
    message = await posted(world, ("cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    assert list(fields(shown)) == ["prompt", "style", "count"]

    answer = await world.ann.submit_modal(
        shown, filled_in(shown, style="ink", count="2", prompt="a prince")
    )
    [job] = await world.until_settled()

    [order] = world.orders
    assert sent_picture(order) == CAT
    assert (order["n"], job.state, job.request.user_id) == (2, State.DELIVERED, world.ann.id)
    assert order["prompt"].startswith("a prince, as an ink drawing")
    assert not answer.ephemeral
    assert (await world.used(world.ann), await world.used(world.bob)) == (2, 0)


async def test_of_several_pictures_one_is_chosen(world: World) -> None:
    message = await posted(world, ("cat.png", CAT), ("words.txt", b"none"), ("dog.png", DOG))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    offered = [one["label"] for one in fields(shown)["picture"]["options"]]
    assert offered == ["1. cat.png", "2. dog.png"]

    await world.ann.submit_modal(shown, filled_in(shown, picture="1", prompt="a prince"))
    await world.until_settled()

    assert sent_picture(world.orders[0]) == DOG


async def test_a_result_of_the_bot_itself_is_repainted(world: World) -> None:
    await world.repaint(image=("dog.png", DOG))
    await world.until_settled()
    message = world.channel.last_message
    assert message is not None

    shown = await world.bob.context_menu(world.channel, THIS, message)
    await world.bob.submit_modal(shown, filled_in(shown, prompt="once more"))
    [_, job] = await world.until_settled(2)

    assert job.state is State.DELIVERED
    assert job.request.user_id == world.bob.id


async def test_a_hidden_picture_stays_hidden(world: World) -> None:
    message = await posted(world, ("SPOILER_cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    await world.ann.submit_modal(shown, filled_in(shown, prompt="a prince"))
    [job] = await world.until_settled()

    assert job.request.options.spoiler


async def test_what_another_bots_gallery_hides_stays_hidden(world: World) -> None:
    backend = world.env.backend
    stored = backend.cdn.store_attachment(7, 8, "cat.png", CAT, None)
    media = {"media": {"url": stored["url"]}, "spoiler": True}
    gallery = {"type": 12, "items": [media]}
    backend.create_message(world.channel.id, world.bob.id, "", components=[gallery], flags=1 << 15)
    message = world.channel.last_message
    assert message is not None
    [item] = message.components[0].items  # type: ignore[union-attr]
    assert item.spoiler

    [found] = pictures_in(message, lambda _url: True)

    assert found.name == "SPOILER_cat.png"


async def test_a_message_without_a_picture_is_answered_in_words(world: World) -> None:
    message = await world.bob.send(world.channel, "only words")
    answer = await world.ann.context_menu(world.channel, THIS, message)

    assert answer.ephemeral
    assert "no picture in that message" in text(answer.response)


async def test_a_refusal_hands_the_words_back(world: World) -> None:
    message = await posted(world, ("cat.png", picture(2000, 100)))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    world.claims = {}
    world.clock.move_to(world.clock.now() + 25 * 3600)
    answer = await world.ann.submit_modal(shown, filled_in(shown, prompt="many words"))

    assert "no longer know" in text(answer.response)
    assert "many words" in text(answer.response)
    assert await world.jobs() == []


async def test_a_form_outlives_a_restart(tmp_path: Path) -> None:
    async with simulated(tmp_path) as world:
        message = await posted(world, ("cat.png", CAT), ("dog.png", DOG))
        shown = await world.ann.context_menu(world.channel, THIS, message)
        async with restarted(world):
            await world.ann.submit_modal(shown, filled_in(shown, picture="1", prompt="a prince"))
        await world.until_settled()

        assert sent_picture(world.orders[0]) == DOG


async def test_a_form_is_forgotten_with_its_member(world: World) -> None:
    message = await posted(world, ("cat.png", CAT))
    shown = await world.ann.context_menu(world.channel, THIS, message)
    await world.store.personal.forget(world.ann.id, now=world.clock.now())
    answer = await world.ann.submit_modal(shown, filled_in(shown, prompt="a prince"))

    assert "no longer know" in text(answer.response)


@pytest.mark.parametrize(("locale", "title"), [("en-US", "Which picture"), ("zh-CN", "哪一张图片")])
async def test_the_form_speaks_the_readers_language(world: World, locale: str, title: str) -> None:
    world.says = {"locale": locale}
    message = await posted(world, ("cat.png", CAT), ("dog.png", DOG))
    shown = await world.ann.context_menu(world.channel, THIS, message)

    assert shown.modal is not None
    assert shown.modal["components"][0]["label"] == title


def face(world: World, who: simcord.MemberActor, path: str) -> None:
    """Let an avatar be handed out."""
    world.env.backend.cdn._blobs[f"https://cdn.simcord.invalid{path}"] = CAT


async def test_an_avatar_is_repainted_as_a_still_png(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.asset.Asset, "BASE", world.cdn_url)
    world.env.backend.users[world.bob.id].avatar = "a_0123"  # an animated one
    face(world, world.bob, f"/avatars/{world.bob.id}/a_0123.png")

    shown = await world.ann.context_menu(world.channel, AVATAR, world.bob)
    await world.ann.submit_modal(shown, filled_in(shown, prompt="as a knight"))
    [job] = await world.until_settled()

    assert (job.state, sent_picture(world.orders[0])) == (State.DELIVERED, CAT)


async def test_the_face_in_this_server_comes_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.asset.Asset, "BASE", world.cdn_url)
    world.env.backend.users[world.bob.id].avatar = "0123"
    world.env.backend.guilds[world.guild.id].members[world.bob.id].avatar = "4567"
    here = f"/guilds/{world.guild.id}/users/{world.bob.id}/avatars/4567.png"
    face(world, world.bob, here)

    shown = await world.ann.context_menu(world.channel, AVATAR, world.bob)
    await world.ann.submit_modal(shown, filled_in(shown, prompt="as a knight"))
    await world.until_settled()

    assert sent_picture(world.orders[0]) == CAT


async def test_without_an_avatar_there_is_nothing_to_repaint(world: World) -> None:
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
def test_of_embeds_only_what_discord_itself_hands_out_is_fetched(url: str, ours: bool) -> None:
    assert Trust()(url) is ours
    assert Trust(loopback=True)("http://127.0.0.1:80/a.png")


def test_forms_say_nothing_of_the_picture_in_their_id(world: World) -> None:
    payload: list[Json] = [one for one in world.registered() if one["type"] in (2, 3)]
    assert {one["name"] for one in payload} == {THIS, AVATAR}
    assert {tuple(one["integration_types"]) for one in payload} == {(0, 1)}
