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


async def patient(bot_port: WebHarness) -> Job:
    """Return a running job whose next poll is far away."""
    job = await bot_port.harness.running()
    await bot_port.harness.store.jobs.reschedule(
        job.id, next_at=bot_port.clock.now() + LATER_S, tries=0
    )
    return job


@pytest.mark.parametrize("body", [OLD, NEW, CONSOLE_TEST], ids=["old", "new", "console"])
async def test_callback_makes_the_job_due(
    bot_port: WebHarness, body: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(bot_port)

    assert await bot_port.call(job.id, json.dumps(body)) == 204
    assert await bot_port.next_at(job.id) == bot_port.clock.now()
    assert len(bot_port.woken) == 1
    assert f"job {job.id}: callback received, status 'su" in caplog.text


async def test_nothing_that_a_call_says_is_believed(bot_port: WebHarness) -> None:
    job = await patient(bot_port)

    await bot_port.call(job.id, json.dumps(OLD | {"task_id": "another", "task_status": "failed"}))

    after = await bot_port.harness.job(job.id)
    assert (after.state, after.task_id) == (State.RUNNING, job.task_id)
    assert await bot_port.harness.store.jobs.results(job.id) == []


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
    bot_port: WebHarness, body: bytes
) -> None:
    job = await patient(bot_port)

    assert await bot_port.call(job.id, body) == 204
    assert await bot_port.next_at(job.id) == bot_port.clock.now()


