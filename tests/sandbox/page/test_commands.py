"""Slash commands, from "/" to the bot's answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from sandbox.discord.server import Served
from tests.sandbox.page.bot import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    DEFER,
    EPHEMERAL,
    MESSAGE,
    Bot,
    Json,
    focused,
    gallery,
    picture,
    text,
    v2,
    values,
)
from tests.sandbox.page.conftest import PageHarness
from tests.sandbox.page.member import Member

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]


def option(name: str, kind: int, **more: Any) -> Json:
    return {"name": name, "type": kind, "description": f"The {name}", **more}


REPAINT: Json = {
    "name": "repaint",
    "description": "Paint a picture anew",
    "name_localizations": {"zh-CN": "重绘"},
    "options": [
        option("image", 11, required=True),
        option("prompt", 3, required=True, max_length=40),
        option("style", 3, autocomplete=True),
        option("count", 4, min_value=1, max_value=4),
        option("fidelity", 10, min_value=0, max_value=1),
        option(
            "ratio",
            3,
            choices=[{"name": "wide", "value": "16:9"}, {"name": "square", "value": "1:1"}],
        ),
        option("private", 5),
        option("friend", 6),
        option("where", 7),
    ],
}
LIMITS: Json = {
    "name": "limits",
    "description": "Change limits",
    "options": [
        {
            "name": "role",
            "type": 2,
            "description": "Limits of roles",
            "options": [{**option("set", 1), "options": [option("daily", 4, required=True)]}],
        }
    ],
}

OUT_OF_BOUNDS = [
    ("count", "9", "At most 4."),
    ("count", "1.5", "Enter a whole number."),
    ("count", "many", "Enter a number."),
    ("fidelity", "-1", "At least 0."),
    ("ratio", "round", "Choose one from the list."),
]


async def paint_two(bot: Bot, interaction: Json) -> None:
    await bot.respond(interaction, DEFER)
    body = v2(text("### Done"), gallery(2), pictures=2)
    await bot.edit(interaction, body, pictures=[picture(0), picture(1)])


async def answer_privately(bot: Bot, interaction: Json) -> None:
    await bot.respond(interaction, MESSAGE, {"content": "Noted", "flags": EPHEMERAL})


async def sent_options(bot: Bot) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in values(await bot.next(COMMAND))}


async def test_a_picture_and_a_prompt_become_a_gallery(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    bot.answers["repaint"] = paint_two
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.run("repaint", {"image": boats, "prompt": "an old harbour"})

    await expect(ada.last.get_by_test_id("gallery-item")).to_have_count(2)
    await expect(ada.last.locator(".reference")).to_contain_text("Ada used /repaint")
    await expect(ada.last.get_by_alt_text("Picture number 1")).to_be_visible()
    asked = (await bot.next(COMMAND))["data"]
    [upload] = asked["resolved"]["attachments"].values()
    assert (upload["filename"], upload["width"], upload["height"]) == ("boats.png", 320, 240)


async def test_a_deferred_command_thinks_until_it_is_edited(bot: Bot, screen: PageHarness) -> None:
    bot.answers["about"] = lambda one, interaction: one.respond(interaction, DEFER)
    await bot.start([{"name": "about", "description": "What this is"}])
    ada = Member(await screen.open())

    await ada.run("about")
    await expect(ada.last.get_by_test_id("thinking")).to_contain_text("is thinking")
    await bot.edit(await bot.next(COMMAND), {"content": "A bot that paints."})

    await expect(ada["thinking"]).to_have_count(0)
    await expect(ada.last).to_contain_text("A bot that paints.")


async def test_a_missing_required_option_is_told_before_anything_is_sent(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.run("repaint", {"prompt": "no picture"})

    await expect(ada.option("image")).to_contain_text("Fill in this option.")
    assert bot.heard.empty()


async def test_a_value_out_of_bounds_is_told_at_its_field(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    await bot.start([REPAINT])
    ada = Member(await screen.open())
    await ada.pick("repaint")
    await ada.write({"image": boats, "prompt": "x"})
    for name, typed, complaint in OUT_OF_BOUNDS:
        field = await ada.add(name)
        await field.fill(typed)
        await ada["send"].click()
        await expect(ada.option(name)).to_contain_text(complaint)
        await ada.option(name).get_by_test_id("remove-option").click()
    assert bot.heard.empty()


async def test_every_kind_of_option_arrives_as_its_own_type(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    bot.answers["repaint"] = answer_privately
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.pick("repaint")
    await ada.write({"image": boats, "prompt": "x"})
    for name, typed in {"count": "2", "fidelity": "0.5", "style": "my own"}.items():
        await (await ada.add(name)).fill(typed)
    lin, here = await ada.viewer_id("Lin"), await ada.channel_id()
    for name, value in {"ratio": "16:9", "private": "true", "friend": lin, "where": here}.items():
        await ada.add(name)
        await ada.choose(value)
    await ada["send"].click()

    sent = await sent_options(bot)
    assert sent | {"image": ""} == {
        "image": "",
        "prompt": "x",
        "count": 2,
        "fidelity": 0.5,
        "style": "my own",
        "ratio": "16:9",
        "private": True,
        "friend": lin,
        "where": here,
    }


async def test_suggestions_come_from_the_bot_and_can_be_taken_by_keyboard(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    async def suggest(one: Bot, interaction: Json) -> None:
        typed = focused(interaction)["value"]
        known = [{"name": "Ink wash", "value": "ink"}, {"name": "Oil", "value": "oil"}]
        fitting = [choice for choice in known if typed in choice["value"]]
        await one.respond(interaction, CHOICES, {"choices": fitting})

    bot.answers |= {"repaint style": suggest, "repaint": answer_privately}
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.pick("repaint")
    await ada.write({"image": boats, "prompt": "x"})
    style = await ada.add("style")
    await style.fill("in")
    await expect(ada["choice"]).to_have_text(["Ink wash"])
    await style.press("ArrowDown")
    await style.press("Enter")
    await expect(style).to_have_value("Ink wash")
    await style.press("Enter")

    assert (await bot.next(AUTOCOMPLETE))["data"]["name"] == "repaint"
    assert (await sent_options(bot))["style"] == "ink"


async def test_a_sub_command_in_a_group_is_found_by_its_words(
    bot: Bot, screen: PageHarness
) -> None:
    bot.answers["limits"] = answer_privately
    await bot.start([REPAINT, LIMITS])
    ada = Member(await screen.open())

    await ada["composer-input"].fill("/limits r")
    await expect(ada["command-item"]).to_have_count(1)
    await ada["composer-input"].press("Enter")
    await ada.option("daily").get_by_test_id("option-input").fill("3")
    await ada.page.keyboard.press("Enter")

    [group] = (await bot.next(COMMAND))["data"]["options"]
    [command] = group["options"]
    assert (group["name"], command["name"], command["options"][0]["value"]) == ("role", "set", 3)
    await expect(ada.last).to_contain_text("Noted")


async def test_escape_leaves_a_command_and_nothing_is_sent(bot: Bot, screen: PageHarness) -> None:
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.pick("repaint")
    await expect(ada["command-form"]).to_be_visible()
    await ada.page.keyboard.press("Escape")

    await expect(ada["command-form"]).to_have_count(0)
    await expect(ada["composer-input"]).to_be_focused()


async def test_a_pasted_picture_goes_to_the_empty_picture_option(
    bot: Bot, screen: PageHarness
) -> None:
    bot.answers["repaint"] = answer_privately
    await bot.start([REPAINT])
    ada = Member(await screen.open())

    await ada.pick("repaint")
    await ada.page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(20, 10);
            canvas.getContext("2d").fillRect(0, 0, 9, 9);
            const transfer = new DataTransfer();
            const blob = await canvas.convertToBlob();
            transfer.items.add(new File([blob], "p.png", {type: "image/png"}));
            window.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer}));
        }"""
    )
    await expect(ada.option("image").get_by_test_id("upload")).to_contain_text(
        re.compile("20 . 10")
    )
    await ada.write({"prompt": "from the clipboard"})
    await ada["send"].click()

    assert (await sent_options(bot))["prompt"] == "from the clipboard"


