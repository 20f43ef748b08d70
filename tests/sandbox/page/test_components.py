"""Buttons, selects and modals: the user's actions and the events that the bot receives."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.discord.server import Served
from tests.sandbox.page.bot import (
    COMPONENT,
    DEFER_UPDATE,
    MODAL,
    SUBMIT,
    UPDATE,
    Bot,
    Json,
    button,
    submitted,
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


def labelled(words: str, component: Json) -> Json:
    return {"type": 18, "label": words, "component": component}


def choices(*names: str) -> list[Json]:
    return [{"label": name.title(), "value": name} for name in names]


MODAL_BODY: Json = {
    "custom_id": "ask",
    "title": "Edit the prompt",
    "components": [
        labelled(
            "Prompt",
            {"type": 4, "custom_id": "prompt", "style": 2, "min_length": 3, "value": "boats"},
        ),
        labelled("Style", {"type": 3, "custom_id": "style", "options": choices("ink", "oil")}),
        labelled("Picture", {"type": 19, "custom_id": "picture", "required": False}),
        labelled("Count", {"type": 21, "custom_id": "count", "options": choices("one", "four")}),
        labelled(
            "Extras",
            {
                "type": 22,
                "custom_id": "extras",
                "required": False,
                "options": choices("spoiler", "private"),
            },
        ),
    ],
}


async def open_modal(bot: Bot, member: Member, body: Json = MODAL_BODY) -> None:
    """Post a button that opens a modal, and press it."""

    async def ask(one: Bot, interaction: Json) -> None:
        await one.respond(interaction, MODAL, body)

    async def take(one: Bot, interaction: Json) -> None:
        await one.respond(interaction, DEFER_UPDATE)

    bot.answers |= {"open": ask, "ask": take}
    await bot.start([])
    await bot.post(await member.channel_id(), v2(button("open", "Edit prompt")))
    await member.button("open").click()
    await member["modal"].wait_for()


async def test_a_pressed_button_reaches_the_bot_and_its_update_the_page(
    bot: Bot, screen: PageHarness
) -> None:
    async def count(one: Bot, interaction: Json) -> None:
        await one.respond(
            interaction, UPDATE, v2(text("pressed"), button("more", "More", disabled=True))
        )

    bot.answers["more"] = count
    await bot.start([])
    ada = Member(await screen.open())
    await bot.post(await ada.channel_id(), v2(text("fresh"), button("more", "More")))

    await ada.button("more").click()

    await expect(ada.last).to_contain_text("pressed")
    await expect(ada.button("more")).to_be_disabled()


async def test_a_button_without_an_answer_says_so_under_its_message(
    bot: Bot, screen: PageHarness, discord: Served
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    await bot.post(await ada.channel_id(), v2(button("lost", "Lost")))

    await ada.button("lost").click()
    await bot.next(COMPONENT)
    discord.place.clock.advance(3)

    await expect(ada.last.get_by_test_id("message-error")).to_have_text("This interaction failed")


async def test_a_link_button_is_a_link_and_sends_nothing(bot: Bot, screen: PageHarness) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    url = "https://example.com/result"
    row = {"type": 1, "components": [{"type": 2, "style": 5, "label": "Open", "url": url}]}
    await bot.post(await ada.channel_id(), v2(row))

    there = ada.last.get_by_role("link", name="Open")
    await expect(there).to_have_attribute("href", url)
    await expect(there).to_have_attribute("rel", "noopener noreferrer")


async def test_a_choice_from_a_select_is_sent_at_once(bot: Bot, screen: PageHarness) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    select = {"type": 3, "custom_id": "style", "options": choices("ink", "oil")}
    await bot.post(await ada.channel_id(), v2({"type": 1, "components": [select]}))

    await ada["select"].click()
    await ada["select-option"].filter(has_text="Oil").click()

    chosen = (await bot.next(COMPONENT))["data"]
    assert (chosen["custom_id"], chosen["values"]) == ("style", ["oil"])


async def test_people_are_chosen_several_at_a_time_and_sent_when_the_list_closes(
    bot: Bot, screen: PageHarness
) -> None:
    await bot.start([])
    ada = Member(await screen.open())
    select = {"type": 5, "custom_id": "who", "max_values": 3}
    await bot.post(await ada.channel_id(), v2({"type": 1, "components": [select]}))

    await ada["select"].click()
    for name in ("Lin", "Mira"):
        await ada["select-option"].filter(has_text=name).click()
    assert bot.heard.empty()
    await ada.page.keyboard.press("Escape")

    expected = {await ada.viewer_id("Lin"), await ada.viewer_id("Mira")}
    assert set((await bot.next(COMPONENT))["data"]["values"]) == expected


async def test_everything_filled_into_a_modal_arrives(
    bot: Bot, screen: PageHarness, boats: Path
) -> None:
    ada = Member(await screen.open())
    await open_modal(bot, ada)

    await expect(ada.field("prompt")).to_be_focused()
    await expect(ada.field("prompt")).to_have_value("boats")
    await ada.field("prompt").fill("red boats")
    await ada.field("style").click()
    await ada["select-option"].filter(has_text="Oil").click()
    await ada.field("picture").set_input_files(boats)
    await ada.page.get_by_label("Four").check()
    await ada.page.get_by_label("Spoiler").check()
    await ada["modal-submit"].click()

    await expect(ada["modal"]).to_have_count(0)
    interaction = await bot.next(SUBMIT)
    filled = submitted(interaction)
    [picture_id] = filled.pop("picture")
    assert filled == {
        "prompt": "red boats",
        "style": ["oil"],
        "count": "four",
        "extras": ["spoiler"],
    }
    assert interaction["data"]["resolved"]["attachments"][picture_id]["filename"] == "boats.png"


async def test_a_modal_names_what_is_missing_and_sends_nothing(
    bot: Bot, screen: PageHarness
) -> None:
    ada = Member(await screen.open())
    await open_modal(bot, ada)
    await bot.next(COMPONENT)

    await ada.field("prompt").fill("ab")
    await ada["modal-submit"].click()

    told = ada["field-error"].filter(visible=True)
    await expect(told).to_have_text(
        ["At least 3 characters.", "This is required.", "This is required."]
    )
    await expect(ada.field("prompt")).to_be_focused()
    assert bot.heard.empty()


async def test_a_checkbox_and_an_old_text_input_are_understood(
    bot: Bot, screen: PageHarness
) -> None:
    old = {"type": 4, "custom_id": "words", "label": "Words", "style": 1}
    body = {
        "custom_id": "ask",
        "title": "Two ages",
        "components": [
            labelled("Agree", {"type": 23, "custom_id": "agree"}),
            {"type": 1, "components": [old]},
        ],
    }
    ada = Member(await screen.open())
    await open_modal(bot, ada, body)

    await ada.field("agree").check()
    await ada.field("words").fill("yes")
    await ada.field("words").press("Enter")

    assert submitted(await bot.next(SUBMIT)) == {"agree": True, "words": "yes"}


async def test_a_modal_keeps_the_focus_and_escape_closes_it(bot: Bot, screen: PageHarness) -> None:
    ada = Member(await screen.open())
    await open_modal(bot, ada)

    for _ in range(12):
        await ada.page.keyboard.press("Tab")
        assert await ada.page.evaluate("document.activeElement.closest('dialog') !== null")
    await ada.page.keyboard.press("Escape")

    await expect(ada["modal"]).to_have_count(0)
    await expect(ada.button("open")).to_be_focused()


async def test_a_modal_whose_bot_is_silent_stays_open_with_its_words(
    bot: Bot, screen: PageHarness, discord: Served
) -> None:
    ada = Member(await screen.open())
    only = labelled("Prompt", {"type": 4, "custom_id": "prompt", "style": 1})
    await open_modal(bot, ada, {"custom_id": "ask", "title": "Once", "components": [only]})
    del bot.answers["ask"]

    await ada.field("prompt").fill("keep me")
    await ada["modal-submit"].click()
    await bot.next(SUBMIT)
    discord.place.clock.advance(3)

    await expect(ada["modal-error"]).to_have_text("Something went wrong. Try again.")
    await expect(ada.field("prompt")).to_have_value("keep me")
