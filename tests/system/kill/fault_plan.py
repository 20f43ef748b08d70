"""A plan of troubles for several bots on one database, by seed, with each kind equally often."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "killed", "succeeded", "frozen", "apart", "restarted", "cut", "commits lost", "gateway"
]
KINDS: Sequence[Kind] = get_args(Kind)

BEYOND_A_LEASE_S = (15.5, 20.0)
"""A process is given up after 15 s without a report (services/fleet/member.py)."""

AWAY_S = (0.0, 2.0)
COMMITS = 6
GATEWAY = (
    {"action": "close", "code": 4000},
    {"action": "reconnect"},
    {"action": "invalidate", "resumable": False},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """A planned trouble: its bot, its duration and its random choices."""

    kind: Kind
    seat: int
    seconds: float
    chance: random.Random
    """Random numbers for the trouble's other choices."""


def plan(chance: random.Random, *, count: int, seats: int) -> list[PlannedFault]:
    """Return that many troubles: every kind once before one comes again."""
    found: list[PlannedFault] = []
    while len(found) < count:
        found += [
            PlannedFault(
                kind=kind,
                seat=chance.randrange(seats),
                seconds=chance.uniform(
                    *(BEYOND_A_LEASE_S if kind in {"frozen", "apart"} else AWAY_S)
                ),
                chance=random.Random(chance.getrandbits(30)),
            )
            for kind in chance.sample(KINDS, len(KINDS))
        ]
    return found[:count]
