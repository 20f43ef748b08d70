"""Calls that read before they write wait for other processes that do so: PostgreSQL's locks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from services.db import Store
from services.db.connection import Queue
from services.db.shard_assignment import Heartbeat, ShardLease
from services.settings.types import Secret
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request

if TYPE_CHECKING:
    import psycopg

LOCKS: dict[Queue, int] = {
    "admission": 1,
    "claim": 2,
    "fleet": 3,
    "provider": 4,
    "note": 5,
    "report": 6,
}
"""The number of each advisory lock: processes of every version agree on it."""

SPACE = 1380273231


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A call, and the lock that it waits for."""

    name: str
    queue: Queue
    call: Callable[[Store], Awaitable[object]]


WAITING = (
    QueuedCall(
        "admission.accept",
        "admission",
        lambda store: StoreHarness(store).accept(a_request(user_id=2)),
    ),
    QueuedCall("jobs.take", "claim", lambda store: StoreHarness(store).take()),
    QueuedCall("fleet.join", "fleet", lambda store: store.fleet.join(2, lease_s=15)),
    QueuedCall(
        "fleet.report",
        "fleet",
        lambda store: store.fleet.report(Heartbeat(process="one", lease_s=15.0)),
    ),
    QueuedCall(
        "fleet.hand_over",
        "fleet",
        lambda store: store.fleet.hand_over(
            "one", ShardLease(number=0, fence=1, holds=True), (), lease_s=15
        ),
    ),
    QueuedCall("fleet.leave", "fleet", lambda store: store.fleet.leave("one")),
    QueuedCall("fleet.reserve", "fleet", lambda store: store.fleet.reserve("turn", every_s=5)),
    QueuedCall("fleet.begin", "fleet", lambda store: store.fleet.begin("turn", "one", lease_s=5)),
    QueuedCall(
        "providers.pause",
        "provider",
        lambda store: store.providers.pause(key="balance", now=NOON),
    ),
    QueuedCall("providers.went_well", "provider", lambda store: store.providers.went_well()),
    QueuedCall("notes.swap", "note", lambda store: store.notes.swap("name", "text")),
    QueuedCall(
        "reports.take",
        "report",
        lambda store: store.reports.file("job", guild_id=5, user_id=1, now=NOON),
    ),
)


@pytest.fixture
def place(postgresql_place: Secret) -> Secret:
    return postgresql_place


@pytest.mark.proof
@pytest.mark.parametrize("waiting", [pytest.param(one, id=one.name) for one in WAITING])
async def test_call_waits_for_the_lock_of_another_process(
    harness: StoreHarness, place: Secret, waiting: QueuedCall
) -> None:
    import psycopg  # noqa: PLC0415  optional dependency

    await harness.accept()  # so that there is something to claim
    with psycopg.connect(place.reveal(), autocommit=True) as another:
        key = LOCKS[waiting.queue]
        another.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, key])
        call = asyncio.ensure_future(waiting.call(harness.store))
        async with asyncio.timeout(20):
            while not (is_waited_for(another, key) or call.done()):
                await asyncio.wait({call}, timeout=0.02)
        waited = not call.done()
        another.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, key])
        await call

    assert waited


def is_waited_for(connection: psycopg.Connection, key: int) -> bool:
    query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s"
    return bool(connection.execute(query, [key]).fetchall())
