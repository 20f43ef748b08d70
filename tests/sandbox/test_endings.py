"""The demo and the sandbox stop everything that they started, however they end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.demo import VALID_S, _alive, empty_folder
from sandbox.processes import ROOT, running

pytestmark = pytest.mark.proof


TIMEOUT_S = 60.0
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a process's children")


def descendants(pid: int) -> list[int]:
    """Return every process below one, including the painters of the sandbox's Kling."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except FileNotFoundError:
        return []
    children = [int(word) for word in listed.split()]
    return [*children, *(each for child in children for each in descendants(child))]


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text("ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@asynccontextmanager
async def begun(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Run a command until its page is available; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), *words), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process, await page_of(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def page_of(process: asyncio.subprocess.Process) -> int:
    """Return the page's port, as it is printed."""
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        async for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line.decode()):
                return int(found[1])
    raise AssertionError("no page was named")


async def gone(pids: list[int]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while any(map(is_running, pids)):  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.05)


@LINUX
@pytest.mark.parametrize("words", [("demo",), ("demo", "--reload"), ("sandbox",)], ids=" ".join)
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_behind(words: tuple[str, ...], by: signal.Signals) -> None:
    async with begun(*words) as (process, port):
        below = descendants(process.pid)
        assert below
        process.send_signal(by)
        await process.wait()
        await gone(below)

    assert process.returncode == (130 if by is signal.SIGTERM else -by)
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)


@LINUX
async def test_what_runs_is_the_program_itself() -> None:
    """No wrapper is left: the process that was started is the one that gets the signal."""
    script = "import os, sys, json; print(json.dumps({'pid': str(os.getpid())}), flush=True)"
    async with running("-c", f"{script}; import time; time.sleep(60)") as child:
        assert (await child.first_line())["pid"] == str(child.process.pid)
        words = await asyncio.to_thread(
            Path(f"/proc/{child.process.pid}/cmdline").read_text, "utf-8"
        )
        assert "leash" not in words


def test_demos_do_not_empty_each_others_folders(tmp_path: Path) -> None:
    other, older = tmp_path / "1", tmp_path / "2"
    for folder in (other, older):
        folder.mkdir()
    past = time.time() - VALID_S - 60
    os.utime(older, (past, past))
    mine = empty_folder(tmp_path)

    assert (mine.is_dir(), other.exists(), older.exists()) == (True, True, False)
    assert empty_folder(tmp_path) == mine


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import time; time.sleep(60)", "did nothing more. Its last lines:\n(none: it may still"),
        ("import sys; sys.exit('a last word')", "The bot ended. Its last lines:\na last word"),
    ],
)
async def test_a_bot_that_does_not_come_ends_the_demo_in_words(script: str, said: str) -> None:
    async def work() -> None:
        if "exit" in script:
            await asyncio.Event().wait()
        raise TimeoutError

    async with running("-c", script) as child:
        with pytest.raises(SystemExit, match=re.escape(said)):
            await _alive(work(), child)
