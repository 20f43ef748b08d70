"""`python bot.py stats` as an operator runs it: a process, a database file, a terminal."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from services.charts.command import table
from services.charts.render import ROOT
from services.db import Store
from services.models import State
from tests.support.past_jobs import copies, past_job, write
from tests.support.statistics_samples import empty_statistics, random_statistics

pytestmark = pytest.mark.proof


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """Return the path of a bot's database with jobs of today and of the week before last."""
    path = tmp_path / "repaint.db"
    now = datetime.now(UTC)
    today, before = (f"{now - timedelta(days=days):%Y-%m-%d}" for days in (0, 10))
    async with Store(path, provider="p") as store:
        await write(
            store,
            [
                *copies(past_job(user_id=77, day=today, units=4, wait_s=12), 3),
                past_job(user_id=88, day=today, units=2, state=State.REFUSED, given_back=1),
                past_job(user_id=99, day=before, units=9, guild_id=None, wait_s=240),
            ],
        )
    return path


async def stats(database: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Run the command; return status, output and complaints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), "stats", *words),
        cwd=database.parent,
        env={**os.environ, "DATABASE_PATH": str(database), "QUOTA_TIMEZONE": "UTC", **environ},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, complaints = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), complaints.decode()


def lines(output: str) -> list[str]:
    return [re.sub(r" {2,}", " | ", line) for line in output.splitlines()]


async def test_the_last_thirty_days_of_the_whole_bot(database: Path) -> None:
    status, output, _ = await stats(database)

    found = lines(output)
    assert status == 0
    assert found[0].startswith("Repaint: last 30 days (")
    assert "images painted | 21" in found
    assert "requests | 5" in found
    assert "members | 3" in found
    assert "median wait | 12 s" in found
    assert "95 % within | 4:00 min" in found
    assert "images | painted | open | refused | failed | cancelled" in found
    assert "all | 21 | 0 | 2 | 0 | 0" in found
    assert found[-3:] == ["member | images", "77 | 12", "99 | 9"]
    assert len([line for line in found if re.match(r"\d{4}-\d\d-\d\d \|", line)]) == 30


async def test_fewer_days_and_a_picture(database: Path) -> None:
    status, output, _ = await stats(database, "--days", "1", "--out", "week.png", "--dark")

    assert status == 0
    assert "Repaint: today" in output
    assert "all | 12 | 0 | 2 | 0 | 0" in lines(output)
    assert lines(output)[-1] == "week.png: written"
    with Image.open(database.parent / "week.png") as picture:
        assert picture.width == 1125
        assert max(picture.convert("RGB").getpixel((3, 3))) < 64


async def test_a_terminal_without_our_letters_gets_others(database: Path) -> None:
    status, output, _ = await stats(database, PYTHONIOENCODING="ascii")

    assert status == 0
    assert re.match(r"Repaint: last 30 days \(\d{4}-\d\d-\d\d \? \d{4}-\d\d-\d\d, UTC\)", output)


@pytest.mark.parametrize("days", ["0", "367", "-1", "many", "1.5"])
async def test_days_that_are_none_are_refused(database: Path, days: str) -> None:
    status, output, complaints = await stats(database, f"--days={days}")

    assert (status, output) == (2, "")
    assert "a whole number from 1 to 366" in complaints


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    status, _, complaints = await stats(tmp_path / "missing.db")

    assert status == 1
    assert "there is no database yet" in complaints
    assert not await asyncio.to_thread(os.listdir, tmp_path)


async def test_a_file_that_can_not_be_written_is_named(database: Path) -> None:
    status, output, complaints = await stats(database, "--out", "no/such/folder.png")

    assert (status, output) == (1, "")
    assert "no/such/folder.png: No such file or directory" in complaints


def test_the_table_of_nothing_is_a_table() -> None:
    found = lines(
        table(empty_statistics(2), title="Repaint: last 2 days", zone=ZoneInfo("Europe/Berlin"))
    )

    assert found[0] == "Repaint: last 2 days (2026-11-21 – 2026-11-22, Europe/Berlin)"
    assert found[-1] == "all | 0 | 0 | 0 | 0 | 0"


def test_the_columns_of_the_table_are_straight() -> None:
    text = table(random_statistics(9, daily=90_000), title="Repaint", zone=ZoneInfo("UTC"))

    for part in text.split("\n\n"):
        assert len({len(line) for line in part.splitlines()[-3:]}) == 1
