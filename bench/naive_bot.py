"""The baseline: a bot as written in an evening, `python bench/naive_bot.py`.

WAY=asyncio: aiohttp, but the whole image in memory, its base64 on the loop, SQLite inline, one poll
per second. WAY=threads: the reference client, base64 included, by `asyncio.to_thread`. It uses the
bot's own settings and registers the same command, so that members cannot tell the two apart.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import io
import os
import sqlite3
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.reference_client import Account, paint

EVERY_S = 1.0
BASE = os.environ["KLING_BASE_URL"]
KEY = os.environ["KLING_API_KEY"]
PATH = "/v1/images/generations"
HEADERS = {"Authorization": f"Bearer {KEY}"}


class NaiveBot(discord.Client):
    """One command, no limits."""

    def __init__(self, mode: str) -> None:
        """Take the way; open the database on the loop's thread."""
        super().__init__(intents=discord.Intents.none())
        self.mode = mode
        self.tree = app_commands.CommandTree(self)
        self.db = sqlite3.connect(os.environ["DATABASE_PATH"])
        self.db.execute("CREATE TABLE IF NOT EXISTS job (id TEXT, user_id INTEGER, state TEXT)")

    async def setup_hook(self) -> None:
        """Register the command."""
        self.web = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600))
        self.tree.add_command(app_commands.Command(name="repaint", description="x", callback=ask))
        await self.tree.sync()

    def note(self, job_id: int, user_id: int, state: str) -> None:
        """Store the state of a job, inline."""
        self.db.execute("DELETE FROM job WHERE id = ?", [str(job_id)])
        self.db.execute("INSERT INTO job VALUES (?, ?, ?)", [str(job_id), user_id, state])
        self.db.commit()


async def ask(
    interaction: discord.Interaction[NaiveBot], image: discord.Attachment, prompt: str
) -> None:
    """Generate an image and post it."""
    bot, user = interaction.client, interaction.user.id
    bot.note(interaction.id, user, "asked")
    await interaction.response.defer()
    if bot.mode == "threads":
        picture = await asyncio.to_thread(_in_thread, image.url, prompt)
    else:
        picture = await _on_loop(bot, image, prompt)
    bot.note(interaction.id, user, "painted")
    await interaction.edit_original_response(
        attachments=[discord.File(io.BytesIO(picture), "result.png")]
    )
    bot.note(interaction.id, user, "posted")


async def _on_loop(bot: NaiveBot, image: discord.Attachment, prompt: str) -> bytes:
    source = await image.read()
    order = _order(source, prompt)
    async with bot.web.post(BASE + PATH, json=order, headers=HEADERS) as answer:
        task_id = (await answer.json())["data"]["task_id"]
    while True:
        async with bot.web.get(f"{BASE}{PATH}/{task_id}", headers=HEADERS) as answer:
            task = (await answer.json())["data"]
        if task["task_status"] == "succeed":
            break
        await asyncio.sleep(EVERY_S)
    async with bot.web.get(task["task_result"]["images"][0]["url"]) as answer:
        return await answer.read()


def _in_thread(address: str, prompt: str) -> bytes:
    source = _get(address)
    order = _order(source, prompt)
    urls = paint(BASE, KEY, prompt, Account(), order)
    return _get(urls[0])


def _order(source: bytes, prompt: str) -> dict[str, object]:
    image = base64.b64encode(source).decode()
    return {"model_name": "kling-v3", "prompt": prompt, "n": 1, "image": image}


def _get(address: str) -> bytes:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    connection.request("GET", f"{where.path}?{where.query}")
    body = connection.getresponse().read()
    connection.close()
    return body


def main() -> None:
    """Run until the process is ended."""
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    NaiveBot(os.environ["WAY"]).run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
