"""`make screenshots`: plays the demo in a real browser and saves screenshots.

Needs Playwright (requirements-dev.txt) and a Chromium on PATH or in CHROMIUM.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, bot_settings, running

IMAGES = ROOT / "docs" / "images"
PATIENCE_S = 60.0
EVERY_S = 0.4
FIRST_MS, FRAME_MS, LAST_MS = 1200, 220, 5000
SMALL = (960, 660)
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
                await film(world["page"], member, IMAGES / "demo.webp")
                await shoot(world["page"], IMAGES / "demo.png")


async def film(page_url: str, member: Member, target: Path) -> None:
    """Record a request, from the command to the images, as an animation."""
    frames: list[bytes] = []
    async with opened(page_url) as page:
        frames.append(await page.screenshot())
        asking = asyncio.create_task(
            ask(member, prompt="as a watercolour, soft morning light", count=4)
        )
        while not asking.done():
            frames.append(await page.screenshot())
            await asyncio.sleep(EVERY_S)
        await asking
        await page.get_by_test_id("gallery-item").last.wait_for()
        await page.wait_for_load_state("networkidle")
        frames.append(await page.screenshot())
    await asyncio.to_thread(animate, frames, target)


def animate(frames: list[bytes], target: Path) -> None:
    """Write the frames that differ; the last one stays for LAST_MS."""
    shown = [frame for at, frame in enumerate(frames) if at == 0 or frame != frames[at - 1]]
    pictures = [Image.open(io.BytesIO(frame)).convert("RGB").resize(SMALL) for frame in shown]
    durations = [FRAME_MS] * (len(pictures) - 1) + [LAST_MS]
    durations[0] = FIRST_MS
    pictures[0].save(
        target,
        save_all=True,
        append_images=pictures[1:],
        duration=durations,
        loop=0,
        quality=75,
        method=6,
    )


async def ask(member: Member, *, prompt: str, count: int) -> None:
    """Request images and wait until they are posted."""
    seen = len(member.history)
    picture = await member.upload(sample_photo())
    await member.command("repaint", image=picture, prompt=prompt, count=count)
    await member.next_message(
        lambda one: len(list_image_urls(one)) == count, after=seen, timeout=PATIENCE_S
    )


async def shoot(page_url: str, target: Path) -> None:
    """Open the page and save a screenshot of what a member sees."""
    async with opened(page_url) as page:
        await page.get_by_test_id("gallery-item").last.wait_for()
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=target)


@asynccontextmanager
async def opened(page_url: str) -> AsyncGenerator[Page]:
    """Open the page in its own browser."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport=SIZE, color_scheme="dark")
        await page.goto(page_url)
        yield page
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
