"""The client for the settings: on one connection, or on several shards."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from cogs.client.bot import RepaintBot
from cogs.client.gateway import run_gateway
from cogs.client.tree import CommandNotes
from services.common.clock import Clock
from services.fleet.member import FleetMember
from services.settings.loading import Settings

Latencies = Callable[[], Mapping[int, float | None]]


async def _nothing(_seconds: float = 0.0) -> None:
    """Have nobody to hand over to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client, and what holds its gateway."""

    client: RepaintBot
    stay: Callable[[], Awaitable[object]]
    """Holds the gateway for as long as the bot is open; to be called once it has logged in."""
    latencies: Latencies = dict
    """How quickly each shard answers, in seconds, None for one that is down; empty without any."""
    hand_over: Callable[[float], Awaitable[None]] = _nothing
    """Lets other processes take the shards, for so many seconds at most."""
    leave: Callable[[], Awaitable[None]] = _nothing
    """Lets others have the rest at once."""


def connection_of(
    settings: Settings, *, memory: CommandNotes, clock: Clock, member: FleetMember | None = None
) -> Connection:
    """Make the client that the settings ask for; nothing connects yet.

    With a `member` it is one of several processes, which divide the shards among them unless the
    settings say which are whose.
    """
    if settings.shard_count is None:
        client = RepaintBot(memory=memory, operator_ids=settings.operator_ids)
        return Connection(client=client, stay=partial(run_gateway, client, clock=clock))
    from cogs.client.shards import ShardedBot, Shards

    client = ShardedBot(memory=memory, operator_ids=settings.operator_ids)
    if member is None:
        shards = Shards(client, clock=clock)
        stay = partial(shards.hold, settings.shard_count, settings.shard_ids)
        return Connection(client=client, stay=stay, latencies=shards.latencies)
    shards = Shards(client, clock=clock, reserve=member.reserve_identify)
    client.registering = partial(member.alone, "commands")
    if settings.shard_ids is not None:
        stay = partial(shards.hold_its_own, member, settings.shard_count, settings.shard_ids)
    else:
        client.is_alone = False
        stay = partial(shards.hold_with_others, member, settings.shard_count)
    return Connection(
        client=client,
        stay=stay,
        latencies=shards.latencies,
        hand_over=member.hand_over,
        leave=member.leave,
    )
