"""Estimates of the queue: simulated by the same rules by which jobs are claimed."""

from __future__ import annotations

from pathlib import Path

from services.db import Store
from services.engine.eta import Forecast, starts, usual, usual_after
from services.models import QueuedJob, QueueSnapshot, RunningJob
from tests.services.db.conftest import StoreHarness
from tests.support.requests import a_request
from tests.support.time import HandClock

NOW = 1000.0
TIMES = {("m", 1): (20.0, 20.0, 20.0, 20.0, 20.0), ("m", 4): (60.0,) * 5, ("new", 1): (5.0,)}


def at_work(
    *, units: int = 1, since: float = NOW, user_id: int = 9, model: str = "m"
) -> RunningJob:
    return RunningJob(user_id=user_id, model=model, units=units, since=since)


def waiting(name: str, *, user_id: int, units: int = 1, model: str = "m") -> QueuedJob:
    return QueuedJob(id=name, user_id=user_id, model=model, units=units)


def played(
    *line: QueuedJob, busy: tuple[RunningJob, ...] = (), **rules: object
) -> dict[str, float]:
    outlook = QueueSnapshot(at_work=busy, waiting=line, times=TIMES, held=bool(rules.get("held")))
    per_user = 1 if rules.get("alone") else 0
    return starts(outlook, units=4, per_user=per_user, now=NOW)


def test_eta_of_a_job_that_fits_is_now() -> None:
    assert played(waiting("a", user_id=1), waiting("b", user_id=2)) == {"a": NOW, "b": NOW}


def test_eta_of_a_job_that_does_not_fit_is_the_next_end() -> None:
    busy = (at_work(units=4, since=NOW - 10),)
    found = played(waiting("a", user_id=1, units=4), waiting("b", user_id=2), busy=busy)

    assert found == {"a": NOW + 50, "b": NOW + 110}


def test_eta_of_a_users_second_job_follows_the_first() -> None:
    line = (waiting("a", user_id=1), waiting("b", user_id=1), waiting("c", user_id=2))

    assert played(*line, alone=True) == {"a": NOW, "c": NOW, "b": NOW + 20}


def test_eta_behind_a_new_model_is_unknown() -> None:
    busy = (at_work(units=4, model="new"),)

    assert played(waiting("a", user_id=1), busy=busy) == {}


def test_eta_during_a_hold_is_unknown() -> None:
    assert played(waiting("a", user_id=1), held=True) == {}


def test_eta_of_a_slow_job_uses_slow_times_only() -> None:
    assert usual_after((10.0, 10.0, 10.0, 50.0, 70.0), 20.0) == 60.0
    assert usual_after((10.0,) * 5, 20.0) is None


def test_eta_needs_five_times() -> None:
    assert usual((1.0,) * 4) is None
    assert usual((1.0, 2.0, 3.0, 4.0, 50.0)) == 3.0


async def test_start_is_estimated_for_the_first_fifty_waiting_jobs(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        harness = StoreHarness(store)
        jobs = [(await harness.accept(a_request(user_id=user))).job.id for user in range(60)]
        forecast = Forecast(store, units=99, per_user=0, clock=HandClock(harness.now))

        assert set(await forecast.starts()) == set(jobs[:50])
