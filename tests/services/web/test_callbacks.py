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
from tests.services.web.conftest import WebHarness
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


async def patient(web_harness: WebHarness) -> Job:
    """Return a running job whose next poll is far away."""
    job = await web_harness.harness.running()
    await web_harness.harness.store.jobs.reschedule(
        job.id, next_at=web_harness.clock.now() + LATER_S, tries=0
    )
    return job


@pytest.mark.parametrize("body", [OLD, NEW, CONSOLE_TEST], ids=["old", "new", "console"])
async def test_a_call_makes_the_job_due_at_once(
    web_harness: WebHarness, body: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(web_harness)

    assert await web_harness.call(job.id, json.dumps(body)) == 204
    assert await web_harness.next_at(job.id) == web_harness.clock.now()
    assert len(web_harness.woken) == 1
    assert f"job {job.id}: callback received, status 'su" in caplog.text


async def test_nothing_that_a_call_says_is_believed(web_harness: WebHarness) -> None:
    job = await patient(web_harness)

    await web_harness.call(
        job.id, json.dumps(OLD | {"task_id": "another", "task_status": "failed"})
    )

    after = await web_harness.harness.job(job.id)
    assert (after.state, after.task_id) == (State.RUNNING, job.task_id)
    assert await web_harness.harness.store.jobs.results(job.id) == []


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
    web_harness: WebHarness, body: bytes
) -> None:
    job = await patient(web_harness)

    assert await web_harness.call(job.id, body) == 204
    assert await web_harness.next_at(job.id) == web_harness.clock.now()


