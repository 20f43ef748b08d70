"""The bot is restarted when a file is saved, and only then."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.processes import ROOT
from sandbox.reload import WATCHED, keep_running, read_mtimes

pytestmark = pytest.mark.proof


TIMEOUT_S = 30.0

PROGRAM = "import sys, time\nsys.stderr.write('{word}\\n'); sys.stderr.flush()\n{then}\n"
STAY = "time.sleep(600)"


@dataclass
class ReloadHarness:
    """A program in a folder of its own, with its output and the restarter's."""

    folder: Path
    said: list[str] = field(default_factory=list)
    saves: int = 0

    def save(self, word: str, then: str = STAY) -> None:
        path = self.folder / "program.py"
        path.write_text(PROGRAM.format(word=word, then=then), encoding="utf-8")
        self.saves += 1
        os.utime(path, ns=(self.saves * 10**9, self.saves * 10**9))

    async def until(self, words: str) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while not any(words in line for line in self.said):  # noqa: ASYNC110 -- processes
                await asyncio.sleep(0.05)


@asynccontextmanager
async def workshop(folder: Path, word: str, then: str = STAY) -> AsyncIterator[ReloadHarness]:
    made = ReloadHarness(folder)
    made.save(word, then)
    task = asyncio.create_task(
        keep_running(
            [str(folder / "program.py")],
            env={},
            cwd=folder,
            roots=[folder],
            report=made.said.append,
        )
    )
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_saved_file_starts_the_program_anew(tmp_path: Path) -> None:
    async with workshop(tmp_path, "first") as here:
        await here.until("first")
        here.save("second")
        await here.until("second")

    assert here.said == ["first", "--- program.py was saved: the bot starts anew", "second"]


async def test_a_program_that_dies_waits_for_the_next_save(tmp_path: Path) -> None:
    async with workshop(tmp_path, "broken", "raise SystemExit(3)") as here:
        await here.until("the bot ended (3)")
        here.save("mended")
        await here.until("mended")

    assert here.said.count("broken") == 1


async def test_other_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "program.py").touch()
    before = read_mtimes([tmp_path])
    (tmp_path / "repaint.db").touch()

    assert read_mtimes([tmp_path]) == before


def test_what_is_watched_is_there() -> None:
    assert all((ROOT / name).exists() for name in WATCHED)
    assert len(read_mtimes([ROOT / name for name in WATCHED])) > 100
