"""The page in a real Chromium, a sandbox Discord for each test, and a bot that tests control.

Everything here runs in one event loop for the session: the browser is started once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

from sandbox.discord.core.options import Options
from sandbox.discord.server import Served, serve
from tests.sandbox.page.bot import Bot, picture

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

session_wide = pytest_asyncio.fixture(loop_scope="session", scope="session")
for_each_test = pytest_asyncio.fixture(loop_scope="session")


def find_chromium() -> str:
    """Return the browser's path; without one, skip, or fail where CI promised it."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    words = "no Chromium: set CHROMIUM or install one of " + ", ".join(NAMES)
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


@session_wide
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        await chromium.close()


@pytest.fixture
def options() -> Options:
    return Options()


@for_each_test
async def discord(options: Options) -> AsyncIterator[Served]:
    async with serve(options) as server:
        yield server


@for_each_test
async def bot(discord: Served, options: Options) -> AsyncIterator[Bot]:
    async with ClientSession() as session:
        scripted = Bot(session, url=discord.url, token=options.token)
        yield scripted
        await scripted.stop()


class PageHarness:
    """Pages of this test, by viewer; `troubles` collects the browser's errors."""

    def __init__(self, browser: Browser, *, url: str) -> None:
        self.browser, self.url = browser, url
        self.contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    async def open(self, *, query: str = "", width: int = 1280, height: int = 800) -> Page:
        """Open the page in a context of its own, and wait until it shows a channel."""
        context = await self.browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._heard)
        await page.goto(f"{self.url}/?{query}")
        await page.get_by_test_id("composer").wait_for()
        return page

    async def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            await context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(message.text)


@for_each_test
async def screen(browser: Browser, discord: Served) -> AsyncIterator[PageHarness]:
    opened = PageHarness(browser, url=discord.url)
    yield opened
    await opened.close()
    assert opened.troubles == []


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    """Return the path of an image to repaint."""
    path = tmp_path / "boats.png"
    path.write_bytes(picture(1, size=(320, 240)))
    return path
