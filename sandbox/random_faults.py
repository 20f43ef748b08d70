"""Random faults: a seed and a rate instead of a plan, for failures that no test foresees.

    POST /sandbox/faults {"seed": 7, "rate": 0.1, "path": "", "actions": []}

Whether and how a request is broken depends on the seed and on the number of requests before it, so
the same requests in the same order get the same faults. The page's socket and uploads are never
broken.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

TOO_FAST: Mapping[str, object] = {
    "code": 1302,
    "message": "too many requests",
    "retry_after": 0.5,
    "global": False,
}
"""A body with Discord's and Kling's fields; without Via discord.py treats a 429 as a ban."""

SPARED = ("/page", "/sandbox/")

GATEWAY = "/gateway"
"""A websocket can be kept from opening; it has no body to cut."""

FAULTS: tuple[Mapping[str, object], ...] = (
    {
        "action": "status",
        "status": 429,
        "body": TOO_FAST,
        "headers": {"Via": "1.1 storm", "Retry-After": "0.5"},
    },
    {"action": "status", "status": 500, "body": {"message": "before anything was done"}},
    {"action": "status", "status": 502, "body": "bad gateway", "processed": True},
    {"action": "status", "status": 503, "body": {"message": "down for a moment"}},
    {"action": "status", "status": 504, "body": "timed out", "processed": True},
    {"action": "drop_before"},
    {"action": "drop_after"},
    {"action": "reset"},
    {"action": "silence", "seconds": 5.0},
    {"action": "delay", "seconds": 1.0},
    {"action": "slow", "seconds": 2.0},
    {"action": "cut"},
    {"action": "torn"},
    {"action": "garbage"},
    {"action": "page", "page": "cloudflare 1010"},
    {"action": "page", "page": "cloudflare challenge"},
    {"action": "page", "page": "cloudflare 522", "processed": True},
    {"action": "page", "page": "nginx 403"},
    {"action": "page", "page": "nginx 404"},
    {"action": "page", "page": "nginx 502"},
    {"action": "page", "page": "nginx 502", "processed": True},
    {"action": "page", "page": "login page, 200"},
)


@dataclass(slots=True, kw_only=True)
class RandomFaults:
    """Breaks a share `rate` (0..1) of requests, only with `actions`; empty: with all."""

    seed: int
    rate: float
    path: str = ""
    actions: tuple[str, ...] = ()
    requests: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a rate outside 0..1 or unknown actions."""
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate {self.rate} is not between 0 and 1")
        if not self._faults():
            raise ValueError(f"actions {', '.join(self.actions)}: none of them is known")

    @classmethod
    def from_json(cls, order: Mapping[str, object]) -> RandomFaults:
        """Return random faults from JSON; raises ValueError for problems."""
        try:
            fields = {**order, "actions": tuple(cast("list[str]", order.get("actions") or ()))}
            return cls(**cast("dict[str, Any]", fields))
        except TypeError as problem:
            raise ValueError(str(problem)) from problem

    def strike(self, path: str) -> Mapping[str, object] | None:
        """Count a request for `path` and return its fault as a rule's fields, or None."""
        if path.startswith(SPARED) or not re.search(self.path, path):
            return None
        rng = random.Random(f"{self.seed}/{self.requests}")
        self.requests += 1
        if rng.random() >= self.rate:
            return None
        faults = [fault for fault in self._faults() if _befits(fault, path)]
        self.struck += bool(faults)
        return rng.choice(faults) if faults else None

    def _faults(self) -> list[Mapping[str, object]]:
        return [fault for fault in FAULTS if not self.actions or fault["action"] in self.actions]


def _befits(fault: Mapping[str, object], path: str) -> bool:
    opens = fault["action"] in ("status", "page", "drop_before", "reset", "silence", "delay")
    return not path.startswith(GATEWAY) or (opens and not fault.get("processed"))
