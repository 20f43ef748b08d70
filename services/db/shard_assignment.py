"""Rules that assign shards to processes: pure functions over rows that `fleet.py` stores."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from services.db.connection import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardLease:
    """A shard as one process sees it that holds it or is its heir (its next holder)."""

    number: int
    fence: int
    """Increases with each new holder; data of earlier holders is ignored (fencing)."""
    holds: bool
    """True: the process holds the shard. False: it is the heir, which buffers interactions until it
    holds the shard."""
    heir_is_ready: bool = False
    answered: frozenset[int] = frozenset()
    """Ids of interactions that the previous holder answered shortly before the handover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """The answer to a heartbeat: the process's shards, and whether others live and shards move."""

    posts: tuple[ShardLease, ...] = ()
    others: int = 0
    """Number of other processes that take part and are not shutting down."""
    moving: bool = False
    """Whether any shard is offered, being handed over, or without a holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The report that a process sends about itself, about fifteen times per lease."""

    process: str
    lease_s: float
    ready: Collection[int] = ()
    """Numbers of the shards to which it is heir and whose connection is ready."""
    room: int = 1
    """How many more shards it may connect at present."""
    leaving: bool = False
    """True: it is shutting down, and other processes should take its shards."""
    divides: bool = True
    """False: it was configured with shards of its own, and shares only the jobs with others."""


FRESH_PART = 3 / 15
"""An heir that has sent no heartbeat for this part of a lease, three heartbeats of the fifteen,
gets no shard. It may be dead, and then no process would answer until its lease ends."""


@dataclass(slots=True)
class AssignmentState:
    """The rows that one heartbeat has read; the rules change them, and fleet.py stores them."""

    report: Heartbeat
    now: float
    steady: bool
    shards: list[Row]
    alive: set[str] = field(default_factory=set[str])

    @property
    def me(self) -> str:
        """Return the id of the reporting process."""
        return self.report.process

    @property
    def until(self) -> float:
        """Return when a lease that begins now will end."""
        return self.now + self.report.lease_s

    def hears(self, shard: Row) -> bool:
        """Return whether a shard's heir has sent a recent heartbeat, which renews `heir_until`."""
        fresh_until = self.until - self.report.lease_s * FRESH_PART
        return shard["heir"] is not None and shard["heir_until"] >= fresh_until

    def shard_count(self, process: str) -> int:
        """Return how many shards a process holds or is heir to, without those with another heir."""
        return sum(
            (one["process"] == process and one["heir"] is None) or one["heir"] == process
            for one in self.shards
        )


def renew(scene: AssignmentState, shard: Row) -> None:
    """Renew the reporting process's lease of a shard; remove an heir that leaves or has expired."""
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
    """Make the heir the holder of a shard without one, or with an expired lease, if it is live."""
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
    """Assign shards to the reporting process, up to its fair share and `room`.

    It becomes the holder of a shard without one, and the heir (the next holder) of an offered
    shard.
    """
    room = scene.report.room
    share = -(-len(scene.shards) // max(len(scene.alive), 1))
    wanted = sorted(scene.shards, key=lambda one: (one["process"] is not None, one["number"]))
    for shard in wanted:
        if room <= 0 or scene.shard_count(scene.me) >= share:
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
    """Return by how many shards the reporting process exceeds its fair share.

    If the shards do not divide evenly, it may keep one more, unless another process has too few.
    """
    least, rest = divmod(len(scene.shards), max(len(scene.alive), 1))
    mine = scene.shard_count(scene.me)
    poor = any(scene.shard_count(one) < least for one in scene.alive)
    return max(mine - least - (1 if rest and not poor else 0), 0)


def offer(scene: AssignmentState, surplus: int) -> None:
    """Offer `surplus` of the reporting process's shards without heir; withdraw its other offers."""
    mine = [one for one in scene.shards if one["process"] == scene.me and one["heir"] is None]
    for shard in sorted(mine, key=lambda one: -one["number"]):
        shard["offered"] = int(surplus > 0)
        surplus -= 1


def view(scene: AssignmentState) -> FleetView:
    """Return the reporting process's shards, and whether others live and shards move.

    Its shards are those that it holds or is heir to.
    """
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
