"""The demo as a new user runs it: in the terminal, and on the page in a real browser."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import async_playwright, expect

from sandbox.demo import sample_photo
from sandbox.processes import ROOT, bot_settings, running
from tests.sandbox.page.conftest import QUIET, find_chromium
from tests.sandbox.page.member import Member
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT

pytestmark = pytest.mark.proof


TIMEOUT_S = 90
PATIENCE_MS = 30_000


async def test_the_example_ends_with_pictures_on_disk_and_in_the_channel() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "bot.py", "demo", "--once"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT_S):
        output, _ = await process.communicate()

    words = output.decode()
    assert process.returncode == 0, words
    assert "2 pictures" in words
    files = [ROOT / name for name in re.findall(r"data/demo/\S+\.png", words)]
    assert len(files) == 2
    for path in files:
        with Image.open(path) as picture:
            assert "local filter, not Kling" in str(picture.info)


@pytest.mark.browser
async def test_a_person_attaches_a_picture_and_sees_it_painted(tmp_path: Path) -> None:
    async with (
        running(
            "-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, "--min-seconds", "0", "--max-seconds", "0"
        ) as world_process,
        async_playwright() as playwright,
    ):
        world = await world_process.first_line()
        env = bot_settings(world, tmp_path)
        async with running(str(ROOT / "bot.py"), env=env, cwd=tmp_path):
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
            page = await browser.new_page()
            await page.goto(world["page"])
            ada = Member(page)
            await ada.pick("repaint")
            await ada.write({"image": sample_photo(), "prompt": "as pixel art"})
            await ada["send"].click()

            gallery = ada.last.get_by_test_id("gallery-item")
            await expect(gallery).to_have_count(1, timeout=PATIENCE_MS)
            await expect(ada.last).to_contain_text("as pixel art")
            await browser.close()
