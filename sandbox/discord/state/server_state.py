"""The whole state of a sandbox Discord in one record, which request handlers receive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.core.cdn import Cdn
from sandbox.discord.core.options import Options
from sandbox.discord.core.recorder import Recorder
from sandbox.discord.state.command_registry import Registry
from sandbox.discord.state.event_log import Ledger
from sandbox.discord.state.interactions import Interactions
from sandbox.discord.state.rate_limits import RateLimits
from sandbox.discord.state.seed_data import World
from sandbox.discord.state.sessions import Hub
from sandbox.discord.state.viewers import Audience
from sandbox.faults import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """All parts by name; `tasks` holds the background tasks."""

    options: Options
    clock: Clock
    world: World
    cdn: Cdn
    hub: Hub
    audience: Audience
    interactions: Interactions
    registry: Registry
    ledger: Ledger
    limits: RateLimits
    plan: Plan
    recorder: Recorder
    nonces: dict[tuple[str, str], tuple[str, float]] = field(
        default_factory=dict[tuple[str, str], tuple[str, float]]
    )
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


PLACE = web.AppKey("place", Place)


def open_place(options: Options, *, clock: Clock) -> Place:
    """Return the state of a new Discord; nothing is started yet."""
    world = World(clock=clock, options=options)
    return Place(
        options=options,
        clock=clock,
        world=world,
        cdn=Cdn(clock=clock),
        hub=Hub(clock=clock, guilds=options.guilds, at_once=options.identifies_at_once),
        audience=Audience(world),
        interactions=Interactions(
            clock=clock, snowflakes=world.snowflakes, acknowledge_s=options.acknowledge_s
        ),
        registry=Registry(world.snowflakes),
        ledger=Ledger(),
        limits=RateLimits(clock=clock, is_strict=options.rate_limits),
        plan=Plan(clock=clock),
        recorder=Recorder(options.record),
    )
