"""Lives of a bot as processes: begun cold or with its libraries read, and listened to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sandbox.processes import ROOT, Child, start

BOT = ROOT / "bot.py"


async def begin(env: Mapping[str, str], folder: Path, *, fault: str | None = None) -> Child:
    """Start the unmodified bot; with one of its guards taken away if a fault is named."""
    if fault is None:
        return await start([str(BOT)], env=env, cwd=folder)
    bot = await warm(env, folder, fault=fault)
    go(bot)
    return bot


async def warm(env: Mapping[str, str], folder: Path, *, fault: str | None = None) -> Child:
    """Let a process read its libraries, and begin when it is told to `go`."""
    words = ["-m", "tests.torture.warm", *([fault] if fault else [])]
    return await start(words, env=env, cwd=folder, stdin=asyncio.subprocess.PIPE)


def go(bot: Child) -> None:
    """Let a process begin that is warm."""
    assert bot.process.stdin is not None
    bot.process.stdin.write(b"begin\n")
