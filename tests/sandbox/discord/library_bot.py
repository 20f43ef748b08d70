"""A real discord.py client for the sandbox to serve, and images for its tests."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from sandbox.discord import Served


class LibraryBot(discord.Client):
    """The unmodified library with a command tree; `open` logs in, syncs and connects."""

    def __init__(self, served: Served) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.05,
            max_messages=None,
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.token = served.place.options.token
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.failures: list[Any] = []  # errors that commands raised
        self._failed = asyncio.Event()
        self.tree.error(self._on_failure)

    async def open(self) -> None:
        """Log in, register the commands, connect, and wait for READY and the guilds."""
        await self.login(self.token)
        await self.tree.sync()
        self._running = asyncio.create_task(self.connect(), name="robot")
        await asyncio.wait_for(self.wait_until_ready(), 30)

    async def stop(self) -> None:
        """Close as a deploy does."""
        await self.close()
        if hasattr(self, "_running"):
            with suppress(discord.GatewayNotFound, discord.ConnectionClosed):
                await asyncio.wait_for(self._running, 30)

    async def until(self, event: str) -> None:
        """Wait for the client's next event of that name."""
        await self.wait_for(event, timeout=30)

    async def until_failed(self) -> None:
        """Wait until a command has raised; the error is in `failures`."""
        await asyncio.wait_for(self._failed.wait(), 30)

    async def on_connect(self) -> None:
        self.heard.append("connect")

    async def on_resumed(self) -> None:
        self.heard.append("resumed")

    async def _on_failure(
        self, _: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        self.failures.append(getattr(error, "original", error))
        self._failed.set()


def point_discord_at(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the two addresses discord.py has built in."""
    monkeypatch.setattr(Route, "BASE", f"{served.url}/api/v10")
    gateway = yarl.URL(served.addresses["gateway"])
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    monkeypatch.setattr(discord.asset.Asset, "BASE", served.url)


def picture(color: str = "teal", *, size: tuple[int, int] = (320, 240), kind: str = "PNG") -> bytes:
    """Return a small image."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def file(name: str = "result.png", color: str = "crimson", **more: Any) -> discord.File:
    """Make a fresh file: a used one uploads nothing."""
    return discord.File(io.BytesIO(picture(color)), name, **more)
