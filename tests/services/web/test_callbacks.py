"""Callbacks: each makes the bot poll now, whatever it says and however often it comes."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.ids import new_job_id
from services.db import Store
from services.models import Job, Outcome, State
from services.web import CallbackAddresses, callbacks
from services.web.server import MAX_BODY
from tests.services.web.conftest import Door
from tests.support.requests import NOON
from tests.support.sqlite import thread_of
from tests.support.time import HandClock

LATER_S = 500.0

OLD = {
    "task_id": "T1",
    "task_status": "succeed",
    "task_status_msg": "",
    "created_at": 1722769557708,
    "updated_at": 1722769557708,
    "task_info": {"external_task_id": "J1"},
    "task_result": {"images": [{"index": 0, "url": "https://evil.example/a.png"}]},
}
NEW = {
    "id": "T1",
    "status": "succeeded",
    "message": "",
    "create_time": 1722769557708,
    "external_id": "J1",
    "outputs": [{"type": "image", "url": "https://evil.example/a.png"}],
    "billing": [],
}
CONSOLE_TEST = {"id": "T1", "status": "submitted", "outputs": []}


async def patient(door: Door) -> Job:
    """Return a running job whose next poll is far away."""
    job = await door.desk.running()
    await door.desk.store.jobs.reschedule(job.id, next_at=door.clock.now() + LATER_S, tries=0)
    return job


@pytest.mark.parametrize("body", [OLD, NEW, CONSOLE_TEST], ids=["old", "new", "console"])
async def test_a_call_makes_the_job_due_at_once(
    door: Door, body: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(door)

    assert await door.call(job.id, json.dumps(body)) == 204
    assert await door.next_at(job.id) == door.clock.now()
    assert len(door.woken) == 1
    assert f"job {job.id}: callback received, status 'su" in caplog.text


async def test_nothing_that_a_call_says_is_believed(door: Door) -> None:
    job = await patient(door)

    await door.call(job.id, json.dumps(OLD | {"task_id": "another", "task_status": "failed"}))

    after = await door.desk.job(job.id)
    assert (after.state, after.task_id) == (State.RUNNING, job.task_id)
    assert await door.desk.store.jobs.results(job.id) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"null",
        b"[1, 2]",
        b'"text"',
        b'{"data": ' * 5000,
        b'{"task_status": ["x"], "task_id": {"a": 1}}',
        b"task_id=T1&task_status=succeed",
    ],
)
async def test_garbage_at_the_right_address_is_a_hint_like_any_other(
    door: Door, body: bytes
) -> None:
    job = await patient(door)

    assert await door.call(job.id, body) == 204
    assert await door.next_at(job.id) == door.clock.now()


async def test_a_job_that_is_due_sooner_stays_so(door: Door) -> None:
    job = await patient(door)
    sooner = door.clock.now() - 3
    await door.desk.store.jobs.reschedule(job.id, next_at=sooner, tries=0)

    await door.call(job.id)

    assert await door.next_at(job.id) == sooner


async def test_a_flood_costs_one_look_a_second_and_the_last_call_is_never_lost(door: Door) -> None:
    job = await patient(door)

    statuses = await asyncio.gather(*(door.call(job.id) for _ in range(50)))

    assert set(statuses) == {204}
    assert len(door.woken) == 2  # the first at once; one more, a second later
    await door.desk.store.jobs.reschedule(job.id, next_at=door.clock.now() + LATER_S, tries=0)
    door.clock.move_to(door.clock.now() + 2)
    await door.call(job.id)
    assert await door.next_at(job.id) == door.clock.now()


async def test_the_end_is_not_held_back_by_a_call_just_before(door: Door) -> None:
    job = await patient(door)
    under_way = json.dumps(OLD | {"task_status": "processing", "task_result": {}})

    for body in (under_way, json.dumps(OLD), under_way, json.dumps(OLD)):
        await door.call(job.id, body)
        assert await door.next_at(job.id) == door.clock.now()

    assert len(door.woken) == 4  # of those the last two are for a second later


async def test_a_clock_set_back_does_not_deafen_us(door: Door) -> None:
    job = await patient(door)
    await door.call(job.id)
    door.clock._now -= 3600

    await door.call(job.id)

    assert len(door.woken) == 2


async def test_an_unclear_submission_is_looked_for_at_once(door: Door) -> None:
    job = (await door.desk.accept()).job
    await door.desk.take()
    await door.desk.store.jobs.mark_sent(job.id, now=door.clock.now())
    await door.desk.store.jobs.reschedule(job.id, next_at=door.clock.now() + LATER_S, tries=0)

    assert await door.call(job.id) == 204
    assert await door.next_at(job.id) == door.clock.now()


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_job_whose_answer_was_lost_is_looked_for_when_its_task_calls(
    door: Door, given_up: bool
) -> None:
    job = (await door.desk.accept()).job
    jobs, now = door.desk.store.jobs, door.clock.now()
    await door.desk.take()
    await jobs.finish(
        job.id,
        State.UNCERTAIN,
        from_states=[State.SUBMITTING],
        outcome=Outcome(key="uncertain"),
        give_back=True,
        now=now,
    )
    await jobs.mark_notified(
        job.id, posted=True, now=now, next_at=None if given_up else now + LATER_S
    )

    assert await door.call(job.id) == 204
    assert await door.next_at(job.id) == now


async def test_a_job_that_is_over_stays_over(door: Door) -> None:
    job = await patient(door)
    await door.desk.store.jobs.mark_ready(job.id, [], now=door.clock.now())
    await door.desk.store.jobs.mark_notified(job.id, posted=True, now=door.clock.now())

    assert await door.call(job.id) == 204
    assert (await door.desk.job(job.id)).state is State.DELIVERED
    assert await door.next_at(job.id) is None
    assert door.woken == []


async def test_a_job_that_was_forgotten_is_not_found(door: Door) -> None:
    assert await door.call(new_job_id(door.clock.now())) == 404


async def test_only_our_own_addresses_are_taken(door: Door) -> None:
    job = await patient(door)
    right = door.addresses.make_url(job.id)
    other = door.addresses.make_url(new_job_id(door.clock.now()))
    token = other.rpartition("/")[2]

    wrong = [right[:-1], right + "x", right.rpartition("/")[0] + "/" + token]
    wrong += [right.replace(job.id, name) for name in ("x", "%00", "..", "a" * 400)]
    wrong += [f"{door.url}/kling/callback", f"{door.url}/kling/callback/{job.id}/", f"{door.url}/"]
    statuses = {await door.post(url) for url in wrong}

    assert statuses == {404}
    assert door.woken == []


async def test_a_proxy_may_take_the_path_of_the_public_address_off(door: Door) -> None:
    job = await patient(door)
    tail = door.addresses.make_url(job.id).removeprefix(door.url)

    assert tail.startswith("/bot/kling/callback/")
    assert await door.post(door.url + tail.removeprefix("/bot")) == 204


async def test_tokens_are_long_differ_and_outlive_a_restart(tmp_path: Path) -> None:
    async def of_one_start() -> CallbackAddresses:
        async with Store(tmp_path / "repaint.db", provider="provider") as store:
            return await CallbackAddresses.load("https://bot.example/", notes=store.notes)

    first, second = await of_one_start(), await of_one_start()
    one, other = new_job_id(1.0), new_job_id(2.0)

    assert first.make_url(one) == second.make_url(one)
    assert first.make_url(one).startswith(f"https://bot.example/kling/callback/{one}/")
    tokens = {first.make_url(each).rpartition("/")[2] for each in (one, other)}
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 43  # 256 bits
    async with Store(tmp_path / "another.db", provider="provider") as store:
        stranger = await CallbackAddresses.load("https://bot.example", notes=store.notes)
    assert stranger.make_url(one) != first.make_url(one)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(job_id=st.text(), token=st.text())
def test_no_text_passes_for_an_address_of_ours(job_id: str, token: str) -> None:
    assert not CallbackAddresses("https://bot.example", secret=b"s").is_ours(job_id, token)


async def test_a_body_that_is_too_long_is_refused_packed_or_not(door: Door) -> None:
    job = await patient(door)
    bomb = gzip.compress(b" " * (64 * MAX_BODY))

    assert await door.call(job.id, b" " * (MAX_BODY + 1)) == 413
    assert await door.call(job.id, bomb, Content_Encoding="gzip") in (400, 413)
    assert door.woken == []


async def test_a_body_that_never_ends_is_let_go(door: Door) -> None:
    job = await patient(door)

    async def dripping() -> object:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert await door.call(job.id, dripping()) == 408
    assert door.woken == []


async def test_other_methods_are_refused(door: Door) -> None:
    job = await patient(door)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        url = door.addresses.make_url(job.id)
        async with door.session.request(method, url) as answer:
            assert answer.status == 405


async def test_a_locked_database_is_said_so_and_another_call_may_come(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await patient(door)
    await thread_of(door.desk.store.jobs).run(
        lambda: thread_of(door.desk.store.jobs).db.execute("PRAGMA busy_timeout=1")
    )
    other = sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert await door.call(job.id) == 503
    finally:
        other.close()
    door.clock.move_to(door.clock.now() + 2)
    assert await door.call(job.id) == 204


async def test_no_token_reaches_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    job = await patient(door)
    await door.call(job.id, json.dumps(OLD))
    await door.post(f"{door.url}/kling/callback/{job.id}/guessed-token")

    ours = [record for record in caplog.records if record.name.startswith("services")]
    assert ours
    for secret in (door.addresses.make_url(job.id).rpartition("/")[2], "guessed-token"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"data":' * 8_000,
        b'{"data":[' + b"{}," * 20_000 + b"{}]}",
        b'{"task_id":"T","task_status":"' + b"x" * 60_000 + b'"}',
        b'{"task_id":"T","task_status":"half \\ud83d","progress":NaN}',
        b'{"task_id":' + b"9" * 60_000 + b"}",
        json.dumps({"data": json.dumps({"data": json.dumps(OLD)})}).encode(),
    ],
    ids=["deep array", "deep object", "rows", "long word", "half", "digits", "text in text"],
)
async def test_an_odd_body_is_a_hint_like_any_other(
    door: Door, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(door)
    assert await door.call(job.id, body) == 204
    assert await door.next_at(job.id) == door.clock.now()
    assert all(len(record.getMessage()) < 200 for record in caplog.records)


def test_of_endless_calls_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "_REMEMBERED", 2)
    nothing: Any = None
    calls = callbacks.Callbacks(nothing, jobs=nothing, wake=list, clock=HandClock())

    for number in range(5):
        calls._note((f"job {number}", False), NOON)

    assert list(calls._due_at) == [("job 3", False), ("job 4", False)]
