"""The store keeps the provider's capabilities, and refused models stay closed for a while."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.db import Store
from services.db.providers import MOST_USED, PROBE_CAP_S, PROBE_FIRST_S, ProviderState
from services.errors import ModelClosed
from services.models import State
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request


async def test_accept_of_a_closed_model_is_refused_until_its_probe(
    harness: StoreHarness, store: Store
) -> None:
    assert await store.providers.close_model("kling-v3", now=NOON, asked_at=NOON)
    with pytest.raises(ModelClosed) as refused:
        await harness.accept()
    assert (refused.value.model, refused.value.until) == ("kling-v3", NOON + PROBE_FIRST_S)
    await harness.accept(a_request(model="kling-v2-1"))
    harness.now = NOON + PROBE_FIRST_S
    await harness.accept()


async def test_close_model_is_reported_once_and_a_failed_probe_doubles_the_wait(
    store: Store,
) -> None:
    providers, now = store.providers, NOON
    assert await providers.close_model("m", now=now, asked_at=now)
    waits: list[float] = []
    for _ in range(5):
        now = (await providers.state()).closed_models["m"]
        assert not await providers.close_model("m", now=now, asked_at=now)
        waits.append((await providers.state()).closed_models["m"] - now)
    assert waits == [2 * PROBE_FIRST_S, 4 * PROBE_FIRST_S, 8 * PROBE_FIRST_S, *[PROBE_CAP_S] * 2]


async def test_close_and_pause_ignore_refusals_of_earlier_requests(store: Store) -> None:
    providers = store.providers
    await providers.close_model("m", now=NOON, asked_at=NOON)
    await providers.pause(key="balance", now=NOON)
    assert not await providers.close_model("m", now=NOON + 1, asked_at=NOON)
    assert not await providers.pause(key="balance", now=NOON + 1, asked_at=NOON)
    state = await providers.state()
    assert state.closed_models == {"m": NOON + PROBE_FIRST_S}
    assert state.probe_at == NOON + PROBE_FIRST_S


async def test_pause_after_a_success_starts_with_the_first_wait(store: Store) -> None:
    providers, now = store.providers, NOON
    assert await providers.pause(key="balance", now=now)
    waits: list[float] = []
    for _ in range(5):
        now = (await providers.state()).probe_at
        assert not await providers.pause(key="balance", now=now)
        waits.append((await providers.state()).probe_at - now)
    assert waits == [2 * PROBE_FIRST_S, 4 * PROBE_FIRST_S, 8 * PROBE_FIRST_S, *[PROBE_CAP_S] * 2]

    assert await providers.went_well()
    assert await providers.state() == ProviderState()
    assert not await providers.went_well()
    assert await providers.pause(key="keys", now=now)
    state = await providers.state()
    assert (state.pause_key, state.probe_at) == ("keys", now + PROBE_FIRST_S)


@pytest.mark.parametrize("known", [True, False, None])
async def test_learn_without_a_result_leaves_a_capability_unknown(
    store: Store, known: bool | None
) -> None:
    await store.providers.learn(external_id=known, list_call=None, now=NOON)
    await store.providers.learn("/omni", external_id=None, list_call=known, now=NOON)
    paths = (await store.providers.state()).paths
    assert (paths[MOST_USED].external_id, paths[MOST_USED].list_call) == (known, None)
    assert (paths["/omni"].external_id, paths["/omni"].list_call) == (None, known)


async def test_success_resets_the_hold(harness: StoreHarness, store: Store) -> None:
    for tries in (1, 2):
        await store.jobs.requeue(await harness.running(), now=harness.now, hold_s=5)
        state = await store.providers.state()
        assert (state.busy_tries, state.hold_until) == (tries, harness.now + 5)
        harness.now += 6
    assert not await store.providers.went_well()  # it was never paused
    assert await store.providers.state() == ProviderState()


async def test_open_model_is_reported_once(store: Store) -> None:
    await store.providers.close_model("m", now=NOON, asked_at=NOON)
    assert await store.providers.open_model("m")
    assert not await store.providers.open_model("m")
    assert (await store.providers.state()).closed_models == {}


async def test_requeue_with_a_spent_id_starts_another_attempt(
    harness: StoreHarness, store: Store
) -> None:
    job = await harness.running()
    assert await store.jobs.mark_late(job.id)
    await store.jobs.requeue(job, now=harness.now, hold_s=1, spent_id=True)

    again = await harness.job(job.id)

    assert (again.late, again.claimed_at, again.submitted_at) == (False, None, None)
    assert (again.state, again.task_id, again.sent_at, again.attempt) == (
        State.QUEUED,
        None,
        None,
        1,
    )
    assert (job.external_task_id, again.external_task_id) == (job.id, f"{job.id}-1")
    assert await harness.used() == 1


async def test_mark_running_stores_images_until_they_are_downloaded(
    harness: StoreHarness, store: Store
) -> None:
    job = (await harness.accept()).job
    await harness.take()
    urls = ("https://cdn.example/1.png", "https://cdn.example/2.png")
    await store.jobs.mark_running(
        job.id, task_id="", now=harness.now, next_at=harness.now, images=urls
    )

    running = await harness.job(job.id)

    assert (running.images, running.task_id) == (urls, None)
    assert await store.jobs.task_ids(since=0) == set()
    await store.jobs.forget_images(job.id, next_at=harness.now)
    assert (await harness.job(job.id)).images == urls  # without an id no newer ones exist
    await store.jobs.mark_ready(job.id, [], now=harness.now)
    assert (await harness.job(job.id)).images == ()


async def test_mark_sent_of_a_running_job_changes_nothing(
    harness: StoreHarness, store: Store
) -> None:
    job = (await harness.accept()).job
    await harness.take()
    assert await store.jobs.mark_sent(job.id, now=harness.now)
    await store.jobs.mark_running(job.id, task_id="T", now=harness.now, next_at=harness.now)
    assert not await store.jobs.mark_sent(job.id, now=harness.now + 1)


async def test_success_ends_only_its_own_providers_pause(tmp_path: Path) -> None:
    path = tmp_path / "several.db"
    for name in ("a.example", "b.example"):
        async with Store(path, provider=name) as one:
            await one.providers.pause(key="balance", now=NOON)
    async with Store(path, provider="b.example") as other:
        assert await other.providers.went_well()
        assert (await other.providers.state()).paused_at is None
    async with Store(path, provider="a.example") as first:
        assert (await first.providers.state()).paused_at == NOON
        assert (await first.providers.state()).pause_key == "balance"


async def test_provider_that_was_only_learned_of_is_neither_held_nor_paused(store: Store) -> None:
    await store.providers.learn(external_id=True, list_call=None, now=NOON)
    state = await store.providers.state()

    assert replace(state, paths={}) == ProviderState()