async def test_chinese_names_are_listed_for_who_reads_chinese(
    bot: Bot, screen: PageHarness
) -> None:
    bot.answers["repaint"] = answer_privately
    await bot.start([REPAINT])
    ada = Member(await screen.open(query="locale=zh-CN"))

    await ada["composer-input"].fill("/重")

    await expect(ada["command-item"]).to_contain_text("/重绘")
    await expect(ada["sandbox-note"]).to_contain_text("并非可灵")
    await expect(ada.page.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_a_silent_bot_is_told_under_the_composer(
    bot: Bot, screen: PageHarness, discord: Served
) -> None:
    await bot.start([{"name": "about", "description": "What this is"}])
    ada = Member(await screen.open())

    await ada.run("about")
    await bot.next(COMMAND)
    discord.place.clock.advance(3)

    await expect(ada["composer-error"]).to_have_text("The application did not respond")


async def test_a_bot_that_leaves_is_announced_and_welcomed_back(
    bot: Bot, screen: PageHarness
) -> None:
    ada = Member(await screen.open())
    await expect(ada["notice"]).to_contain_text("offline")

    await bot.start([REPAINT])
    await expect(ada["notice"]).to_be_hidden()
    await expect(ada["bot"]).to_contain_text("online")

    await bot.stop()
    await expect(ada["notice"]).to_contain_text("offline")


async def test_only_a_moderator_is_offered_a_moderators_command(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([{**LIMITS, "default_member_permissions": "32"}, REPAINT])
    ada = Member(await screen.open())
    mira = Member(await screen.open(query=f"viewer={await ada.viewer_id('Mira')}"))

    await ada["composer-input"].fill("/")
    await mira["composer-input"].fill("/")

    await expect(ada["command-item"]).to_have_count(1)
    await expect(mira["command-item"]).to_have_count(2)
