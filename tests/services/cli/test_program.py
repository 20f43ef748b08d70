"""`python bot.py try` and `check` as processes of their own, with real signals."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from sandbox.processes import ROOT, kling_only

pytestmark = pytest.mark.proof


TIMEOUT_S = 60.0


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Restore SIGINT: a shell's background jobs, in which tests may run, ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@dataclass(frozen=True)
class ProgramRun:
    """How a run ended."""

    status: int | None
    out: str
    err: str


def environment(folder: Path, given: dict[str, str]) -> dict[str, str]:
    """Nothing of the computer's own settings, and a folder without a .env."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "DATABASE_PATH": str(folder / "r.db"), **given}


@asynccontextmanager
async def started(
    folder: Path, *words: str, env: dict[str, str] | None = None, stderr: int = PIPE
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), *words),
        cwd=folder,
        env=environment(folder, env or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=stderr,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(folder: Path, *words: str, env: dict[str, str] | None = None) -> ProgramRun:
    async with started(folder, *words, env=env) as process:
        out, err = await process.communicate()
    return ProgramRun(process.returncode, out.decode(), err.decode())


async def until_said(process: asyncio.subprocess.Process, words: str) -> str:
    """Read stderr up to the line with these words."""
    assert process.stderr is not None
    said = ""
    async for line in process.stderr:
        said += line.decode()
        if words in said:
            return said
    raise AssertionError(said)


async def test_a_sandbox_needs_no_key_and_no_settings(tmp_path: Path, photo: str) -> None:
    ran = await run(tmp_path, "try", "--sandbox", photo, "as a mosaic", "--save", "out", "--json")

    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    with Image.open(tmp_path / told["images"][0]["file"]["path"]) as picture:
        assert "local filter, not Kling" in str(picture.info)
    assert "free of charge" in ran.err


async def test_without_a_key_the_settings_are_named(tmp_path: Path, photo: str) -> None:
    ran = await run(tmp_path, "try", photo, "in oil")

    assert (ran.status, ran.out) == (2, "")
    assert "KLING_API_KEY: missing" in ran.err
    assert "Traceback" not in ran.err


async def test_a_model_in_the_settings_that_nobody_knows_is_named(
    tmp_path: Path, photo: str
) -> None:
    env = {"KLING_API_KEY": "sk-x", "KLING_MODEL": "kling-v9"}
    ran = await run(tmp_path, "try", photo, "in oil", env=env)

    assert ran.status == 2
    assert "KLING_MODEL: kling-v9 is not a row of models.toml" in ran.err


async def test_without_picture_and_prompt_usage_is_shown_before_any_setting(
    tmp_path: Path,
) -> None:
    ran = await run(tmp_path, "try")

    assert ran.status == 2
    assert "IMAGE and PROMPT are required" in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_says_how_to_pick_the_task_up_and_that_works(
    number: signal.Signals, tmp_path: Path, photo: str
) -> None:
    async with kling_only("--min-seconds", "3", "--max-seconds", "3", "--painter", "copy") as env:
        async with started(tmp_path, "try", photo, "in oil", env=env) as process:
            await until_said(process, "Accepted as task")
            process.send_signal(number)
            said = await until_said(process, "To resume it: ")
            assert await process.wait() == 130
        assert "Interrupted. The task continues and is billed when it is done." in said
        command = said.rpartition("To resume it: python bot.py ")[2].split()

        ran = await run(tmp_path, *command, env=env)

    assert ran.status == 0, ran.err
    assert ran.out.startswith("http://127.0.0.1:")


async def test_ctrl_c_in_a_terminal_ends_the_sandbox_too(tmp_path: Path, photo: str) -> None:
    leader, follower = pty.openpty()
    async with started(tmp_path, "try", "--sandbox", photo, "in oil", stderr=follower) as process:
        os.close(follower)
        seen = b""
        while b"Generating" not in seen:
            seen += await asyncio.to_thread(os.read, leader, 4096)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
        seen += await asyncio.to_thread(os.read, leader, 65536)
    os.close(leader)
    assert b"the sandbox and its task have ended" in seen


async def test_check_says_how_it_is_and_its_status_too(tmp_path: Path) -> None:
    async with kling_only("--flavour", "dmxapi") as env:
        good = await run(tmp_path, "check", env=env)
        bad = await run(tmp_path, "check", env=env | {"KLING_API_KEY": "sk-wrong-00000000"})
        told = await run(tmp_path, "check", "--json", env=env)

    assert (good.status, bad.status, told.status) == (0, 1, 0)
    assert "  ok    key accepted    yes" in good.out
    assert "\x1b" not in good.out
    assert "does not know this key" in bad.out
    assert "1 problem to fix" in bad.out
    assert good.err == bad.err == ""
    assert json.loads(told.out)["ok"] is True
    assert not (tmp_path / "r.db").exists()


async def test_check_without_any_setting_is_a_table_and_no_traceback(tmp_path: Path) -> None:
    ran = await run(tmp_path, "check", env={"KLING_BASE_URL": "http://127.0.0.1:9/kling"})

    assert (ran.status, ran.err) == (1, "")
    assert "KLING_API_KEY is not set" in ran.out
