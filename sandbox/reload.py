"""`bot.py demo --reload`: restarts the bot whenever a file is saved; the sandbox keeps running.

The sandbox keeps its members, messages and images, and the bot its database, so work continues
where it was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from sandbox.demo import empty_folder
from sandbox.processes import ROOT, Child, bot_settings, exit_on_sigterm, running

WATCHED = ("bot.py", "cogs", "services", "data/locales", "data/models.toml", "data/styles.toml")
SUFFIXES = (".py", ".ftl", ".toml")

CHECK_EVERY_S = 0.5

Stamps = Mapping[Path, int]
Report = Callable[[str], object]


async def play_and_reload(*, port: int, data: Path) -> int:
    """Run until Ctrl-C or SIGTERM; then the sandbox and the bot end too."""
    exit_on_sigterm()
    folder = empty_folder(data / "demo")
    async with running("-m", "sandbox", "--port", str(port)) as process:
        world = await process.first_line()
        _print(f"\nOpen {world['page']}; the bot restarts when you save a file. Ctrl-C ends all.\n")
        await keep_running(
            [str(ROOT / "bot.py")],
            env=bot_settings(world, folder),
            cwd=folder,
            roots=[ROOT / name for name in WATCHED],
            report=_print,
        )
    return 0


async def keep_running(
    words: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    roots: Sequence[Path],
    report: Report,
) -> None:
    """Run `python words...`, and restart it after each change below `roots`, until cancelled."""
    while True:
        stamps = await asyncio.to_thread(read_mtimes, roots)
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(running(*words, env=env, cwd=cwd))
            changed = await _until_changed(stamps, roots, bot, report)
        report(f"--- {changed.name} was saved: the bot starts anew")


async def _until_changed(stamps: Stamps, roots: Sequence[Path], bot: Child, report: Report) -> Path:
    """Pass on the bot's output, also after it ended, until a file is saved; return that file."""
    reported, has_ended = 0, False
    while True:
        lines = bot.lines[reported:]
        reported += len(lines)
        for line in lines:
            report(line)
        if bot.process.returncode is not None and not has_ended and not lines:
            has_ended = True
            report(
                f"--- the bot ended ({bot.process.returncode}); it starts anew when you save a file"
            )
        latest = await asyncio.to_thread(read_mtimes, roots)
        changed = [path for path in {**stamps, **latest} if stamps.get(path) != latest.get(path)]
        if changed:
            return changed[0]
        await asyncio.sleep(CHECK_EVERY_S)


def read_mtimes(roots: Iterable[Path]) -> dict[Path, int]:
    """Return when each file was last saved (nanoseconds)."""
    found: dict[Path, int] = {}
    for root in roots:
        for path in [root] if root.is_file() else root.rglob("*"):
            if path.suffix in SUFFIXES and path.is_file():
                found[path] = path.stat().st_mtime_ns
    return found


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
