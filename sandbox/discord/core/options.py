"""Options with which a sandbox Discord starts."""

from __future__ import annotations

import argparse
import base64
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

APPLICATION_ID = "1100000000000000001"
FILE_LIMIT = 10 * 1024 * 1024
ACKNOWLEDGE_S = 3.0


def _new_token() -> str:
    """Return a token in Discord's format: the bot's id, a time and a secret."""
    first = base64.b64encode(APPLICATION_ID.encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


def _record_folder() -> Path | None:
    """Return the folder set by SANDBOX_RECORD, so that many sandboxes (tests) record into one."""
    folder = os.environ.get("SANDBOX_RECORD")
    return Path(folder) if folder else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Behaviour of the sandbox; every default is the usual case.

    Args:
        guilds: Servers that the bot is in; the page shows the first one.
        shards: Recommended number of shards.
        guilds_a_shard: Maximum of guilds in one session (Discord: 2,500).
        identifies_at_once: IDENTIFYs allowed within 5 s (Discord: max_concurrency).
        rate_limits: Respond with real 429s where Discord was observed to.
        file_limit: Bytes per file (Discord: 10 MiB without boosts).
        compress: Allow zlib-stream on the gateway.
        record: Folder that every body is written to (default: SANDBOX_RECORD; unset: none).
        locale: The servers' language.
        hidden_channels: How the gateway blanks channels that the bot may not view.
        acknowledge_s: Seconds that the bot has for its first response (Discord: 3 s); a test of
            something else on a busy computer may allow more.
    """

    token: str = field(default_factory=_new_token, repr=False)
    guilds: int = 1
    shards: int = 1
    guilds_a_shard: int = 2500
    identifies_at_once: int = 1
    rate_limits: bool = False
    file_limit: int = FILE_LIMIT
    compress: bool = True
    record: Path | None = field(default_factory=_record_folder)
    locale: str = "en-US"
    hidden_channels: Literal["full", "minimal", "null"] = "minimal"
    acknowledge_s: float = ACKNOWLEDGE_S


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a command line option for every field."""
    parser.add_argument("--token", help="the bot token to accept; default: a fresh one")
    parser.add_argument("--guilds", type=int, default=1, help="servers the bot is in")
    parser.add_argument("--shards", type=int, default=1, help="shards to recommend")
    parser.add_argument("--guilds-a-shard", type=int, default=2500, help="most a session may have")
    parser.add_argument(
        "--identifies-at-once", type=int, default=1, help="max_concurrency: within five seconds"
    )
    parser.add_argument("--rate-limits", action="store_true", help="answer real 429s")
    parser.add_argument("--file-limit", type=int, default=FILE_LIMIT, help="bytes a file")
    parser.add_argument("--plain", action="store_true", help="never compress the gateway")
    parser.add_argument(
        "--record", type=Path, default=_record_folder(), help="folder for every body sent here"
    )
    parser.add_argument("--locale", default="en-US", help="language of the servers")
    parser.add_argument(
        "--hidden-channels",
        choices=("full", "minimal", "null"),
        default="minimal",
        help="how the gateway blanks channels that the bot may not view",
    )
    parser.add_argument(
        "--acknowledge-seconds",
        type=float,
        default=ACKNOWLEDGE_S,
        help="how long the bot has for its first answer",
    )


def from_arguments(arguments: argparse.Namespace) -> Options:
    """Return the options given on the command line."""
    return Options(
        token=arguments.token or _new_token(),
        guilds=arguments.guilds,
        shards=arguments.shards,
        guilds_a_shard=arguments.guilds_a_shard,
        identifies_at_once=arguments.identifies_at_once,
        rate_limits=arguments.rate_limits,
        file_limit=arguments.file_limit,
        compress=not arguments.plain,
        record=arguments.record,
        locale=arguments.locale,
        hidden_channels=arguments.hidden_channels,
        acknowledge_s=arguments.acknowledge_seconds,
    )
