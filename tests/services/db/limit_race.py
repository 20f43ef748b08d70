"""One of two processes that reserve units of one limit: python -m tests.services.db.limit_race.

It prints "ready", waits for a line, reserves until it has been refused often, and prints how many
units it reserved.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.common.ids import new_job_id
from services.db import Store
from services.errors import QuotaExceeded
from services.models import Limits
from services.settings.types import Secret
from tests.services.db.conftest import DAY
from tests.support.requests import NOON, a_request

REFUSED_OFTEN = 40


async def race(place: Path | Secret, first: int, limit: int) -> int:
    """Return how many requests were admitted."""
    admitted = refused = 0
    async with Store(place, provider="provider") as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        while refused < REFUSED_OFTEN:
            try:
                await store.admission.accept(
                    a_request(interaction_id=first + admitted + refused),
                    job_id=new_job_id(NOON),
                    limits=Limits(user_daily=limit),
                    window=DAY,
                    now=NOON,
                )
            except QuotaExceeded:
                refused += 1
            else:
                admitted += 1
    return admitted


if __name__ == "__main__":
    name = sys.argv[1]
    there = Secret(name) if name.startswith("postgresql:") else Path(name)
    given = asyncio.run(race(there, int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(f"{given}\n")
