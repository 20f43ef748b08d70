"""Several processes share what one of them has detected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.engine.task_times import FIRST_POLL_S, earliest_poll_s, usual_s
from services.kling import Endpoint, ProviderCapabilities
from services.models import Generation
from services.web.metrics import FLEET_WIDE, MetricsPage, PrometheusMetrics
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock
from tests.system.multi_process.conftest import ProcessHarness, said


async def test_pause_holds_for_all_processes_and_is_reported_once(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    waiting = (await StoreHarness(two[0].store).accept(a_request(user_id=3))).job
    refused = [
        each.provider.refuses_the_account("account_empty", reason="1102") for each in two * 3
    ]
    await asyncio.gather(*refused)

    assert said(two) == ["account_empty"]
    clock.move_to(clock.now() + 1)
    assert [await each.take() for each in two] == [[], []]
    await asyncio.gather(*(each.provider.load() for each in two))
    clock.move_to(clock.now() + 301)
    assert [await each.take() for each in two] == [[waiting.id], []], "one probes for all"
    proof = await StoreHarness(two[1].store).job(waiting.id)
    await asyncio.gather(*(each.provider.accepted_a_task(proof) for each in two * 3))
    assert said(two).count("pause_over") == 1


async def test_hold_applies_to_all_processes(two: list[ProcessHarness], clock: HandClock) -> None:
    harness = StoreHarness(two[0].store)
    await harness.accept()
    (job,) = await harness.take()
    await two[0].store.jobs.requeue(job, now=clock.now(), hold_s=30.0)

    assert [await each.take() for each in two] == [[], []]
    clock.move_to(clock.now() + 31)
    assert sorted(await two[1].take() + await two[0].take()) == [job.id]


async def test_closed_model_is_closed_for_all_and_reported_once(two: list[ProcessHarness]) -> None:
    closing = [
        each.provider.refuses_the_model("kling-v9", reason="1203", asked_at=NOON) for each in two
    ]
    await asyncio.gather(*closing)
    await asyncio.gather(*(each.provider.load() for each in two))

    assert [each.provider.is_closed("kling-v9") for each in two] == [True, True]
    assert said(two) == ["model"]


async def test_capabilities_are_shared_by_all_processes(two: list[ProcessHarness]) -> None:
    for endpoint in (Endpoint.GENERATIONS, Endpoint.EXPAND):
        await two[0].provider.learn(
            ProviderCapabilities(external_id=True, list_call=False), endpoint
        )
    await two[1].provider.load()

    for endpoint in (Endpoint.GENERATIONS, Endpoint.EXPAND):
        known = two[1].provider.get_capabilities(endpoint)
        assert (known.external_id, known.list_call) == (True, False)


async def test_task_times_are_shared_by_all_processes(
    two: list[ProcessHarness], clock: HandClock
) -> None:
    harness = StoreHarness(two[0].store)
    for user in range(20):
        job = await harness.running(a_request(user_id=user))
        ready_at = (job.submitted_at or 0.0) + 17
        took = Generation(seconds=17.0)
        await two[0].store.jobs.mark_ready(job.id, [], now=ready_at + 3, generation=took)
    job = await harness.running()
    clock.move_to(clock.now() + 100)

    assert await earliest_poll_s(two[1].parts, job) == pytest.approx(17)
    assert await usual_s(two[1].parts, job) == pytest.approx(17)
    assert FIRST_POLL_S < 17


async def test_identifies_keep_one_pace(two: list[ProcessHarness]) -> None:
    waits = [await each.store.fleet.reserve("identify 0", every_s=5.0) for each in (*two, *two)]

    assert waits == pytest.approx([0, 5, 10, 15], abs=1.0)


async def test_commands_are_registered_by_one_at_a_time(two: list[ProcessHarness]) -> None:
    one, other = (each.store.fleet for each in two)
    assert await one.begin("commands", "a", lease_s=60)
    assert not await other.begin("commands", "b", lease_s=60)
    await one.finish("commands", "a")
    assert await other.begin("commands", "b", lease_s=60)


async def figures(process: ProcessHarness, folder: Path) -> dict[str, list[float]]:
    meter = PrometheusMetrics()
    page = MetricsPage(
        meter,
        store=process.store,
        is_connected=bool,
        concurrency=9,
        disks={"pictures": folder},
        clock=process.clock,
    )
    answer = await page.handle(cast("Any", None))
    assert isinstance(answer.body, bytes)
    families = text_string_to_metric_families(answer.body.decode())
    return {family.name: [one.value for one in family.samples] for family in families}


async def test_fleet_figures_are_equal_at_every_process(
    two: list[ProcessHarness], clock: HandClock, tmp_path: Path
) -> None:
    harness = StoreHarness(two[0].store)
    for user in range(3):
        await harness.running(a_request(user_id=user, count=2))
    await StoreHarness(two[1].store).accept()
    clock.move_to(clock.now() + 60)
    await two[1].provider.refuses_the_account("account_empty", reason="1102")
    one, other = [await figures(each, tmp_path) for each in two]

    assert {name: one[name] for name in FLEET_WIDE} == {name: other[name] for name in FLEET_WIDE}
    assert one["repaint_units_in_flight"] == [6]
    assert one["repaint_jobs"] == [1, 0, 3, 0]
    assert (one["repaint_provider_paused"], one["repaint_bot_paused"]) == ([1], [0])
