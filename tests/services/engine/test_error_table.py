"""Kling's error table, row by row and phase by phase: how a job ends that meets it.

A row is met as the answer to a submission, as the answer to a poll of a task that was paid for, and
as the code of a task that failed. The columns are those of `services.kling.error_codes`; that the
client raises the right type for each is `tests/services/kling/test_error_mapping.py`.

| what is met | while submitting | while polling (three times) | as a failed task |
| --- | --- | --- | --- |
| 1000-1004, 1100-1102, 1304 | failed, pause | delivered, pause | failed, pause |
| 1103 | failed, model closed | delivered | failed, model closed |
| 1203 | failed, model closed | delivered | failed, model closed |
| 1200, 1201, 1202 | refused, our bug | delivered | failed, our bug |
| 1300, 1301 | refused | refused | refused |
| 1302, 1303 | waits, delivered, no try | delivered | sent again, delivered |
| 5000, 5002 | looked up first, delivered | delivered | failed |
| 5001 | sent later, delivered | delivered | failed |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.contract import REFUSALS, refusal_fault
from services.kling.error_codes import RULES
from services.models import Job, State
from tests.support.engine_harness import EngineHarness, running_engine

SUBMIT = r"/images/generations$"
ONE = r"/images/generations/"
PAINTED, FAILED, REFUSED = State.DELIVERED, State.FAILED, State.REFUSED


@dataclass(frozen=True)
class JobEnd:
    """How a job ends: its state, the user's sentence, the operators' notice."""

    state: State
    member: str | None = None
    alerts: tuple[str, ...] = ()

    @property
    def given_back(self) -> bool:
        return self.state is not PAINTED


DELIVERED = JobEnd(PAINTED)


@dataclass(frozen=True)
class ErrorRow:
    """An error code in its three phases: submission, poll, failed task."""

    code: int
    submitting: JobEnd
    looking: JobEnd
    failing: JobEnd


def account(code: int, operator: str) -> ErrorRow:
    ended = JobEnd(FAILED, "paused", (operator,))
    return ErrorRow(code, ended, JobEnd(PAINTED, alerts=(operator,)), ended)


def our_bug(code: int) -> ErrorRow:
    ended = JobEnd(REFUSED, "generic", ("our_bug",))
    return ErrorRow(code, ended, DELIVERED, replace(ended, state=FAILED))


def model(code: int) -> ErrorRow:
    ended = JobEnd(FAILED, "model_unavailable", ("model",))
    return ErrorRow(code, ended, DELIVERED, ended)


def verdict(code: int, member: str) -> ErrorRow:
    return ErrorRow(code, *[JobEnd(REFUSED, member)] * 3)


def server(code: int) -> ErrorRow:
    return ErrorRow(code, DELIVERED, DELIVERED, JobEnd(FAILED, "provider_down", ("provider_down",)))


TABLE = [
    account(1000, "bad_key"),
    account(1001, "bad_key"),
    account(1002, "bad_key_or_region"),
    account(1003, "clock"),
    account(1004, "clock"),
    account(1100, "account"),
    account(1101, "arrears"),
    account(1102, "balance"),
    model(1103),
    our_bug(1200),
    our_bug(1201),
    our_bug(1202),
    model(1203),
    verdict(1300, "refused_policy"),
    verdict(1301, "refused_content"),
    ErrorRow(1302, DELIVERED, DELIVERED, DELIVERED),
    ErrorRow(1303, DELIVERED, DELIVERED, DELIVERED),
    account(1304, "address_list"),
    server(5000),
    server(5001),
    server(5002),
]
each_row = pytest.mark.parametrize("row", TABLE, ids=[str(row.code) for row in TABLE])


def test_error_table_has_every_code_of_kling() -> None:
    codes = [row.code for row in TABLE]

    assert codes == [code for code in RULES if isinstance(code, int)]
    assert set(codes) == set(REFUSALS)


def fault(code: int, *, method: str, path: str, times: int | None) -> Rule:
    return Rule.from_json(refusal_fault(code, method=method, path=path, times=times))


async def assert_ended(here: EngineHarness, job: Job, end: JobEnd) -> None:
    assert (job.state, job.given_back) == (end.state, end.given_back)
    assert (job.outcome and job.outcome.key) == end.member
    assert tuple(here.channel.alerts) == end.alerts
    state = await here.store.providers.state()
    row = next((row for row in RULES.values() if row.operator in end.alerts), None)
    assert (state.paused_at is not None) == (row is not None and row.pauses == "provider")
    assert bool(state.closed_models) == (end.member == "model_unavailable")


@each_row
async def test_submission_answered_with_the_code_ends_as_listed(
    tmp_path: Path, row: ErrorRow
) -> None:
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True)
        here.kling.plan.add(fault(row.code, method="POST", path=SUBMIT, times=2))

        job = await here.until_over(await here.ask())

        await assert_ended(here, job, row.submitting)
        assert len(here.kling.book.tasks) == (job.state is PAINTED)
        assert job.outcome is None or job.outcome.code == str(row.code)


@each_row
async def test_poll_answered_with_the_code_ends_as_listed(tmp_path: Path, row: ErrorRow) -> None:
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True)
        here.kling.plan.add(fault(row.code, method="GET", path=ONE, times=3))

        job = await here.until_over(await here.ask())

        await assert_ended(here, job, row.looking)
        assert len(here.kling.book.tasks) == 1


@each_row
async def test_task_failed_with_the_code_ends_as_listed(tmp_path: Path, row: ErrorRow) -> None:
    """Use the format of a gateway that reports success for the call and the code in the task."""
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True)
        asked = await here.ask()
        running = await here.until_state(asked, State.RUNNING)
        error = {"message": "no luck", "code": row.code}
        task = {"task_id": running.task_id, "status": "failed", "error": error}
        body = {"code": "success", "data": task}
        here.kling.plan.add(Rule(action="status", method="GET", path=ONE, status=200, body=body))

        job = await here.until_over(asked)

        await assert_ended(here, job, row.failing)
        assert len(here.kling.book.tasks) == 1 + (job.state is PAINTED)
        assert job.external_task_id == (f"{asked.id}-1" if job.state is PAINTED else asked.id)


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("Failure to pass the risk control system", JobEnd(REFUSED, "refused_content")),
        ("Image pixel is invalid", JobEnd(FAILED, "bad_picture")),
        ("some internal trouble", JobEnd(FAILED, "task_failed")),
    ],
)
async def test_task_failed_without_a_code_is_judged_by_its_text(
    tmp_path: Path, reason: str, end: JobEnd
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.fails(reason)

        job = await here.until_over(await here.ask())

        await assert_ended(here, job, end)
        assert job.outcome is not None
        assert job.outcome.words == reason


async def test_task_that_never_finds_a_slot_fails(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.fails("parallel task over resource pack limit", times=99)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, job.attempt) == (FAILED, True, 5)
        assert job.outcome is not None
        assert job.outcome.key == "busy"
        ids = {task.order.external_task_id for task in here.kling.book.tasks.values()}
        assert ids == {job.id, *(f"{job.id}-{attempt}" for attempt in range(1, 6))}
        assert all(len(each) <= 25 for each in ids)
        assert here.kling.book.billed == 0
