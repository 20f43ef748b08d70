"""Checks of this computer: settings, database, disk, image storage."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.cli.check.findings import Area
from services.common.clock import Clock
from services.db import Checkup, needed
from services.errors import ConfigError, VaultUnreachable
from services.settings import Settings, unknown_names
from services.storage import describe_refusal, make_bucket_storage

LITTLE_BYTES, TOO_LITTLE_BYTES = 2 * 1000**3, 200 * 1000**2
"""Free bytes below which the check warns, or finds an error. An image needs 1 to 5 MB, its source
up to 50 MB."""

_OTHERS_READ = 0o004


async def check_settings(settings: Settings, *, env_file: Path) -> Area:
    """Check for settings that are valid but risky."""
    area = Area("Settings")
    area.ok("settings", "read; all values are valid")
    for words in unknown_names(env_file):
        area.warn(env_file.name, words, "correct the name, or remove the line")
    if not settings.operator_ids:
        area.warn(
            "OPERATOR_IDS",
            "no operator is notified when the provider refuses the account",
            "set OPERATOR_IDS to your Discord user id",
        )
    if settings.max_count > settings.kling_concurrency:
        area.warn(
            "MAX_COUNT",
            f"{settings.max_count} images per request, of which {settings.kling_concurrency} may"
            " be in flight; the smaller number applies",
            "raise KLING_CONCURRENCY to the account's limit, or lower MAX_COUNT",
        )
    if os.name == "posix" and await asyncio.to_thread(_others_may_read, env_file):
        area.warn(env_file.name, "every user of this computer can read it", f"chmod 600 {env_file}")
    return area


async def check_database(settings: Settings, found: Checkup, *, clock: Clock) -> Area:
    """Check that the database exists, is intact and writable, and has this version's schema.

    Also report a pause that is stored in it.
    """
    area, path = Area("Database"), settings.database_path
    if settings.database_url is not None:
        _judge_server(area, found)
    elif found.exists:
        _judge_file(area, path, found)
    else:
        await _check_folder(
            area, "database", path.parent, found=f"{path}: the bot creates it at the start"
        )
    if found.paused_at is not None:
        minutes = max(clock.now() - found.paused_at, 0) / 60
        area.warn(
            "pause",
            f"submissions have been paused for {minutes:.0f} minutes ({found.pause_key})",
            "the bot continues by itself within an hour after the cause is gone",
        )
    return area


def _judge_file(area: Area, path: Path, found: Checkup) -> None:
    name, backup = "database", "restore a backup"
    if found.trouble is not None:
        remedy = found.remedy or _mend(found.trouble, _FILE_MENDS)
        area.bad(name, f"{path}: {found.trouble}", remedy)
        return
    if found.damage is not None:
        area.bad(name, f"{path} is damaged: {found.damage}", backup)
        return
    if found.unknown:
        steps = ", ".join(found.unknown)
        mend = f"run that version, or {backup}"
        area.bad(name, f"{path} was written by a newer version ({steps})", mend)
        return
    if found.pending:
        steps = ", ".join(found.pending)
        area.warn(name, f"{path}: the next start changes it ({steps})", "bot.py backup FILE first")
        return
    area.ok(name, f"{path}: intact, writable, {found.jobs} requests")


def _judge_server(area: Area, found: Checkup) -> None:
    name = "database"
    if found.trouble is not None:
        area.bad(name, f"DATABASE_URL: {found.trouble}", _mend(found.trouble, _SERVER_MENDS))
    elif not found.exists:
        area.ok(name, "PostgreSQL answers; the bot creates the tables at the start")
    elif found.unknown:
        steps = ", ".join(found.unknown)
        area.bad(name, f"a newer version has changed the tables ({steps})", "run that version")
    elif found.pending:
        steps = ", ".join(found.pending)
        stop = "; stop older processes before the start" if needed(found.pending) else ""
        area.warn(name, f"the next start changes the tables ({steps})", f"pg_dump first{stop}")
    else:
        area.ok(name, f"PostgreSQL answers, its tables are complete, {found.jobs} requests")


_SERVER_MENDS = (
    ("psycopg", "pip install -r requirements-postgresql.txt"),
    ("authentication", "check user and password in DATABASE_URL"),
    ("does not exist", "create that database and its user first (docs/scaling.md)"),
    ("permission denied", "make the bot's user the owner of its database"),
    ("only be read", "DATABASE_URL names a standby; name the primary"),
    ("expected", "see docs/scaling.md for the requirements"),
    ("refused", "start PostgreSQL, or correct host and port"),
    ("", "check DATABASE_URL, and read PostgreSQL's log"),
)

_FILE_MENDS = (
    ("locked", "another program has locked it; stop that program, or wait"),
    ("not a database", "DATABASE_PATH names another file; choose a new one"),
    ("malformed", "restore a backup"),
    ("full", "free space on the disk"),
    ("", "check the file and its folder"),
)


def _mend(trouble: str, mends: Sequence[tuple[str, str]]) -> str:
    """Return the remedy that belongs to the database's error text."""
    return next(mend for words, mend in mends if words in trouble)


async def check_disk(settings: Settings) -> Area:
    """Check the folder of images and the free space of both disks."""
    area, pictures = Area("Disk"), settings.pictures_path
    await _check_folder(area, "pictures", pictures, found=f"{pictures}: writable")
    folders = {_existing(pictures)}
    if settings.database_url is None:
        folders.add(_existing(settings.database_path.parent))
    free = min(await asyncio.gather(*(asyncio.to_thread(_free_bytes, each) for each in folders)))
    words = f"{free / 1e9:.1f} GB free"
    if free < TOO_LITTLE_BYTES:
        area.bad("room", words, "free space, or lower KEEP_PICTURES_DAYS")
    elif free < LITTLE_BYTES:
        area.warn("room", words, "lower KEEP_PICTURES_DAYS, or use a larger disk")
    else:
        area.ok("room", words)
    return area


async def check_bucket(area: Area, settings: Settings, *, clock: Clock) -> None:
    """Check the shared image storage; do nothing without a PICTURES_URL."""
    if settings.pictures_url is None:
        return
    name = "PICTURES_URL"
    try:
        await make_bucket_storage(settings, clock=clock).check()
    except ConfigError as error:
        area.bad(name, *_halves(error.problems[0]))
    except VaultUnreachable as error:
        words = describe_refusal(error)
        if words is None:
            fix = (
                "check the store and AWS_ENDPOINT_URL; until the store answers, the bot"
                " accepts no requests"
            )
            area.bad(name, f"cannot be used: {error.reason}", fix)
        else:
            area.bad(name, *_halves(words))
    else:
        area.ok(name, f"{settings.pictures_url}: can be listed, read, written and deleted")


def _halves(problem: str) -> tuple[str, str]:
    """Split a problem with a setting into the problem's text and a remedy."""
    setting, _, words = problem.partition(": ")
    return words, f"check {setting}"


async def _check_folder(area: Area, name: str, folder: Path, *, found: str) -> None:
    try:
        await asyncio.to_thread(_try_to_write, _existing(folder))
    except OSError as error:
        area.bad(
            name,
            f"{folder}: {error.strerror}",
            "allow the bot's user to write there, or choose another folder",
        )
    else:
        area.ok(name, found)


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent folder that exists."""
    return next((each for each in (folder, *folder.absolute().parents) if each.exists()), folder)


def _try_to_write(folder: Path) -> None:
    """Write a temporary file; raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"x")


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _others_may_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS_READ)
    except OSError:
        return False
