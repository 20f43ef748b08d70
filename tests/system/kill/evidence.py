"""The evidence of a run for the judge: only facts visible from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.discord.core.json_types import Json


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The records of Discord and Kling, the bot's rows, and its processes' log lines."""

    kling: Json
    discord: Json
    rows: list[Json]
    integrity: list[str]
    statuses: list[int]
    """Exit statuses of the processes that were asked to end."""
    traces: list[str]
    units: int
    """The units that the bot may have under way at Kling (KLING_CONCURRENCY)."""
    limits: Mapping[int, int] = field(default_factory=dict[int, int])
    """Daily limits by user id; a user who is not in it has no limit."""
    kills: int
    stillborn: int
    """Kills before the life had connected."""
    broken: int = 0
    """Requests of the bot that random faults broke."""
    bots: int = 1
    troubles: Mapping[str, int] = field(default_factory=dict[str, int])
    """The troubles of several bots on one database, and how often each came."""


def unforeseen(lines: Sequence[str]) -> list[str]:
    """Return the tracebacks, except those of log levels below warning, which are expected."""
    found: list[str] = []
    said: list[str] = []
    for line in [*lines, "the end"]:
        if line and not line.startswith(" "):
            whole = "\n".join(said)
            if "Traceback" in whole and " WARNING " not in said[0]:
                found.append(whole)
            said = []
        said.append(line)
    return found
