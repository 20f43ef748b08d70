"""A user's own jobs, and a conversation without the bot, by hand in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from sandbox.demo import sample_photo
from tests.sandbox.page.member import Member
from tests.test_demo_requests import PATIENCE_MS, a_member, fill, shown

pytestmark = pytest.mark.proof


def labelled(where: Locator, words: str) -> Locator:
    """Return the button with these words."""
    return where.get_by_test_id("button").filter(has_text=words)


async def go_to(ada: Member, channel: str) -> None:
    await ada["channel"].filter(has_text=channel).click()


async def repaint(ada: Member, prompt: str) -> None:
    await ada.run("repaint", {"image": sample_photo(), "prompt": prompt})
    await shown(ada, prompt)


@pytest.mark.browser
async def test_a_person_goes_on_from_their_list_on_the_page(tmp_path: Path) -> None:
    async with a_member(tmp_path) as ada:
        await repaint(ada, "as a woodcut")
        await ada.run("jobs")
        await expect(ada.last).to_contain_text("What you asked for", timeout=PATIENCE_MS)
        await ada.last.get_by_test_id("select").click()
        await ada["select-option"].filter(has_text="as a woodcut").click()
        await expect(ada.last).to_contain_text("It counts as 1 picture", timeout=PATIENCE_MS)
        opened = ada.last

        await labelled(opened, "Use as source").click()
        await fill(ada, "and now at night")
        await shown(ada, "and now at night")
        await labelled(ada.last, "Details").click()
        await expect(ada.last).to_contain_text("History", timeout=PATIENCE_MS)
        await expect(ada.last).to_contain_text("as a woodcut")

        await ada.run("jobs")
        await expect(ada.last).to_contain_text("and now at night", timeout=PATIENCE_MS)
        await ada.last.get_by_test_id("select").click()
        await ada["select-option"].filter(has_text="as a woodcut").click()
        await labelled(ada.last, "Delete").click()
        await ada["modal-submit"].click()
        await expect(ada.last).to_contain_text("were removed", timeout=PATIENCE_MS)
        await labelled(ada.last, "Back to the list").click()
        await expect(ada.last).to_contain_text("Page 1 of 1", timeout=PATIENCE_MS)

        await ada.run("forget-me")
        await labelled(ada.last, "Delete everything").click()
        await expect(ada.last).to_contain_text("2 requests are forgotten", timeout=PATIENCE_MS)
        await ada.run("jobs")
        await expect(ada.last).to_contain_text("Nothing yet", timeout=PATIENCE_MS)


@pytest.mark.browser
async def test_a_person_uses_it_in_a_conversation_that_the_bot_is_not_in(tmp_path: Path) -> None:
    async with a_member(tmp_path) as ada:
        await go_to(ada, "Friends")
        await repaint(ada, "as a stained glass window")
        await labelled(ada.last, "Again").click()
        await expect(ada["message"]).to_have_count(2, timeout=PATIENCE_MS)
        await shown(ada, "as a stained glass window")
        await labelled(ada.last, "Edit prompt").click()
        await fill(ada, "as a mosaic")
        await shown(ada, "as a mosaic")
        await labelled(ada.last, "Before / after").click()
        await expect(ada.last.get_by_test_id("gallery-item")).to_have_count(1)

        await ada.run("jobs")
        await expect(ada.last).to_contain_text("in private messages", timeout=PATIENCE_MS)
        await ada.last.get_by_test_id("select").click()
        await ada["select-option"].filter(has_text="as a mosaic").click()
        await labelled(ada.last, "Post here").click()
        await shown(ada, "as a mosaic")


@pytest.mark.browser
async def test_a_person_brings_the_app_along_into_a_server(tmp_path: Path) -> None:
    """Read-only: a bot in the server may not post there; an installed app answers its user."""
    async with a_member(tmp_path) as ada:
        await go_to(ada, "read-only")
        await ada.run("repaint", {"image": sample_photo(), "prompt": "as a fresco"})
        await expect(ada.last).to_contain_text("I may not post pictures", timeout=PATIENCE_MS)
        await ada["install-switch"].select_option("user_install")
        await repaint(ada, "as a fresco")
        await labelled(ada.last, "Details").click()
        await expect(ada.last).to_contain_text("Private", timeout=PATIENCE_MS)
