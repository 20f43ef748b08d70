"""Files under signed links that expire, and descriptions made from a header alone."""

from __future__ import annotations

import io

import aiohttp
import pytest
from PIL import Image

from sandbox.clock import Clock
from sandbox.discord.core.cdn import Cdn, claims, safe_name
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Attachment
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import picture

DAY = 24 * 3600


@pytest.fixture
async def said(ada: Member) -> Json:
    """Return the attachment of a message of Ada's."""
    message = await ada.say("look", uploads=[await ada.upload(picture(), filename="cat.png")])
    return message["attachments"][0]


async def status(web: aiohttp.ClientSession, url: str) -> int:
    async with web.get(url) as response:
        return response.status


async def test_a_fresh_link_serves_the_very_bytes(
    said: Json, ada: Member, web: aiohttp.ClientSession
) -> None:
    assert await ada.fetch(said["url"]) == picture()
    assert await ada.fetch(f"{said['proxy_url']}width=80") == picture()


async def test_a_link_that_was_tampered_with_is_gone(
    said: Json, web: aiohttp.ClientSession
) -> None:
    bare = said["url"].split("?")[0]
    assert await status(web, bare) == 404
    assert await status(web, said["url"].replace("&hm=", "&hm=0")) == 404
    assert await status(web, said["url"].replace("ex=", "ex=f")) == 404
    assert await status(web, said["url"].replace("cat.png", "dog.png")) == 404


async def test_a_link_ends_after_a_day_but_the_file_stays(
    said: Json, ada: Member, web: aiohttp.ClientSession, place: Place
) -> None:
    place.clock.advance(DAY)
    assert await status(web, said["url"]) == 404
    async with web.get("/sandbox/state") as response:
        (message,) = (await response.json())["messages"]
    assert await status(web, message["attachments"][0]["url"]) == 200


def test_an_ephemeral_file_goes_at_its_own_hour() -> None:
    clock = Clock()
    cdn = Cdn(clock=clock)
    file = Attachment("1", "2", "a.png", b"x", clock.now(), ephemeral=True)
    clock.advance(3000)
    path, query = cdn.url(file).rstrip("&").split("?")
    asked = dict(pair.split("=") for pair in query.split("&"))
    assert cdn.admits(path, query=asked)
    clock.advance(600)
    assert not cdn.admits(path, query=asked)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
async def test_avatars_come_in_every_format(
    ada: Member, web: aiohttp.ClientSession, kind: str
) -> None:
    url = ada.hello["viewer"]["avatar_url"].replace(".png", f".{kind}")
    with Image.open(io.BytesIO(await ada.fetch(url))) as avatar:
        assert avatar.size == (512, 512)
    assert await status(web, "/avatars/1/x.png") == 404


def test_the_name_decides_the_type_and_the_header_the_size() -> None:
    jpeg = picture(kind="JPEG", size=(301, 400))
    assert claims("cat.jpg", jpeg) == ("image/jpeg", 301, 400)
    assert claims("cat.png", jpeg) == ("image/png", 301, 400), "a claim, not the truth"
    assert claims("cat", picture(kind="WEBP")) == ("image/webp", 320, 240)
    assert claims("cat.png", b"no picture") == ("image/png", None, None)
    assert claims("notes.txt", picture()) == ("text/plain", None, None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("my cat.png", "my_cat.png"),
        ("../猫.png", "png"),
        ("猫", "unknown"),
        ("a-b_c.PNG", "a-b_c.PNG"),
    ],
)
def test_names_are_kept_to_plain_letters(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("stated", [0, 1, 50_000_000])
async def test_a_file_may_be_of_another_size_than_is_stated(ada: Member, stated: int) -> None:
    upload = await ada.upload(picture(), stated_size=stated)

    message = await ada.say("look", uploads=[upload])

    [shown] = message["attachments"]
    assert shown["size"] == stated
    assert await ada.fetch(shown["url"]) == picture()


async def test_a_file_may_have_no_bytes(ada: Member) -> None:
    message = await ada.say("look", uploads=[await ada.upload(b"", filename="empty.png")])

    assert message["attachments"][0]["size"] == 0
