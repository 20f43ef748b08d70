"""How shards are divided among processes: pure rules over the rows, written back by `fleet.py`."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from services.db.connection import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardLease:
    """A shard, as one process sees it that holds it or will."""

    number: int
    fence: int
    """Grows with each holder: what an earlier one says counts no more."""
    holds: bool
    """False: it is the heir, which listens in silence until it is told to hold the shard."""
    heir_is_ready: bool = False
    answered: frozenset[int] = frozenset()
    """What the holder before has answered of late, by ids of interactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """What a process learns when it reports."""

    posts: tuple[ShardLease, ...] = ()
    others: int = 0
    """Other processes that take part and are not about to end."""
    moving: bool = False
    """Whether shards are on their way from one process to another, or nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What a process says of itself."""

    process: str
    lease_s: float
    ready: Collection[int] = ()
    """Shards that it is heir to and whose connection stands."""
    room: int = 1
    """How many shards more it may connect now."""
    leaving: bool = False
    """It is about to end: its shards are for whoever comes."""
    divides: bool = True
    """False: it was told which shards to hold, and only shares the Jobs."""


FRESH_PART = 3 / 15
"""An heir that was not heard of for this part of a lease gets no shard: three reports of the
fifteen that a lease has time for. It may be dead, and nobody would answer until its lease ends."""


@dataclass(slots=True)
class AssignmentState:
    """What is read once for a report, and kept up to date while it is taken."""

    report: Heartbeat
    now: float
    steady: bool
    shards: list[Row]
    alive: set[str] = field(default_factory=set[str])

    @property
    def me(self) -> str:
        """Name the process that reports."""
        return self.report.process

    @property
    def until(self) -> float:
        """Say when a lease ends that begins now."""
        return self.now + self.report.lease_s

    def hears(self, shard: Row) -> bool:
        """Tell whether a shard's heir was heard of just now: each report renews its wait."""
        fresh_until = self.until - self.report.lease_s * FRESH_PART
        return shard["heir"] is not None and shard["heir_until"] >= fresh_until

    def load(self, process: str) -> int:
        """Count the shards that a process holds or is heir to, without those that leave it."""
        return sum(
            (one["process"] == process and one["heir"] is None) or one["heir"] == process
            for one in self.shards
        )


def renew(scene: AssignmentState, shard: Row) -> None:
    """Go on holding, or waiting for, what nobody took meanwhile."""
    if shard["process"] == scene.me:
        shard["leased_until"] = scene.until
    if shard["heir"] == scene.me:
        shard |= {
            "heir_until": scene.until,
            "heir_is_ready": int(shard["number"] in scene.report.ready),
        }
        if scene.report.leaving:
            shard |= {"heir": None, "heir_is_ready": 0}
    elif shard["heir"] is not None and shard["heir_until"] < scene.now and scene.steady:
        shard |= {"heir": None, "heir_is_ready": 0}


def promote(scene: AssignmentState, shard: Row) -> None:
    """Let a shard that is nobody's any more, or has lapsed, go to whoever waits for it."""
    lapsed = shard["leased_until"] < scene.now and scene.steady
    if shard["process"] is not None and not lapsed:
        return
    heir = shard["heir"] if scene.hears(shard) else None
    shard |= {
        "process": heir,
        "fence": shard["fence"] + (heir is not None),
        "leased_until": shard["heir_until"] if heir is not None else 0.0,
        "heir": None,
        "heir_is_ready": 0,
        "offered": 0,
        "answered": "[]",
    }


def take(scene: AssignmentState) -> None:
    """Take up to the fair share: first what is nobody's, then what others offer."""
    room = scene.report.room
    share = -(-len(scene.shards) // max(len(scene.alive), 1))
    wanted = sorted(scene.shards, key=lambda one: (one["process"] is not None, one["number"]))
    for shard in wanted:
        if room <= 0 or scene.load(scene.me) >= share:
            return
        if shard["process"] is None:
            shard |= {
                "process": scene.me,
                "fence": shard["fence"] + 1,
                "leased_until": scene.until,
                "answered": "[]",
            }
        elif shard["offered"] and shard["heir"] is None and shard["process"] != scene.me:
            shard |= {"heir": scene.me, "heir_until": scene.until, "heir_is_ready": 0}
        else:
            continue
        room -= 1


def surplus(scene: AssignmentState) -> int:
    """Count what is more than the fair share, and one more where another has too little."""
    least, rest = divmod(len(scene.shards), max(len(scene.alive), 1))
    mine = scene.load(scene.me)
    poor = any(scene.load(one) < least for one in scene.alive)
    return max(mine - least - (1 if rest and not poor else 0), 0)


def offer(scene: AssignmentState, surplus: int) -> None:
    """Offer so many of the shards that are held and that nobody is heir to; keep the others."""
    mine = [one for one in scene.shards if one["process"] == scene.me and one["heir"] is None]
    for shard in sorted(mine, key=lambda one: -one["number"]):
        shard["offered"] = int(surplus > 0)
        surplus -= 1


def view(scene: AssignmentState) -> FleetView:
    """Say what the process has after all this."""
    mine = [one for one in scene.shards if scene.me in (one["process"], one["heir"])]
    return FleetView(
        posts=tuple(_post(scene, one) for one in mine),
        others=len(scene.alive - {scene.me}),
        moving=any(one["heir"] or one["offered"] or not one["process"] for one in scene.shards),
    )


def _post(scene: AssignmentState, shard: Row) -> ShardLease:
    holds = shard["process"] == scene.me
    return ShardLease(
        number=shard["number"],
        fence=shard["fence"],
        holds=holds,
        heir_is_ready=holds and bool(shard["heir_is_ready"]) and scene.hears(shard),
        answered=frozenset(json.loads(shard["answered"])),
    )
