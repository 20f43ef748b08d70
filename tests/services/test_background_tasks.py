"""Background tasks of the whole process: each raises at each of its iterations, and all go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import DATA
from services.app import (
    Services,
    make_notices,
    make_write_check,
    open_services,
    run_background_tasks,
)
from services.db import Store
from services.db.fleet import Fleet
from services.db.sqlite_thread import DatabaseThread
from services.errors import StoreUnavailable
from services.fleet.member import FleetMember
from services.settings.loading import load
from services.storage import LocalStorage
from services.web.metrics import PrometheusMetrics
from tests.support.engine_harness import Channel, running_engine
from tests.support.time import HandClock

ERRORS = [
    pytest.param(StoreUnavailable("the database is away"), id="database away"),
    pytest.param(KeyError("nobody foresaw it"), id="unexpected"),
    pytest.param(OSError(5, "Input/output error"), id="system", marks=pytest.mark.proof),
]
HOURS = 3


@dataclass
class NthCallFails:
    """Makes the n-th of some calls fail."""

    error: Exception
    at: int
    calls: int = 0
    met: list[str] = field(default_factory=list[str])

    def check(self, name: str) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.met.append(name)
            raise self.error


def count_of(metrics: PrometheusMetrics) -> float:
    found = [
        sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "repaint_background_errors_total"
    ]
    return sum(found)


def break_calls(patch: pytest.MonkeyPatch, breaking: NthCallFails) -> None:
    """Make calls to the database, the disk and the image store fail, by their order."""
    transact = DatabaseThread.transact

    async def store_call(self: DatabaseThread, work: Any, **how: Any) -> Any:
        breaking.check("store")
        return await transact(self, work, **how)

    patch.setattr(DatabaseThread, "transact", store_call)
    for name in ("job_ids_before", "sizes", "check", "run_maintenance"):
        real = getattr(LocalStorage, name)

        async def vault_call(self: LocalStorage, *given: Any, real: Any = real) -> Any:
            breaking.check("vault")
            return await real(self, *given)

        patch.setattr(LocalStorage, name, vault_call)


@asynccontextmanager
async def housekeeping(folder: Path, clock: HandClock) -> AsyncIterator[tuple[Services, Any]]:
    given = {
        "DATABASE_PATH": str(folder / "repaint.db"),
        "PICTURES_PATH": str(folder / "pictures"),
        "KLING_API_KEY": "k",
        "KLING_BASE_URL": "http://127.0.0.1:1/v1",
        "HTTP_PORT": "8080",
        "KEEP_PICTURES_DAYS": "1",
        "KEEP_PICTURES_GB": "1",
        "KEEP_PROMPTS_DAYS": "1",
    }
    async with AsyncExitStack() as stack:
        house = await open_services(stack, load(given, env_file=None), data=DATA, clock=clock)
        operators = Channel()
        notices = make_notices(house, operators=operators)
        writing = make_write_check(house, operators=operators)
        keeping = asyncio.create_task(
            run_background_tasks(house, notices=notices, writing=writing, wake=lambda: None)
        )
        yield house, keeping
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def pass_hours(clock: HandClock, keeping: asyncio.Task[None]) -> None:
    until = clock.now() + HOURS * 3600
    while clock.now() < until and not keeping.done():
        for _ in range(6):
            await asyncio.sleep(0.0005)
        clock.move_to(min(clock.next_at() or until, until))


FIRST_CALLS = 10
"""Each loop's first iterations; later ones do the same."""


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("at", range(1, FIRST_CALLS + 1))
async def test_housekeeping_goes_on_after_any_error_at_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, at: int
) -> None:
    clock, breaking = HandClock(), NthCallFails(error, at=at)
    async with housekeeping(tmp_path, clock) as (house, keeping):
        break_calls(monkeypatch, breaking)
        await pass_hours(clock, keeping)

        assert breaking.met
        assert breaking.calls > at + 20, "the loops go on"
        assert not keeping.done()
        assert isinstance(house.meter, PrometheusMetrics)
        handled = isinstance(error, StoreUnavailable | OSError)
        assert count_of(house.meter) == 1 or handled


async def test_a_forgotten_member_is_made_anonymous_once_the_database_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This task once had no guard: an hour without a database ended the process."""
    clock = HandClock()
    away = True
    transact = DatabaseThread.transact

    async def refused(self: DatabaseThread, work: Any, **how: Any) -> Any:
        if away:
            raise StoreUnavailable("the database is away")
        return await transact(self, work, **how)

    async with housekeeping(tmp_path, clock) as (house, keeping):
        monkeypatch.setattr(DatabaseThread, "transact", refused)
        await pass_hours(clock, keeping)
        assert not keeping.done()
        away = False
        calls: list[str] = []
        cut = type(house.store.personal).anonymize

        async def noted(self: Any, **given: Any) -> Any:
            calls.append("cut")
            return await cut(self, **given)

        monkeypatch.setattr(type(house.store.personal), "anonymize", noted)
        await pass_hours(clock, keeping)

    assert len(calls) >= HOURS


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("at", range(1, 19))
async def test_engine_serves_a_request_whatever_store_call_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, at: int
) -> None:
    async with running_engine(tmp_path) as here:
        await here.ask()
        breaking = NthCallFails(error, at=at)
        with monkeypatch.context() as patched:
            break_calls(patched, breaking)
            await here.until(lambda: here.channel.posted)

        assert here.running is not None
        assert not here.running.done()
        assert len(here.channel.posted) == 1


@pytest.mark.parametrize("error", ERRORS)
async def test_a_fleet_member_reports_again_after_any_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    clock = HandClock()
    store = Store(tmp_path / "repaint.db", provider="provider")
    member = FleetMember(store, clock=clock)
    reports = 0
    real = Fleet.report

    async def report(self: Fleet, *given: Any) -> Any:
        nonlocal reports
        reports += 1
        if reports % 2:
            raise error
        return await real(self, *given)

    monkeypatch.setattr(Fleet, "report", report)
    async with store:
        attending = asyncio.create_task(member.attend())
        while reports < 10 and not attending.done():
            await asyncio.sleep(0.001)
            clock.move_to(clock.next_at() or clock.now())

        assert not attending.done()
        assert member.lease_valid
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