async def test_callback_leaves_a_job_that_is_due_sooner(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    sooner = bot_port.clock.now() - 3
    await bot_port.harness.store.jobs.reschedule(job.id, next_at=sooner, tries=0)

    await bot_port.call(job.id)

    assert await bot_port.next_at(job.id) == sooner


async def test_callback_flood_costs_one_poll_a_second_and_keeps_the_last(
    bot_port: WebHarness,
) -> None:
    job = await patient(bot_port)

    statuses = await asyncio.gather(*(bot_port.call(job.id) for _ in range(50)))

    assert set(statuses) == {204}
    assert len(bot_port.woken) == 2  # the first at once; one more, a second later
    await bot_port.harness.store.jobs.reschedule(
        job.id, next_at=bot_port.clock.now() + LATER_S, tries=0
    )
    bot_port.clock.move_to(bot_port.clock.now() + 2)
    await bot_port.call(job.id)
    assert await bot_port.next_at(job.id) == bot_port.clock.now()


async def test_callback_of_the_end_is_not_delayed_by_an_earlier_one(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    under_way = json.dumps(OLD | {"task_status": "processing", "task_result": {}})

    for body in (under_way, json.dumps(OLD), under_way, json.dumps(OLD)):
        await bot_port.call(job.id, body)
        assert await bot_port.next_at(job.id) == bot_port.clock.now()

    assert len(bot_port.woken) == 4  # of those the last two are for a second later


async def test_callback_after_the_clock_was_set_back_wakes_the_engine(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    await bot_port.call(job.id)
    bot_port.clock._now -= 3600

    await bot_port.call(job.id)

    assert len(bot_port.woken) == 2


async def test_callback_of_an_uncertain_submission_starts_its_look_up(bot_port: WebHarness) -> None:
    job = (await bot_port.harness.accept()).job
    await bot_port.harness.take()
    await bot_port.harness.store.jobs.mark_sent(job.id, now=bot_port.clock.now())
    await bot_port.harness.store.jobs.reschedule(
        job.id, next_at=bot_port.clock.now() + LATER_S, tries=0
    )

    assert await bot_port.call(job.id) == 204
    assert await bot_port.next_at(job.id) == bot_port.clock.now()


@pytest.mark.parametrize("given_up", [False, True])
async def test_callback_of_a_job_with_a_lost_answer_starts_its_look_up(
    bot_port: WebHarness, given_up: bool
) -> None:
    job = (await bot_port.harness.accept()).job
    jobs, now = bot_port.harness.store.jobs, bot_port.clock.now()
    await bot_port.harness.take()
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

    assert await bot_port.call(job.id) == 204
    assert await bot_port.next_at(job.id) == now


async def test_callback_of_an_ended_job_changes_nothing(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    await bot_port.harness.store.jobs.mark_ready(job.id, [], now=bot_port.clock.now())
    await bot_port.harness.store.jobs.mark_notified(job.id, posted=True, now=bot_port.clock.now())

    assert await bot_port.call(job.id) == 204
    assert (await bot_port.harness.job(job.id)).state is State.DELIVERED
    assert await bot_port.next_at(job.id) is None
    assert bot_port.woken == []


async def test_callback_of_an_unknown_job_is_not_found(bot_port: WebHarness) -> None:
    assert await bot_port.call(new_job_id(bot_port.clock.now())) == 404


async def test_callback_at_another_address_is_refused(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    right = bot_port.addresses.make_url(job.id)
    other = bot_port.addresses.make_url(new_job_id(bot_port.clock.now()))
    token = other.rpartition("/")[2]

    wrong = [right[:-1], right + "x", right.rpartition("/")[0] + "/" + token]
    wrong += [right.replace(job.id, name) for name in ("x", "%00", "..", "a" * 400)]
    wrong += [
        f"{bot_port.url}/kling/callback",
        f"{bot_port.url}/kling/callback/{job.id}/",
        f"{bot_port.url}/",
    ]
    statuses = {await bot_port.post(url) for url in wrong}

    assert statuses == {404}
    assert bot_port.woken == []


async def test_callback_without_the_public_path_is_accepted(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    tail = bot_port.addresses.make_url(job.id).removeprefix(bot_port.url)

    assert tail.startswith("/bot/kling/callback/")
    assert await bot_port.post(bot_port.url + tail.removeprefix("/bot")) == 204


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
def test_callback_token_of_any_other_text_is_refused(job_id: str, token: str) -> None:
    assert not CallbackAddresses("https://bot.example", secret=b"s").is_ours(job_id, token)


async def test_callback_body_over_the_limit_is_refused(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    bomb = gzip.compress(b" " * (64 * MAX_BODY))

    assert await bot_port.call(job.id, b" " * (MAX_BODY + 1)) == 413
    assert await bot_port.call(job.id, bomb, Content_Encoding="gzip") in (400, 413)
    assert bot_port.woken == []


async def test_callback_body_without_end_is_dropped(bot_port: WebHarness) -> None:
    job = await patient(bot_port)

    async def dripping() -> object:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert await bot_port.call(job.id, dripping()) == 408
    assert bot_port.woken == []


async def test_callback_by_other_methods_is_refused(bot_port: WebHarness) -> None:
    job = await patient(bot_port)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        url = bot_port.addresses.make_url(job.id)
        async with bot_port.session.request(method, url) as answer:
            assert answer.status == 405


async def test_callback_with_a_locked_database_may_be_repeated(
    bot_port: WebHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await patient(bot_port)
    await thread_of(bot_port.harness.store.jobs).run(
        lambda: thread_of(bot_port.harness.store.jobs).db.execute("PRAGMA busy_timeout=1")
    )
    other = sqlite3.connect(tmp_path / "repaint.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert await bot_port.call(job.id) == 503
    finally:
        other.close()
    bot_port.clock.move_to(bot_port.clock.now() + 2)
    assert await bot_port.call(job.id) == 204


async def test_callback_token_is_not_logged(
    bot_port: WebHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = await patient(bot_port)
    await bot_port.call(job.id, json.dumps(OLD))
    await bot_port.post(f"{bot_port.url}/kling/callback/{job.id}/guessed-token")

    ours = [record for record in caplog.records if record.name.startswith("services")]
    assert ours
    for secret in (bot_port.addresses.make_url(job.id).rpartition("/")[2], "guessed-token"):
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
async def test_callback_with_any_body_makes_the_job_due(
    bot_port: WebHarness, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await patient(bot_port)
    assert await bot_port.call(job.id, body) == 204
    assert await bot_port.next_at(job.id) == bot_port.clock.now()
    assert all(len(record.getMessage()) < 200 for record in caplog.records)


def test_callback_memory_keeps_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "_REMEMBERED", 2)
    nothing: Any = None
    calls = callbacks.Callbacks(nothing, jobs=nothing, wake=list, clock=HandClock())

    for number in range(5):
        calls._note((f"job {number}", False), NOON)

    assert list(calls._due_at) == [("job 3", False), ("job 4", False)]
