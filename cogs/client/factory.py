"""Builds the client that the settings ask for: one connection, or several shards."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from cogs.client.bot import RepaintBot
from cogs.client.gateway import run_gateway
from services.common.clock import Clock
from services.common.key_value import KeyValueStore
from services.fleet import FleetMember
from services.settings import Settings

Latencies = Callable[[], Mapping[int, float | None]]


async def _nothing(_seconds: float = 0.0) -> None:
    """Do nothing, in place of handing shards over: there is no other process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client and the functions that run its gateway connection."""

    client: RepaintBot
    stay: Callable[[], Awaitable[object]]
    """Keeps the gateway connected while the bot is open. Call it after login."""
    latencies: Latencies = dict
    """Returns the latency of each shard in seconds, None for one that is down.

    Empty without shards.
    """
    hand_over: Callable[[float], Awaitable[None]] = _nothing
    """Hands the shards over to other processes, for at most the given seconds."""
    leave: Callable[[], Awaitable[None]] = _nothing
    """Releases the remaining shards at once."""


def make_client(
    settings: Settings, *, memory: KeyValueStore, clock: Clock, member: FleetMember | None = None
) -> Connection:
    """Create the client that the settings ask for, without connecting it.

    With a `member` this is one of several processes. They divide the shards among themselves unless
    the settings assign shards to each process.
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
    client.registering = partial(member.exclusive, "commands")
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
