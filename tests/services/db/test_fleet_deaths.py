"""A process that dies loses its own shards only."""

from __future__ import annotations

import pytest

from services.db import Store
from tests.services.db.test_fleet import LEASE_S, FleetTables


@pytest.fixture
async def fleet(store: Store) -> FleetTables:
    fleet = FleetTables(store)
    await fleet.fleet.join(8, lease_s=LEASE_S)
    return fleet


async def test_shards_of_living_processes_stay_when_another_dies(fleet: FleetTables) -> None:
    held = await fleet.settled("a", "b", "c")
    await fleet.pass_time(LEASE_S + 1, "a", "b")

    for one in ("a", "b"):
        now = {post.number for post in (await fleet.report(one)).posts if post.holds}
        assert held[one] <= now
