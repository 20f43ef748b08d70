"""The demo: the bot as its own unmodified process, with Discord and Kling on this computer.

Plays one example and prints each step, then leaves the page to the user.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, START_S, Child, bot_settings, exit_on_sigterm, running

PROMPT = "as a Van Gogh painting"
COUNT = 2
PATIENCE_S = 60.0

VALID_S = 24 * 3600.0
"""Seconds for which a demo's images stay on disk."""

Message = dict[str, Any]


async def play(*, once: bool, port: int, image: Path | None, prompt: str | None, data: Path) -> int:
    """Play the example; return 0 if images were posted.

    Without `once` the page stays open until Ctrl-C.
    """
    exit_on_sigterm()
    folder = empty_folder(data / "demo")
    picture = image or sample_photo()
    screen = Screen()
    screen.title("Repaint demo: all on this computer; a local filter paints, not Kling.")
    async with AsyncExitStack() as stack:
        step = screen.step("Starting a sandbox Discord and a sandbox Kling")
        world_process = await stack.enter_async_context(
            running("-m", "sandbox", "--port", str(port))
        )
        world = await world_process.first_line()
        step.done(world["page"])
        step = screen.step("Starting the bot (python bot.py)")
        bot = await stack.enter_async_context(
            running(
                str(ROOT / "bot.py"),
                env=bot_settings(world, folder),
                cwd=folder,
            )
        )
        member = await stack.enter_async_context(Member(world["page"], patience=START_S))
        await _alive(member.online(), bot)
        step.done(f"connected, {len(member.commands)} commands registered")
        posted = await _alive(_example(member, screen, picture, prompt or PROMPT), bot)
        _show_files(screen, folder)
        if once:
            return 0 if posted else 1
        screen.title(f"Now you: open {world['page']} and type /repaint. Ctrl-C ends the demo.")
        await _alive(asyncio.Event().wait(), bot)
    return 0


def empty_folder(root: Path) -> Path:
    """Make a folder for this demo only, as another may run; delete those older than KEPT_S."""
    for old in root.glob("*"):
        if time.time() - old.stat().st_mtime > VALID_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = root / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def _example(member: Member, screen: Screen, picture: Path, prompt: str) -> int:
    """Play a member who requests images; return how many were posted."""
    step = screen.step(f'Ada attaches {picture.name} and types /repaint "{prompt}"')
    upload = await member.upload(picture)
    await member.command("repaint", image=upload, prompt=prompt, count=COUNT)
    step.done(f"{COUNT} pictures asked for")
    began = time.monotonic()
    bar = screen.step("The bot submits the task, and looks when it should be done")
    ticking = asyncio.create_task(_tick(bar, began))
    try:
        message = await member.next_message(_is_over, timeout=PATIENCE_S)
    finally:
        ticking.cancel()
    bar.done(f"{time.monotonic() - began:.1f} s")
    pictures = list_image_urls(message)
    step = screen.step("The bot posts into #repaint, by editing its one message")
    step.done(f"{len(pictures)} pictures" if pictures else read_text(message))
    return len(pictures)


async def _alive(work: Awaitable[Any], bot: Child) -> Any:  # noqa: ANN401  whatever the work returns
    """Await some work while the bot runs; if the bot ends, exit with its last log lines."""
    working = asyncio.ensure_future(work)
    dying = asyncio.ensure_future(bot.ended())
    await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
    dying.cancel()
    if working.done() and not isinstance(working.exception(), TimeoutError):
        return working.result()
    working.cancel()
    what = "The bot did nothing more" if working.done() else "The bot ended"
    said = "\n".join(bot.lines[-20:]) or "(none: it may still be starting)"
    sys.exit(f"{what}. Its last lines:\n{said}")


async def _tick(step: Step, began: float) -> None:
    while True:
        step.progress(time.monotonic() - began)
        await asyncio.sleep(0.2)


def _is_over(message: Message) -> bool:
    """Return whether a message shows images, or says that the job ended without any."""
    return bool(list_image_urls(message)) or "counted against your limit" in read_text(message)


def list_image_urls(message: Message) -> list[str]:
    """Return the URLs of a message's images: plain attachments and galleries."""
    found: list[str] = [attachment["url"] for attachment in message.get("attachments") or []]
    for component in list_components(message):
        found += [item["media"]["url"] for item in component.get("items") or []]
    return found


def list_components(message: Message) -> list[Message]:
    """Return a message's components, nested ones included."""
    found: list[Message] = []
    for component in message.get("components") or []:
        found += [component, *list_components(component)]
    return found


def read_text(message: Message) -> str:
    """Return the text of a message, including that of its components."""
    words = [part.get("content") for part in (message, *list_components(message))]
    return "\n".join(word for word in words if word)


def _show_files(screen: Screen, folder: Path) -> None:
    files = sorted(path for path in folder.glob("pictures/*/*_[1-9].*"))
    for path in files:
        screen.line(f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def sample_photo() -> Path:
    """Return a photo from an installed package: Grace Hopper, public domain."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The demo's photo comes with matplotlib: pip install -r requirements.txt")
    root = Path(spec.submodule_search_locations[0])
    return root / "mpl-data" / "sample_data" / "grace_hopper.jpg"


class Screen:
    """Output to a terminal or a file: numbered steps, each with its result."""

    def __init__(self, write: Callable[[str], object] = sys.stdout.write) -> None:
        self._write = write
        self._steps = 0
        self.is_terminal = sys.stdout.isatty()

    def title(self, text: str) -> None:
        """Print a line that stands out."""
        self._put(f"\n{text}\n\n")

    def line(self, text: str) -> None:
        """Print a line that belongs to the last step."""
        self._put(f"      {text}\n")

    def step(self, text: str) -> Step:
        """Start a step."""
        self._steps += 1
        return Step(self, f"  {self._steps}. {text}")

    def _put(self, text: str) -> None:
        self._write(text)
        sys.stdout.flush()

    put = _put


class Step:
    """One step on the screen; on a terminal its line shows progress."""

    def __init__(self, screen: Screen, text: str) -> None:
        self._screen = screen
        self._text = text
        if screen.is_terminal:
            screen.put(text)

    def progress(self, seconds: float) -> None:
        """Show that time passes; on a terminal only."""
        if self._screen.is_terminal:
            dots = "·" * (int(seconds * 2.5) % 20)
            self._screen.put(f"\r\x1b[K{self._text} {dots} {seconds:.0f} s")

    def done(self, result: str) -> None:
        """Print the result."""
        start = "\r\x1b[K" if self._screen.is_terminal else ""
        self._screen.put(f"{start}{self._text}\n      {result}\n")
