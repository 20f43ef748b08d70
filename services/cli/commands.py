"""Runs a command of the terminal and returns its exit status."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from services.catalog import load_models, provider_from_settings
from services.cli import guild_export
from services.cli.check import Finding, examined, is_sound, show_area, show_end
from services.cli.check import as_json as as_json_object
from services.cli.guild_export import opened_community
from services.cli.guild_import import imported
from services.cli.terminal import Terminal
from services.cli.try_once import TryOptions
from services.common import logging as logs
from services.common.clock import Clock
from services.db import move, put_back, require_file
from services.errors import ConfigError, StoreUnavailable
from services.kling import KlingClient
from services.models import MICRO
from services.settings import DATABASE, Secret, Settings


async def check(*, as_json: bool, data: Path, clock: Clock) -> int:
    """Check everything that the bot needs and print the findings.

    Returns 0 if nothing prevents running the bot, else 1.
    """
    terminal, findings = Terminal(sys.stdout), list[Finding]()
    logs.set_up("error", "text")  # the table shows the errors
    if not as_json:
        terminal.moving("Checking …" if terminal.has_glyphs else "Checking ...")
    async for area in examined(data=data, clock=clock, env_file=Path(".env")):
        findings += area.findings
        if not as_json:
            show_area(terminal, area.findings)
            terminal.moving("Checking …" if terminal.has_glyphs else "Checking ...")
    if as_json:
        terminal.line(json.dumps(as_json_object(findings), ensure_ascii=False))
    else:
        show_end(terminal, findings)
    return 0 if is_sound(findings) else 1


async def try_once(flags: TryOptions, settings: Settings, *, data: Path, clock: Clock) -> int:
    """Generate once, or resume a task; `data` is the folder of models.toml. Raises ConfigError."""
    from services.cli.try_once.run import TryCommand  # noqa: PLC0415  few commands need it

    terminal = Terminal(sys.stderr)
    _end_like_ctrl_c(signal.SIGTERM)
    _log_to(terminal, settings)
    async with KlingClient(provider_from_settings(settings), clock=clock) as kling:
        trial = TryCommand(
            flags,
            kling=kling,
            models=load_models(settings, data),
            timeout_s=flags.timeout_s or settings.kling_timeout_s,
            terminal=terminal,
            out=sys.stdout,
        )
        return await trial.run()


def _end_like_ctrl_c(number: signal.Signals) -> None:
    """Make a signal (for example from `timeout`) end the command with the same text as Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # not available on Windows
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _log_to(terminal: Terminal, settings: Settings) -> None:
    """Log to the terminal's lines: warnings only, or everything if LOG_LEVEL is debug."""
    level = "debug" if settings.log_level == "debug" else "warning"
    logs.set_up(level, "text", secrets=settings.secrets(), stream=cast("IO[str]", terminal))


# Commands for stored data: restore a backup, export and import a server's settings.


async def restore(settings: Settings, source: Path, *, moved: bool, clock: Clock) -> str:
    """Replace the database by a backup and return a text about it; raises StoreUnavailable."""
    path, now = require_file(settings.database, instead="pg_restore"), clock.now()
    stamp = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    aside = await put_back(path, source, now=now, stamp=stamp, moved=moved)
    kept = "" if aside is None else f"The previous database is kept as {aside}.\n"
    doubt = (
        ""
        if moved
        else "The bot looks up the waiting requests at the provider before it submits them.\n"
    )
    return f"{path}: restored from {source}.\n{kept}{doubt}"


async def export(
    settings: Settings, guild_id: int, target: Path | None, *, data: Path, clock: Clock
) -> str:
    """Write a server's settings to a new file, or return them; raises StoreUnavailable."""
    async with opened_community(settings, data, clock) as community:
        text = await guild_export.exported(community, guild_id)
    if target is None:
        return text
    await asyncio.to_thread(write_new, target, text)
    return f"{target}: written\n"


def write_new(target: Path, text: str) -> None:
    """Create a file that only this user can read from its first byte on; never overwrite one.

    Raises StoreUnavailable.
    """
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
    except OSError as error:
        raise StoreUnavailable(f"{target}: {error.strerror}") from error


async def import_(
    settings: Settings,
    source: Path,
    guild_id: int | None,
    *,
    replace: bool,
    data: Path,
    clock: Clock,
) -> tuple[str, bool]:
    """Apply a file's settings to its own server or another one.

    Returns texts about the result, and whether all settings could be set. With `replace`, the
    server's settings then equal the file. Raises StoreUnavailable.
    """
    file = await asyncio.to_thread(guild_export.read, source)
    server = file.rules.guild_id if guild_id is None else guild_id
    async with opened_community(settings, data, clock) as community:
        done = await imported(community, file, server, now=clock.now(), replace=replace)
    lines = [f"Server {server}: settings taken from {source}."]
    if done.left_out:
        home = file.rules.guild_id
        lines.append(f"Left out, because only server {home} has them: {', '.join(done.left_out)}.")
    if done.besides:
        lines.append(
            f"Not in the file, and kept (--replace removes them): {', '.join(done.besides)}."
        )
    lines += map("Not set: {}".format, done.refused)
    return "\n".join(lines) + "\n", not done.refused


# `bot.py migrate-to`: copies the database from its file to PostgreSQL.


async def migrate(settings: Settings, address: str | None) -> str:
    """Copy all rows to PostgreSQL, leave the file unchanged, and return a table of the rows copied.

    The address is the argument, or DATABASE_URL. Raises ConfigError, StoreUnavailable.
    """
    target = settings.database_url if address is None else _read(address)
    if target is None:
        raise ConfigError(
            ["DATABASE_URL: missing; set it, or type the address: migrate-to postgresql://…"]
        )
    moved = await move(settings.database_path, target)
    width = max(map(len, moved.tables))
    lines = [f"  {table:{width}}  {rows:>10,}" for table, rows in sorted(moved.tables.items())]
    totals = (
        f"{moved.jobs:,} requests, {moved.units:,} images,"
        f" {moved.charged_micro / MICRO:,.2f} US dollars"
    )
    return "\n".join(
        [
            f"  {'table':{width}}  {'rows':>10}",
            *lines,
            f"Every row was copied unchanged, and the totals agree: {totals}.",
            f"{settings.database_path} is unchanged. Set DATABASE_URL and start the bot.",
            "",
        ]
    )


def _read(address: str) -> Secret:
    try:
        return DATABASE.parse(address)
    except ValueError:
        raise ConfigError([f"migrate-to: expected {DATABASE.expected}"]) from None
