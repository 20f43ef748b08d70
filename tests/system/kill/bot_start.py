"""Processes of a bot: started cold, or warm with its libraries imported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sandbox.processes import ROOT, Child, start

BOT = ROOT / "bot.py"


async def begin(env: Mapping[str, str], folder: Path, *, fault: str | None = None) -> Child:
    """Start the unmodified bot; if a fault is named, with that guard removed."""
    if fault is None:
        return await start([str(BOT)], env=env, cwd=folder)
    bot = await warm(env, folder, fault=fault)
    go(bot)
    return bot


async def warm(env: Mapping[str, str], folder: Path, *, fault: str | None = None) -> Child:
    """Start a process that imports its libraries and runs the bot after `go`."""
    words = ["-m", "tests.system.kill.preloaded_bot", *([fault] if fault else [])]
    return await start(words, env=env, cwd=folder, stdin=asyncio.subprocess.PIPE)


def go(bot: Child) -> None:
    """Start the bot in a warm process."""
    assert bot.process.stdin is not None
    bot.process.stdin.write(b"begin\n")