async def test_a_job_that_is_due_sooner_stays_so(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    sooner = web_harness.clock.now() - 3
    await web_harness.harness.store.jobs.reschedule(job.id, next_at=sooner, tries=0)

    await web_harness.call(job.id)

    assert await web_harness.next_at(job.id) == sooner


async def test_a_flood_costs_one_look_a_second_and_the_last_call_is_never_lost(
    web_harness: WebHarness,
) -> None:
    job = await patient(web_harness)

    statuses = await asyncio.gather(*(web_harness.call(job.id) for _ in range(50)))

    assert set(statuses) == {204}
    assert len(web_harness.woken) == 2  # the first at once; one more, a second later
    await web_harness.harness.store.jobs.reschedule(
        job.id, next_at=web_harness.clock.now() + LATER_S, tries=0
    )
    web_harness.clock.move_to(web_harness.clock.now() + 2)
    await web_harness.call(job.id)
    assert await web_harness.next_at(job.id) == web_harness.clock.now()


async def test_the_end_is_not_held_back_by_a_call_just_before(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    under_way = json.dumps(OLD | {"task_status": "processing", "task_result": {}})

    for body in (under_way, json.dumps(OLD), under_way, json.dumps(OLD)):
        await web_harness.call(job.id, body)
        assert await web_harness.next_at(job.id) == web_harness.clock.now()

    assert len(web_harness.woken) == 4  # of those the last two are for a second later


async def test_a_clock_set_back_does_not_deafen_us(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    await web_harness.call(job.id)
    web_harness.clock._now -= 3600

    await web_harness.call(job.id)

    assert len(web_harness.woken) == 2


async def test_an_unclear_submission_is_looked_for_at_once(web_harness: WebHarness) -> None:
    job = (await web_harness.harness.accept()).job
    await web_harness.harness.take()
    await web_harness.harness.store.jobs.mark_sent(job.id, now=web_harness.clock.now())
    await web_harness.harness.store.jobs.reschedule(
        job.id, next_at=web_harness.clock.now() + LATER_S, tries=0
    )

    assert await web_harness.call(job.id) == 204
    assert await web_harness.next_at(job.id) == web_harness.clock.now()


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_job_whose_answer_was_lost_is_looked_for_when_its_task_calls(
    web_harness: WebHarness, given_up: bool
) -> None:
    job = (await web_harness.harness.accept()).job
    jobs, now = web_harness.harness.store.jobs, web_harness.clock.now()
    await web_harness.harness.take()
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

    assert await web_harness.call(job.id) == 204
    assert await web_harness.next_at(job.id) == now


async def test_a_job_that_is_over_stays_over(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    await web_harness.harness.store.jobs.mark_ready(job.id, [], now=web_harness.clock.now())
    await web_harness.harness.store.jobs.mark_notified(
        job.id, posted=True, now=web_harness.clock.now()
    )

    assert await web_harness.call(job.id) == 204
    assert (await web_harness.harness.job(job.id)).state is State.DELIVERED
    assert await web_harness.next_at(job.id) is None
    assert web_harness.woken == []


async def test_a_job_that_was_forgotten_is_not_found(web_harness: WebHarness) -> None:
    assert await web_harness.call(new_job_id(web_harness.clock.now())) == 404


async def test_only_our_own_addresses_are_taken(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    right = web_harness.addresses.make_url(job.id)
    other = web_harness.addresses.make_url(new_job_id(web_harness.clock.now()))
    token = other.rpartition("/")[2]

    wrong = [right[:-1], right + "x", right.rpartition("/")[0] + "/" + token]
    wrong += [right.replace(job.id, name) for name in ("x", "%00", "..", "a" * 400)]
    wrong += [
        f"{web_harness.url}/kling/callback",
        f"{web_harness.url}/kling/callback/{job.id}/",
        f"{web_harness.url}/",
    ]
    statuses = {await web_harness.post(url) for url in wrong}

    assert statuses == {404}
    assert web_harness.woken == []


async def test_a_proxy_may_take_the_path_of_the_public_address_off(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    tail = web_harness.addresses.make_url(job.id).removeprefix(web_harness.url)

    assert tail.startswith("/bot/kling/callback/")
    assert await web_harness.post(web_harness.url + tail.removeprefix("/bot")) == 204


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


async def test_a_body_that_is_too_long_is_refused_packed_or_not(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    bomb = gzip.compress(b" " * (64 * MAX_BODY))

    assert await web_harness.call(job.id, b" " * (MAX_BODY + 1)) == 413
    assert await web_harness.call(job.id, bomb, Content_Encoding="gzip") in (400, 413)
    assert web_harness.woken == []


async def test_a_body_that_never_ends_is_let_go(web_harness: WebHarness) -> None:
    job = await patient(web_harness)

    async def dripping() -> object:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert await web_harness.call(job.id, dripping()) == 408
    assert web_harness.woken == []


async def test_other_methods_are_refused(web_harness: WebHarness) -> None:
    job = await patient(web_harness)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        url = web_harness.addresses.make_url(job.id)
        async with web_harness.session.request(method, url) as answer:
            assert answer.status == 405


async def test_a_locked_database_is_said_so_and_another_call_may_come(
    web_harness: WebHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await patient(web_harness)
    await thread_of(web_harness.harness.store.jobs).run(
        lambda: thread_of(web_harness.harness.store.jobs).db.execute("PRAGMA busy_timeout=1")
    )
    other = sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert await web_harness.call(job.id) == 503
    finally:
        other.close()
    web_harness.clock.move_to(web_harness.clock.now() + 2)
    assert await web_harness.call(job.id) == 204


async def test_no_token_reaches_the_log(
    web_harness: WebHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = await patient(web_harness)
    await web_harness.call(job.id, json.dumps(OLD))
    await web_harness.post(f"{web_harness.url}/kling/callback/{job.id}/guessed-token")

    ours = [record for record in caplog.records if record.name.startswith("services")]
    assert ours
    for secret in (web_harness.addresses.make_url(job.id).rpartition("/")[2], "guessed-token"):
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
    web_harness: WebHarness, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(web_harness)
    assert await web_harness.call(job.id, body) == 204
    assert await web_harness.next_at(job.id) == web_harness.clock.now()
    assert all(len(record.getMessage()) < 200 for record in caplog.records)


def test_of_endless_calls_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "_REMEMBERED", 2)
    nothing: Any = None
    calls = callbacks.Callbacks(nothing, jobs=nothing, wake=list, clock=HandClock())

    for number in range(5):
        calls._note((f"job {number}", False), NOON)

    assert list(calls._due_at) == [("job 3", False), ("job 4", False)]
