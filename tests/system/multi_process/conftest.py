"""Two processes on one PostgreSQL, each with a memory of its own."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from services.db import Store
from services.engine import ProviderHealth
from services.engine.context import EngineConfig, EngineContext
from services.engine.queue_positions import QueuePositions
from services.kling import ProviderCapabilities
from services.settings.types import Secret
from tests.support.engine_harness import Channel
from tests.support.time import HandClock


@dataclass
class ProcessHarness:
    """One process: its store, its memory, and the notices that it sent."""

    store: Store
    clock: HandClock
    channel: Channel = field(default_factory=Channel)
    provider: ProviderHealth = field(init=False)
    parts: EngineContext = field(init=False)
    places: QueuePositions = field(init=False)

    def __post_init__(self) -> None:
        self.provider = ProviderHealth(
            store=self.store,
            operators=self.channel,
            clock=self.clock,
            documented=ProviderCapabilities(),
        )
        nothing = cast("Any", None)
        self.parts = EngineContext(
            store=self.store,
            kling=nothing,
            provider=self.provider,
            models=nothing,
            styles=nothing,
            sources=nothing,
            storage=nothing,
            delivery=self.channel,
            clock=self.clock,
            rules=EngineConfig(),
            rng=random.Random(1),
        )
        self.places = QueuePositions(self.parts)

    async def take(self, *, units: int = 9) -> list[str]:
        """Claim the due jobs; return their ids."""
        now = self.clock.now()
        taken = await self.store.jobs.fetch_due(now=now, lease_s=60, units=units, per_user=0)
        return [job.id for job in taken.jobs]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def two(postgresql_place: Secret, clock: HandClock) -> AsyncIterator[list[ProcessHarness]]:
    one, other = (Store(postgresql_place, provider="provider") for _ in range(2))
    async with one, other:
        yield [ProcessHarness(one, clock), ProcessHarness(other, clock)]


def said(two: list[ProcessHarness]) -> list[str]:
    return [key for process in two for key in process.channel.alerts]
