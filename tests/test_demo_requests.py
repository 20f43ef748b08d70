"""Every command, menu and button that requests images, by hand: a browser, the sandbox, the bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from sandbox.demo import sample_photo
from sandbox.processes import ROOT, bot_settings, running
from tests.sandbox.page.conftest import QUIET, find_chromium
from tests.sandbox.page.member import Member
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT

pytestmark = pytest.mark.proof


PATIENCE_MS = 40_000


@asynccontextmanager
async def a_member(folder: Path) -> AsyncGenerator[Member]:
    """Open the page where the real bot answers."""
    quick = ("--min-seconds", "0", "--max-seconds", "0")
    async with (
        running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick) as process,
        async_playwright() as playwright,
    ):
        world = await process.first_line()
        env = bot_settings(world, folder) | {"USER_DAILY_IMAGES": "0", "USER_QUEUED_JOBS": "100000"}
        async with running(str(ROOT / "bot.py"), env=env, cwd=folder):
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(world["page"])
            yield Member(page)
            await browser.close()


async def shown(ada: Member, words: str, *, pictures: int = 1) -> None:
    """Wait until the newest message shows its images."""
    gallery = ada.last.get_by_test_id("gallery-item")
    await expect(ada.last).to_contain_text(words, timeout=PATIENCE_MS)
    await expect(gallery).to_have_count(pictures, timeout=PATIENCE_MS)


async def fill(ada: Member, prompt: str) -> None:
    await ada.field("prompt").fill(prompt)
    await ada["modal-submit"].click()
    await expect(ada["modal"]).to_have_count(0)


@pytest.mark.browser
async def test_a_person_uses_every_way_on_the_page(tmp_path: Path) -> None:
    photo = sample_photo()
    async with a_member(tmp_path) as ada:
        await ada.pick("expand")
        await ada.write({"image": photo})
        field = await ada.add("right")
        await field.fill("50")
        await ada["send"].click()
        await shown(ada, "Expanded: right 50 %")

        await ada.menu("Repaint this picture")
        await fill(ada, "as pixel art")
        await shown(ada, "as pixel art")

        await ada.last.get_by_test_id("avatar").click()
        await ada["menu-item"].filter(has_text="Repaint avatar").click()
        await fill(ada, "as a watercolour")
        await shown(ada, "as a watercolour")

        await ada.pick("blend")
        await ada["send"].click()
        await ada.field("pictures").set_input_files([photo, photo])
        await fill(ada, "good friends")
        await shown(ada, "Blend of 2 pictures")

        await ada.pick("preferences set")
        field = await ada.add("count")
        await field.fill("2")
        await ada["send"].click()
        await expect(ada.last).to_contain_text("Pictures: 2", timeout=PATIENCE_MS)

        link = await ada.page.locator("[data-testid=gallery-item] img").last.get_attribute("src")
        await ada.pick("repaint-link")
        await ada.write({"link": link or "", "prompt": "as an ink drawing"})
        await ada["send"].click()
        await shown(ada, "as an ink drawing", pictures=2)
