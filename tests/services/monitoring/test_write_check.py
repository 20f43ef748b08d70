"""Full or read-only disks: no new jobs, one notice to the operators, nothing lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.errors import StoreUnavailable
from services.models import State
from services.monitoring.write_check import EVERY_S, IN_TROUBLE_S, LEAST_BYTES
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request
from tests.support.sqlite import thread_of

DISK_BYTES = LEAST_BYTES + 24_000_000


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[EngineHarness]:
    async with running_engine(tmp_path) as here, watched(here):
        yield here


@asynccontextmanager
async def watched(here: EngineHarness) -> AsyncIterator[None]:
    watching = asyncio.create_task(here.writing.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def pragma(here: EngineHarness, text: str) -> int:
    """Query SQLite on the connection that the bot uses."""
    thread = thread_of(here.store)
    rows = await thread.run(lambda: thread.db.execute(f"PRAGMA {text}").fetchall())
    return rows[0][0] if rows else 0


async def refused(here: EngineHarness) -> str:
    """Send requests until one is refused: the free pages of the file may still hold a few."""
    for user_id in range(77, 177):
        try:
            await here.ask(a_request(user_id=user_id, prompt="x" * 2400))
        except StoreUnavailable as refusal:
            return str(refusal)
    raise AssertionError("everything was accepted")


async def looked_anew(here: EngineHarness) -> None:
    """Wait until the write check has found that all is well; running work may end before that."""
    await here.until(lambda: here.writing.trouble is None)


async def told(here: EngineHarness, *alerts: str) -> None:
    await here.until(lambda: here.channel.alerts == list(alerts))


@pytest.mark.parametrize("trouble", ["readonly", "full"])
async def test_a_database_that_takes_nothing_keeps_what_runs_and_refuses_the_rest(
    here: EngineHarness, trouble: str
) -> None:
    running = await here.ask()
    await here.until_state(running, State.RUNNING)
    await pragma(here, "wal_checkpoint(TRUNCATE)")
    pages = await pragma(here, "page_count")
    on = {"readonly": "query_only=1", "full": f"max_page_count={pages}"}[trouble]
    await pragma(here, on)

    assert trouble in await refused(here)
    if trouble == "readonly":
        await told(here, "unwritable")
        assert await refused(here) == "DATABASE_PATH: attempt to write a readonly database"
        for _ in range(20):
            here.clock.move_to(here.clock.now() + IN_TROUBLE_S)
            await asyncio.sleep(0.005)
        assert here.channel.alerts == ["unwritable"]
        assert (await here.job(running.id)).state is State.RUNNING

    await pragma(here, {"readonly": "query_only=0", "full": "max_page_count=1000000"}[trouble])
    over = await here.until_over(running)
    assert over.state is State.DELIVERED
    await looked_anew(here)
    assert (await here.ask(a_request(user_id=200))).state is State.QUEUED
    assert here.kling.plan.rules == []
    if trouble == "readonly":
        assert here.channel.alerts == ["unwritable", "writable"]


async def test_a_step_that_could_not_even_be_put_off_is_taken_when_there_is_a_database_again(
    here: EngineHarness,
) -> None:
    job = await here.ask()
    await here.until_state(job, State.RUNNING)
    await pragma(here, "query_only=1")
    began = here.clock.now()
    await here.until(lambda: here.engine._unreleased or here.clock.now() > began + 60)
    await pragma(here, "query_only=0")
    over = await here.until_over(job)
    assert over.state is State.DELIVERED
    assert here.clock.now() - began < 300, "it waited for its lease to end"


async def test_pictures_that_can_not_be_written_are_as_bad(
    here: EngineHarness, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.write_text("in the way")
    here.writing.doubt()
    await told(here, "unwritable")

    assert await refused(here) == "PICTURES_PATH: File exists"

    pictures.unlink()
    await told(here, "unwritable", "writable")
    job = await here.ask()
    assert (await here.until_over(job)).state is State.DELIVERED


async def test_all_is_looked_at_once_a_minute(here: EngineHarness, tmp_path: Path) -> None:
    await told(here)
    shutil.rmtree(tmp_path / "pictures", ignore_errors=True)
    (tmp_path / "pictures").write_text("in the way")
    began = here.clock.now()
    await told(here, "unwritable")
    assert here.clock.now() - began <= EVERY_S


# --- A real disk, where this computer lets us have one


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a file system can be mounted by root alone")
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_disk_that_runs_full_and_has_room_again(disk: Path) -> None:
    async with running_engine(disk) as here, watched(here):
        job = await here.ask()
        await here.until_state(job, State.RUNNING)
        filler = disk / "filler"
        fill(filler)

        await refused(here)
        await told(here, "unwritable")
        for _ in range(12):
            here.clock.move_to(here.clock.now() + IN_TROUBLE_S)
            await asyncio.sleep(0.01)
        assert (await here.job(job.id)).state is not State.DELIVERED
        assert here.channel.alerts.count("unwritable") == 1

        filler.unlink()
        over = await here.until_over(job)
        assert over.state is State.DELIVERED
        await looked_anew(here)
        assert here.channel.alerts.count("writable") == 1
        assert await pragma(here, "integrity_check") == "ok"


def fill(path: Path) -> None:
    """Write until there is no byte left."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue


async def test_acceptance_that_cannot_be_written_makes_the_check_run_at_once(
    here: EngineHarness,
) -> None:
    await here.until_over(await here.ask())
    await pragma(here, "query_only=1")
    asked_at = here.clock.now()

    with pytest.raises(StoreUnavailable):
        await here.ask()
    async with asyncio.timeout(20):
        while here.writing.trouble is None:  # noqa: ASYNC110 -- the check has no event
            await asyncio.sleep(0.005)

    assert here.clock.now() == asked_at
    await pragma(here, "query_only=0")
