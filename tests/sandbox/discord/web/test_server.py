"""The page's socket and uploads: what a viewer sees and may do."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from sandbox.discord import Served
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Member, Refused
from tests.sandbox.discord.library_bot import LibraryBot, picture


async def test_the_page_itself_is_served(web: aiohttp.ClientSession) -> None:
    async with web.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
    async with web.get("/js/main.js") as response:
        assert "javascript" in response.content_type
    async with web.get("/js/none.js") as response:
        assert response.status == 404


async def test_the_first_frame_shows_the_studio(ada: Member, mira: Member) -> None:
    hello = ada.hello
    assert hello["guild"]["name"] == "Sandbox studio"
    assert [viewer["global_name"] for viewer in hello["viewers"]] == ["Ada", "Lin", "Mira"]
    assert [(one["name"], one["kind"]) for one in hello["channels"]] == [
        ("repaint", "text"),
        ("Portraits", "thread"),
        ("lounge", "text"),
        ("read-only", "text"),
        ("Repaint", "dm"),
        ("Friends", "group"),
    ]
    assert hello["bot"]["online"] is False
    assert (hello["viewer"]["moderator"], mira.hello["viewer"]["moderator"]) == (False, True)


async def test_what_was_said_before_is_shown_to_who_comes_later(
    ada: Member, served: Served
) -> None:
    said = await ada.say("hello", channel="lounge")
    async with Member(served.url, viewer="Lin") as lin:
        assert lin.messages[said["id"]]["content"] == "hello"


async def test_a_direct_channel_is_private(ada: Member, lin: Member) -> None:
    await ada.say("psst", channel="dm")
    said = await lin.say("hello")
    assert [one["id"] for one in lin.history] == [said["id"]]
    assert ada.channel("dm") != lin.channel("dm")


async def test_a_moderator_deletes_what_a_member_may_not(
    ada: Member, lin: Member, mira: Member
) -> None:
    said = await ada.say("rude")
    await lin.next_message()
    with pytest.raises(Refused, match="may not delete"):
        await lin.ask(_order("delete_message", said), until=lambda _: False)
    await mira.next_message()
    await mira.delete(said)
    await ada.until(lambda: said["id"] not in ada.messages)


def _order(kind: str, message: Json) -> Json:
    return {"type": kind, "channel_id": message["channel_id"], "message_id": message["id"]}


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "dance"},
        {"type": "say", "channel_id": "1", "text": "x"},
        {"type": "say", "text": "   "},
        {"type": "say", "text": "x" * 2001},
        {"type": "say", "text": "x", "uploads": ["1"]},
        {"type": "command", "command_id": "1"},
        {"type": "component", "message_id": "1", "custom_id": "x"},
        {"type": "modal_submit", "id": "1", "components": []},
        {"type": "dismiss", "message_id": "1"},
    ],
)
async def test_what_can_not_be_is_refused_with_a_reason(ada: Member, frame: Json) -> None:
    with pytest.raises(Refused, match=r"."):
        await ada.ask({"channel_id": ada.channel(), **frame}, until=lambda _: False)


async def test_an_upload_tells_its_claims(ada: Member, web: aiohttp.ClientSession) -> None:
    upload_id = await ada.upload(picture(), filename="cat.png")
    said = await ada.say("look", uploads=[upload_id])
    shown = said["attachments"][0]
    assert (shown["filename"], shown["width"], shown["height"]) == ("cat.png", 320, 240)
    assert shown["id"] != upload_id, "a message keeps its own copy"


async def test_an_upload_over_ten_megabytes_is_refused(ada: Member) -> None:
    with pytest.raises(Refused, match="10 MiB"):
        await ada.upload(b"x" * (10 * 1024 * 1024 + 1))


async def test_a_private_answer_can_be_waved_away(robot: LibraryBot, ada: Member) -> None:
    @robot.tree.command(description="Quota")
    async def quota(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("3 left", ephemeral=True)

    await robot.open()
    await ada.command("quota")
    message = await ada.next_message()
    await ada.dismiss(message)
    assert ada.messages == {}
