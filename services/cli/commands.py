"""From what was asked to an exit status."""

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

from services.catalog.provider import models_of, provider_of
from services.cli import guild_export
from services.cli.check import examined
from services.cli.check.findings import Finding, is_sound
from services.cli.check.findings import as_json as as_json_object
from services.cli.check.output import show_area, show_end
from services.cli.guild_export import opened_community
from services.cli.guild_import import imported
from services.cli.terminal import Terminal
from services.cli.try_once.options import TryOptions
from services.cli.try_once.run import TryCommand
from services.common import logging as logs
from services.common.clock import Clock
from services.db.backends import move
from services.db.backups import file_of
from services.db.restore import put_back
from services.errors import ConfigError, StoreUnavailable
from services.kling import KlingClient
from services.models import MICRO
from services.settings.loading import Settings
from services.settings.types import DATABASE, Secret


async def check(*, as_json: bool, data: Path, clock: Clock) -> int:
    """Look at everything that the bot needs and say how it is: 0 in order, 1 not."""
    terminal, findings = Terminal(sys.stdout), list[Finding]()
    logs.set_up("error", "text")  # what goes wrong stands in the table
    if not as_json:
        terminal.moving("Looking …" if terminal.has_glyphs else "Looking ...")
    async for area in examined(data=data, clock=clock, env_file=Path(".env")):
        findings += area.findings
        if not as_json:
            show_area(terminal, area.findings)
            terminal.moving("Looking …" if terminal.has_glyphs else "Looking ...")
    if as_json:
        terminal.line(json.dumps(as_json_object(findings), ensure_ascii=False))
    else:
        show_end(terminal, findings)
    return 0 if is_sound(findings) else 1


async def try_once(wish: TryOptions, settings: Settings, *, data: Path, clock: Clock) -> int:
    """Paint once, or pick a task up; `data` holds models.toml. Raises ConfigError."""
    terminal = Terminal(sys.stderr)
    _end_like_ctrl_c(signal.SIGTERM)
    _log_to(terminal, settings)
    async with KlingClient(provider_of(settings), clock=clock) as kling:
        trial = TryCommand(
            wish,
            kling=kling,
            models=models_of(settings, data),
            timeout_s=wish.timeout_s or settings.kling_timeout_s,
            terminal=terminal,
            out=sys.stdout,
        )
        return await trial.run()


def _end_like_ctrl_c(number: signal.Signals) -> None:
    """Let a signal (from `timeout`, say) end the command with the same words as Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows knows no such signal
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _log_to(terminal: Terminal, settings: Settings) -> None:
    """Let warnings stand between the lines, everything only where LOG_LEVEL asks for it."""
    level = "debug" if settings.log_level == "debug" else "warning"
    logs.set_up(level, "text", secrets=settings.secrets(), stream=cast("IO[str]", terminal))


# The commands about what is kept: put a copy back, a server's settings out and in.


async def restore(settings: Settings, source: Path, *, moved: bool, clock: Clock) -> str:
    """Put a copy in the database's place and say so; raises StoreUnavailable."""
    path, now = file_of(settings.database, instead="pg_restore"), clock.now()
    stamp = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    aside = await put_back(path, source, now=now, stamp=stamp, moved=moved)
    kept = "" if aside is None else f"What was there before is kept as {aside}.\n"
    doubt = "" if moved else "Requests that waited in it are asked for before they are sent.\n"
    return f"{path}: restored from {source}.\n{kept}{doubt}"


async def export(
    settings: Settings, guild_id: int, target: Path | None, *, data: Path, clock: Clock
) -> str:
    """Write a server's settings into a new file, or return them; raises StoreUnavailable."""
    async with opened_community(settings, data, clock) as community:
        text = await guild_export.exported(community, guild_id)
    if target is None:
        return text
    await asyncio.to_thread(write_new, target, text)
    return f"{target}: written\n"


def write_new(target: Path, text: str) -> None:
    """Write a file that is this user's alone from its first byte on, over nothing that is there.

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
    """Set what a file holds, for its own server or another; words, and whether all was set.

    With `replace` the server is afterwards as the file says. Raises StoreUnavailable.
    """
    file = await asyncio.to_thread(guild_export.read, source)
    server = file.rules.guild_id if guild_id is None else guild_id
    async with opened_community(settings, data, clock) as community:
        done = await imported(community, file, server, now=clock.now(), replace=replace)
    lines = [f"Server {server}: settings taken from {source}."]
    if done.left_out:
        home = file.rules.guild_id
        lines.append(f"Left out, since server {home} alone has them: {', '.join(done.left_out)}.")
    if done.besides:
        lines.append(f"Not in the file and still there (--replace): {', '.join(done.besides)}.")
    lines += map("Not set: {}".format, done.refused)
    return "\n".join(lines) + "\n", not done.refused


# `bot.py migrate-to`: the database moves from its file to PostgreSQL.


async def migrate(settings: Settings, address: str | None) -> str:
    """Move everything, leave the file as it is, and return what was moved, as a table.

    The address is given or DATABASE_URL's. Raises ConfigError, StoreUnavailable.
    """
    target = settings.database_url if address is None else _read(address)
    if target is None:
        raise ConfigError(["DATABASE_URL: missing; or give the address: migrate-to postgresql://…"])
    moved = await move(settings.database_path, target)
    width = max(map(len, moved.tables))
    lines = [f"  {table:{width}}  {rows:>10,}" for table, rows in sorted(moved.tables.items())]
    books = (
        f"{moved.jobs:,} requests, {moved.units:,} images,"
        f" {moved.charged_micro / MICRO:,.2f} US dollars"
    )
    return "\n".join(
        [
            f"  {'table':{width}}  {'rows':>10}",
            *lines,
            f"Every row is there as it was, and the books agree: {books}.",
            f"{settings.database_path} is as it was. Set DATABASE_URL and start the bot.",
            "",
        ]
    )


def _read(address: str) -> Secret:
    try:
        return DATABASE.parse(address)
    except ValueError:
        raise ConfigError([f"migrate-to: expected {DATABASE.expected}"]) from None
