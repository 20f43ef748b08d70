"""The commands about what is kept: put a copy back, a server's settings out and in."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from services.clock import Clock
from services.console import exchange
from services.console.importing import imported
from services.console.pausing import opened_community
from services.errors import StoreUnavailable
from services.settings import Settings
from services.store.files import file_of
from services.store.restoring import put_back


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
        text = await exchange.exported(community, guild_id)
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
    file = await asyncio.to_thread(exchange.read, source)
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
