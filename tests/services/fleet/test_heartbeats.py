"""How often a process of a fleet reports: a lease survives many reports that fail."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.db import Store
from services.fleet.member import LEASE_S, FleetMember
from tests.support.time import HandClock

TIMEOUT_S = 30.0


@pytest.mark.parametrize(("lease_s", "apart_s"), [(LEASE_S, 1.0), (60.0, 4.0)])
async def test_fifteen_reports_fit_into_a_lease(
    tmp_path: Path, lease_s: float, apart_s: float
) -> None:
    clock = HandClock()
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        member = FleetMember(store, clock=clock, lease_s=lease_s)
        reporting = asyncio.create_task(member.attend())
        async with asyncio.timeout(TIMEOUT_S):
            for _ in range(2):
                while (next_at := clock.next_at()) is None:
                    await clock.next_sleep()
                assert next_at - clock.now() == pytest.approx(apart_s)
                assert member.lease_valid
                clock.move_to(next_at)
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
