"""What a run leaves for the judge: nothing but what can be seen from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.discord.core.json_types import Json


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The world's records, the bot's rows, and the last words of its processes."""

    kling: Json
    discord: Json
    rows: list[Json]
    integrity: list[str]
    statuses: list[int]
    """Exit statuses of the processes that were asked to end."""
    traces: list[str]
    units: int
    """What the bot may have under way at Kling (KLING_CONCURRENCY)."""
    limits: Mapping[int, int] = field(default_factory=dict[int, int])
    """What a member may use in a day, by id; who is not named has no limit."""
    kills: int
    stillborn: int
    """Kills before the life had connected."""
    broken: int = 0
    """Requests of the bot that bad weather broke."""
    bots: int = 1
    troubles: Mapping[str, int] = field(default_factory=dict[str, int])
    """What befell several bots on one database, and how often."""


def unforeseen(lines: Sequence[str]) -> list[str]:
    """Pick the tracebacks, but for those below a warning: there somebody foresaw them."""
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
