"""The sandbox and the bot as separate processes: started, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SANDBOX_KEY = "sk-sandbox"

START_S = 120.0
"""The first start on a small or busy computer compiles everything first."""

LAST_WORDS_S = 1.0
"""A process that the child started may hold its stderr open for longer."""

END_S = 12.0
"""After SIGTERM the bot has 10 s for deliveries in progress."""


class Ended(Exception):
    """A process ended by itself; the message is the end of its output."""


class Child:
    """One process: its last output lines, and its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take a started process whose stdout and stderr are pipes."""
        self.process = process
        self.lines: list[str] = []
        self._reading = asyncio.create_task(self._read(process.stderr))

    async def first_line(self, seconds: float = START_S) -> dict[str, str]:
        """Return the JSON object that the process prints when it is ready."""
        assert self.process.stdout is not None
        async with asyncio.timeout(seconds):
            line = await self.process.stdout.readline()
        if not line:
            await self._reading
            raise Ended("\n".join(self.lines[-20:]))
        return json.loads(line)

    async def ended(self) -> int:
        """Wait for the end and the last output; return the exit status."""
        status = await self.process.wait()
        await asyncio.wait({self._reading}, timeout=LAST_WORDS_S)
        return status

    async def stop(self) -> int:
        """Terminate the process; kill it if it has not ended after END_S."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(END_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
        await self._reading
        return await self.process.wait()

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        async for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip())


@asynccontextmanager
async def running(
    *words: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> AsyncGenerator[Child]:
    """Run `python words...` until the block ends."""
    child = await start(words, env=env, cwd=cwd)
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            await child.stop()


async def start(
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    stdin: int = asyncio.subprocess.DEVNULL,
) -> Child:
    """Start `python words...` with additional environment variables."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *_with_child_guard(words),
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Child(process)


def _with_child_guard(words: Sequence[str]) -> Sequence[str]:
    """Return words that make Linux end the process with this one, however this one ends.

    On other systems only `running` ends it.
    """
    if sys.platform != "linux":
        return words
    return ("-I", "-S", str(ROOT / "sandbox" / "child_guard.py"), str(os.getpid()), *words)


def exit_on_sigterm() -> None:
    """Make SIGTERM cancel this task, as Ctrl-C does, so that its blocks end their processes."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def run_world(*, port: int) -> int:
    """Run the sandbox until it or this process ends; print the settings for a bot."""
    exit_on_sigterm()
    async with running("-m", "sandbox", "--port", str(port)) as child:
        world = await child.first_line()
        lines = [f"{name}={value}" for name, value in bot_settings(world, Path("data")).items()]
        page = f"The sandbox Discord: {world['page']}"
        sys.stdout.write("\n".join([page, "Settings for a bot in it:", "", *lines, ""]) + "\n")
        sys.stdout.flush()
        return await child.ended()


def bot_settings(world: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the settings for a bot that uses the sandbox, with its files below `folder`."""
    return {
        "DISCORD_TOKEN": world["token"],
        "DISCORD_API_URL": world["api"],
        "DISCORD_GATEWAY_URL": world["gateway"],
        "KLING_BASE_URL": world["kling"],
        "KLING_API_KEY": SANDBOX_KEY,
        "DATABASE_PATH": str(folder / "repaint.db"),
        "PICTURES_PATH": str(folder / "pictures"),
        "PICTURES_URL": "",
        "USER_COOLDOWN": "0",
    }


@asynccontextmanager
async def kling_only(*options: str) -> AsyncGenerator[dict[str, str]]:
    """Run a sandbox Kling until the block ends; yields the settings that point to it."""
    async with running("-m", "sandbox.kling", *options) as child:
        try:
            addresses = await child.first_line()
        except Ended as end:
            sys.exit(f"The sandbox did not start:\n{end}")
        yield {"KLING_BASE_URL": addresses["kling"], "KLING_API_KEY": SANDBOX_KEY}
