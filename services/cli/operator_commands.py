"""Options of `bot.py pause`, `resume`, `block`, `unblock`, `servers`, which concern the whole bot.

They also work while the bot runs. The implementation is imported when a command is used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.common.clock import SystemClock
from services.settings import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.models import BotAction

Command = Callable[[argparse.Namespace], Awaitable[int]]
Add = Callable[[str, Command, str], argparse.ArgumentParser]

HIGHEST_ID = 2**63 - 1
"""Highest id that a database column can hold; Discord's ids do not reach it before 2084."""

SERVERS: Mapping[str, BotAction] = {
    "allow": "allow_guild",
    "remove": "disallow_guild",
    "everywhere": "allow_every_guild",
    "leave": "leave_guild",
}
"""Actions of `bot.py servers` besides listing, by the word that the operator types."""


def add_governing(add: Add, *, data: Path) -> None:
    """Add the commands `pause`, `resume`, `block`, `unblock` and `servers` to the parser."""
    text = "accept no more requests anywhere; accepted requests continue"
    pause = add("pause", partial(_pause, data), text)
    pause.add_argument("reason", nargs="*", help="shown to members who send requests meanwhile")
    add("resume", partial(_resume, data), "accept requests again")
    block = add("block", partial(_block, data), "accept no more requests of a member or a server")
    _add_target(block)
    block.add_argument("reason", nargs="*", help="shown to the members that are refused")
    unblock = add(
        "unblock", partial(_unblock, data), "accept requests of a member or a server again"
    )
    _add_target(unblock)
    text = "list servers and decisions, change the list of allowed servers, or leave a server"
    servers = add("servers", partial(_servers, data), text)
    words = ("list", *SERVERS)
    servers.add_argument("what", nargs="?", choices=words, default="list", help="default: list")
    servers.add_argument("id", nargs="?", type=_id, help="the server's id")


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("member", "server"), help="what the id names")
    parser.add_argument("id", type=_id, help="the id; Discord shows it in its developer mode")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= HIGHEST_ID):
        raise argparse.ArgumentTypeError(f"expected an id, a whole number; found {text!r}")
    return int(text)


async def _pause(data: Path, asked: argparse.Namespace) -> int:
    """Refuse new requests everywhere."""
    from services.cli.guild_export import pause  # noqa: PLC0415

    reason = " ".join(asked.reason)
    sys.stdout.write(await pause(load(), reason=reason, data=data, clock=SystemClock()))
    return 0


async def _resume(data: Path, _asked: argparse.Namespace) -> int:
    """Accept requests again."""
    from services.cli.guild_export import resume  # noqa: PLC0415

    sys.stdout.write(await resume(load(), data=data, clock=SystemClock()))
    return 0


async def _block(data: Path, asked: argparse.Namespace) -> int:
    """Block a user or a server."""
    from services.cli.access import govern  # noqa: PLC0415

    action: BotAction = "block_user" if asked.kind == "member" else "block_guild"
    return await govern(action, asked.id, reason=" ".join(asked.reason), data=data)


async def _unblock(data: Path, asked: argparse.Namespace) -> int:
    """Unblock a user or a server."""
    from services.cli.access import govern  # noqa: PLC0415

    action: BotAction = "unblock_user" if asked.kind == "member" else "unblock_guild"
    return await govern(action, asked.id, data=data)


async def _servers(data: Path, asked: argparse.Namespace) -> int:
    """List servers, or change the access of one."""
    from services.cli.access import govern, list_servers  # noqa: PLC0415

    if asked.what == "list":
        return await list_servers(data=data)
    if (asked.id is None) != (asked.what == "everywhere"):
        words = "needs no id" if asked.what == "everywhere" else "needs the id of a server"
        sys.stderr.write(f"servers {asked.what} {words}\n")
        return 2
    return await govern(SERVERS[asked.what], asked.id, data=data)
