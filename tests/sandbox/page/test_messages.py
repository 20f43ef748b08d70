"""Messages as users see them: images, private answers, hostile words, menus."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from sandbox.discord.core.options import Options
from sandbox.discord.server import serve
from tests.sandbox.page.bot import (
    COMMAND,
    EPHEMERAL,
    MESSAGE,
    Bot,
    Json,
    button,
    gallery,
    picture,
    text,
    v2,
)
from tests.sandbox.page.conftest import PageHarness
from tests.sandbox.page.member import Member

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

ABOUT: Json = {"name": "about", "description": "What this is"}
HOSTILE = (
    '<img src=x onerror="window.hit=1"> <script>window.hit=1</script> '
    "[press](javascript:window.hit=1) <svg/onload=window.hit=1>"
)


async def show(bot: Bot, member: Member, body: Json, *, pictures: int = 0) -> Json:
    """Have the bot post into the channel that the user has open."""
    files = [picture(number) for number in range(pictures)]
    return await bot.post(await member.channel_id(), body, pictures=files)


async def hits(page: Page) -> object:
    return await page.evaluate("window.hit")


async def test_a_gallery_shows_each_of_its_pictures_beside_the_others(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    for count in range(1, 11):
        await show(bot, ada, v2(gallery(count), pictures=count), pictures=count)
        await expect(ada["message"]).to_have_count(count)
        items = await ada.last.get_by_test_id("gallery-item").all()
        boxes = [await item.bounding_box() for item in items]
        assert len({(box["x"], box["y"]) for box in boxes if box}) == count
        assert all(box["width"] > 60 and box["height"] > 40 for box in boxes if box)


async def test_the_lightbox_walks_by_arrows_and_gives_the_focus_back(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    await show(bot, ada, v2(gallery(3), pictures=3), pictures=3)

    second = ada["gallery-item"].nth(1)
    await second.click()
    shown = ada["lightbox-image"]
    await expect(shown).to_have_attribute("alt", "Picture number 1")
    await ada.page.keyboard.press("ArrowRight")
    await expect(shown).to_have_attribute("alt", "Picture number 2")
    await ada.page.keyboard.press("ArrowRight")
    await expect(shown).to_have_attribute("alt", "Picture number 0")
    await ada.page.keyboard.press("Escape")

    await expect(ada["lightbox"]).to_have_count(0)
    await expect(second).to_be_focused()


async def test_a_spoiler_opens_first_and_enlarges_second(bot: Bot, screen: PageHarness) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    message = await show(bot, ada, v2(gallery(2, spoiler=True), pictures=2), pictures=2)
    first = ada["gallery-item"].first

    await expect(first).to_have_accessible_name("Reveal the spoiler")
    await first.click()
    await expect(first).to_have_accessible_name("Open Picture number 0")
    await expect(ada["lightbox"]).to_have_count(0)

    kept = [{"id": one["media"]["attachment_id"]} for one in message["components"][0]["items"]]
    path = f"/channels/{message['channel_id']}/messages/{message['id']}"
    body = v2(gallery(2, spoiler=True), text("edited")) | {"attachments": kept}
    await bot.rest("PATCH", path, body=body)
    await expect(ada.last).to_contain_text("edited")
    await expect(first).to_have_accessible_name("Open Picture number 0")
    await first.click()
    await expect(ada["lightbox-image"]).to_have_count(1)


async def test_hostile_words_stay_words_wherever_they_are_shown(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([{**ABOUT, "description": HOSTILE[:100]}])
    ada = Member(await screen.open())

    await ada.say(HOSTILE)
    await show(bot, ada, v2(text(HOSTILE), button("b", HOSTILE[:80])))
    await show(bot, ada, {"embeds": [{"title": HOSTILE, "description": HOSTILE}]})
    await ada["composer-input"].fill("/")
    await expect(ada["command-item"]).to_contain_text("<img src=x")

    await expect(ada["message"]).to_have_count(3)
    await expect(ada["message"].first).to_contain_text("<script>window.hit=1</script>")
    await expect(ada["messages"].locator(".body :is(script, img, a)")).to_have_count(0)
    assert await hits(ada.page) is None


async def test_a_private_answer_is_seen_by_its_owner_alone_and_can_be_dismissed(
    bot: Bot, screen: PageHarness
) -> None:
    async def whisper(one: Bot, interaction: Json) -> None:
        await one.respond(interaction, MESSAGE, {"content": "psst", "flags": EPHEMERAL})

    bot.answers["about"] = whisper
    await bot.start([ABOUT])
    ada = Member(await screen.open())
    lin = Member(await screen.open(query=f"viewer={await ada.viewer_id('Lin')}"))

    await ada.run("about")
    await expect(ada.last).to_contain_text("Only you can see this")
    await expect(ada.last).to_have_attribute("data-ephemeral", "true")
    await show(bot, lin, {"content": "for everybody"})
    await expect(lin["message"]).to_have_count(1)

    await ada["dismiss"].click()
    await expect(ada["message"]).to_have_count(1)


async def test_the_viewer_switch_makes_one_look_as_another(bot: Bot, screen: PageHarness) -> None:
    await bot.start([])
    member = Member(await screen.open())
    lin = await member.viewer_id("Lin")

    await member["viewer-switch"].select_option(lin)

    await expect(member["viewer-switch"]).to_have_value(lin)
    await member.say("hello from Lin")
    await expect(member.last).to_contain_text("Lin")
    assert f"viewer={lin}" in member.page.url


async def test_the_language_switch_changes_the_pages_own_words(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([ABOUT])
    member = Member(await screen.open())
    await expect(member["send"]).to_have_accessible_name("Send")

    await member["locale-switch"].select_option("zh-CN")

    await expect(member["send"]).to_have_accessible_name("发送")
    assert "locale=zh-CN" in member.page.url


async def test_channels_keep_their_own_messages_and_tell_what_is_new(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    first = await ada.channel_id()
    second = ada["channel"].nth(1)

    await second.click()
    await expect(second).to_have_attribute("aria-current", "page")
    assert await ada.channel_id() in ada.page.url
    await bot.post(first, {"content": "news"})

    unread = ada.page.locator(f'[data-channel-id="{first}"]')
    await expect(unread).to_have_class("channel text unread")
    await expect(ada["message"]).to_have_count(0)
    await unread.click()
    await expect(ada.last).to_contain_text("news")


async def test_an_edit_is_marked_and_a_deletion_leaves_nothing(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    message = await show(bot, ada, {"content": "first"})
    path = f"/channels/{message['channel_id']}/messages/{message['id']}"

    await bot.rest("PATCH", path, body={"content": "second"})
    await expect(ada.last).to_contain_text("second(edited)")
    await bot.rest("DELETE", path)

    await expect(ada["message"]).to_have_count(0)


async def test_ones_own_message_can_be_deleted_and_anothers_can_not(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    await show(bot, ada, {"content": "the bot's"})
    await expect(ada["message"]).to_have_count(1)
    await ada.last.get_by_test_id("message-menu").click()
    await expect(ada["menu-item"].filter(has_text="Delete")).to_have_count(0)
    await ada.page.keyboard.press("Escape")

    await ada.say("mine")
    await expect(ada["message"]).to_have_count(2)
    await ada.menu("Delete message")

    await expect(ada["message"]).to_have_count(1)


async def test_a_message_command_is_told_which_message_it_is_for(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([{"name": "Repaint this picture", "type": 3}])
    ada = Member(await screen.open())
    message = await show(bot, ada, {"content": "look"})
    await expect(ada["message"]).to_have_count(1)

    await ada.last.locator(".content").click(button="right")
    await ada["menu-item"].filter(has_text="Repaint this picture").click()

    assert (await bot.next(COMMAND))["data"]["target_id"] == message["id"]


async def test_a_user_command_is_told_which_member_it_is_for(bot: Bot, screen: PageHarness) -> None:
    await bot.start([{"name": "Repaint avatar", "type": 2}])
    ada = Member(await screen.open())
    await ada.say("me")

    await ada.last.get_by_test_id("avatar").click()
    await ada["menu-item"].filter(has_text="Repaint avatar").click()

    target = (await bot.next(COMMAND))["data"]["target_id"]
    assert target == await ada.viewer_id("Ada")


async def test_a_lost_connection_is_told_and_mended_by_itself(browser: Browser) -> None:
    async with serve() as first:
        screen = PageHarness(browser, url=first.url)
        ada = Member(await screen.open())
    await expect(ada["notice"]).to_contain_text("Reconnecting")

    # The new sandbox has other users: the page continues as one of them.
    async with serve(port=int(first.url.rpartition(":")[2])):
        await expect(ada["notice"]).to_contain_text("is offline")
        await ada.say("back again")
        await expect(ada.last).to_contain_text("back again")
        await screen.close()


async def test_a_picture_can_be_shared_without_any_command(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    await bot.start([])
    ada = Member(await screen.open())

    await ada["attach-input"].set_input_files(boats)
    await expect(ada["upload"]).to_contain_text("boats.png")
    await ada.say("from my holidays")

    await expect(ada.last.get_by_test_id("gallery-item")).to_have_count(1)
    await expect(ada.last).to_contain_text("from my holidays")
    await expect(ada["upload"]).to_have_count(0)


async def test_a_file_over_the_limit_is_refused_in_words(browser: Browser) -> None:
    big: FilePayload = {"name": "big.png", "mimeType": "image/png", "buffer": bytes((1 << 20) + 1)}
    async with serve(Options(file_limit=1 << 20)) as small:
        screen = PageHarness(browser, url=small.url)
        ada = Member(await screen.open())

        await ada["attach-input"].set_input_files(big)

        await expect(ada["upload"]).to_contain_text("At most 1 MiB a file")
        await screen.close()


async def test_a_picture_attached_before_the_command_goes_along_with_it(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    image = {"name": "image", "type": 11, "description": "A picture", "required": True}
    await bot.start([{**ABOUT, "options": [image]}])
    ada = Member(await screen.open())

    await ada["attach-input"].set_input_files(boats)
    await ada.run("about")

    resolved = (await bot.next(COMMAND))["data"]["resolved"]["attachments"]
    assert [one["filename"] for one in resolved.values()] == ["boats.png"]


async def test_on_a_phone_the_channel_list_folds_away(bot: Bot, screen: PageHarness) -> None:
    await bot.start([])
    ada = Member(await screen.open(width=390, height=844))
    await expect(ada["channel"].first).not_to_be_visible()

    await ada["open-list"].click()
    await ada["channel"].nth(1).click()

    await expect(ada["channel"].first).not_to_be_visible()
    wide = await ada.page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390
