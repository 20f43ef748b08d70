"""`make screenshots`: play the demo in a real browser and keep what it looks like.

Needs Playwright (requirements-dev.txt) and a Chromium on PATH or in CHROMIUM.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import ViewportSize, async_playwright

from sandbox.demo import pictures_of, sample_photo
from sandbox.discord.client import Member
from sandbox.processes import ROOT, bot_settings, running

IMAGES = ROOT / "docs" / "images"
PATIENCE_S = 60.0
SIZE = ViewportSize(width=1280, height=880)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


async def main() -> None:
    """Make every screenshot."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running("-m", "sandbox") as world_process:
            world = await world_process.first_line()
            env = bot_settings(world, Path(folder))
            async with (
                running(str(ROOT / "bot.py"), env=env, cwd=Path(folder)),
                Member(world["page"]) as member,
            ):
                await member.online()
                await ask(member, prompt="as a watercolour, soft morning light", count=4)
                await shoot(world["page"], IMAGES / "demo.png")


async def ask(member: Member, *, prompt: str, count: int) -> None:
    """Ask for pictures and wait until they are posted."""
    seen = len(member.history)
    picture = await member.upload(sample_photo())
    await member.command("repaint", image=picture, prompt=prompt, count=count)
    await member.next_message(
        lambda one: len(pictures_of(one)) == count, after=seen, timeout=PATIENCE_S
    )


async def shoot(page_url: str, target: Path) -> None:
    """Open the page and keep what a member sees."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport=SIZE, color_scheme="dark")
        await page.goto(page_url)
        await page.get_by_test_id("gallery-item").last.wait_for()
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=target)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
