"""/metrics: every figure changes when its event happens, and none identifies a user."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.processes import ROOT
from services.errors import ChannelGone, DiscordUnreachable, KlingRefused, QuotaExceeded
from services.history.access import JobAccess, Viewer
from services.models import Job, State
from services.requests.cancel import Cancelling
from services.settings.loading import load
from services.web import make_metrics
from services.web.health import Health
from services.web.metrics import MetricsPage, PrometheusMetrics
from services.web.server import EVERY_S, open_http_server, watch
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request
from tests.support.sqlite import thread_of
from tests.support.time import HandClock

NAMES = re.compile(r"^\| `(repaint_\w+)`", re.MULTILINE)
PERSONAL = re.compile(r"user|member_id|guild|channel|job_id|prompt")


@dataclass
class MetricsHarness:
    """An engine with an HTTP server that shows its figures."""

    here: EngineHarness
    url: str
    session: aiohttp.ClientSession
    shards: dict[int, float | None]

    async def ended(self, job: Job, state: State) -> None:
        """Run the engine until the job is in this state and its last step is over."""
        await self.here.until_state(job, state)
        await self.here.until(lambda: self.here.engine.is_resting)

    async def text(self) -> str:
        async with self.session.get(f"{self.url}/metrics") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/plain"
            return await answer.text()

    async def figures(self) -> dict[str, float]:
        """Return each sample under its name and the values of its labels, in the labels' order."""
        families = text_string_to_metric_families(await self.text())
        return {
            sample.name
            + "".join(f"[{value}]" for _, value in sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


@asynccontextmanager
async def watched(folder: Path, **kling: object) -> AsyncIterator[MetricsHarness]:
    options = KlingOptions(
        **{"painter": "copy", "min_seconds": 12, "max_seconds": 12, **kling}  # pyright: ignore[reportArgumentType]
    )
    meter, shards = PrometheusMetrics(), dict[int, float | None]()
    async with running_engine(folder, kling=options) as here:
        here.acceptance._meter = here.client._meter = meter
        await here.restart(meter=meter)
        page = MetricsPage(
            meter,
            store=here.store,
            is_connected=lambda: True,
            latencies=lambda: shards,
            concurrency=9,
            disks={"database": folder},
            clock=here.clock,
        )
        health = Health(here.store, is_connected=lambda: True, clock=here.clock)
        async with (
            open_http_server(host="127.0.0.1", port=0, health=health, metrics=page.handle) as url,
            aiohttp.ClientSession() as session,
        ):
            yield MetricsHarness(here, url, session, shards)


async def test_metrics_count_a_delivered_job(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        job = await port.here.ask()
        during = await port.figures()
        await port.ended(job, State.DELIVERED)
        after = await port.figures()

    assert during["repaint_requests_accepted_total"] == 1
    assert during["repaint_oldest_open_job_seconds"] >= 0
    assert after["repaint_jobs_ended_total[][delivered]"] == 1
    assert after["repaint_images_accepted_total"] == job.units
    assert after["repaint_images_delivered_total"] == job.units
    assert after["repaint_deliveries_total[posted]"] == 1
    assert after["repaint_provider_calls_total[POST]"] == 1
    assert after["repaint_provider_calls_total[GET]"] >= 1
    # The sandbox's clock also runs by itself, so slightly less than its 12 s may be measured.
    assert 6 < after[f"repaint_task_seconds_sum[{job.request.options.model}]"] < 60
    assert after["repaint_job_seconds_count"] == 1
    assert after["repaint_job_wait_seconds_count"] == 1
    assert after["repaint_jobs[queued]"] == 0
    assert after["repaint_units_in_flight"] == 0
    assert after["repaint_units_limit"] == 9
    assert after["repaint_gateway_connected"] == 1
    assert after["repaint_database_readable"] == 1
    assert not [name for name in after if name.startswith("repaint_background_errors_total")]
    assert after["repaint_disk_free_bytes[database]"] > 0


async def test_metrics_show_each_held_shard(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        assert not [name for name in await port.figures() if "shard" in name]
        port.shards |= {0: 0.04, 3: None}
        held = await port.figures()
        del port.shards[3]
        fewer = await port.figures()

    assert (held["repaint_shard_connected[0]"], held["repaint_shard_connected[3]"]) == (1, 0)
    assert held["repaint_shard_latency_seconds[0]"] == 0.04
    assert "repaint_shard_latency_seconds[3]" not in held
    assert [name for name in fewer if "shard_connected" in name] == ["repaint_shard_connected[0]"]


async def test_metrics_show_running_jobs(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        job = await port.here.ask()
        await port.here.until_state(job, State.RUNNING)

        figures = await port.figures()

    assert figures["repaint_jobs[running]"] == 1
    assert figures["repaint_units_in_flight"] == job.units


async def test_metrics_count_refusals_by_code(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        port.here.kling.plan.add(
            Rule(
                action="status",
                method="POST",
                status=400,
                body={"code": 1301, "message": "risk control", "request_id": "r"},
            )
        )
        await port.ended(await port.here.ask(), State.REFUSED)
        figures = await port.figures()

    assert figures["repaint_provider_errors_total[1301]"] == 1
    assert figures["repaint_jobs_ended_total[refused_content][refused]"] == 1


def cancelling_of(here: EngineHarness) -> Cancelling:
    return Cancelling(
        store=here.store,
        archive=JobAccess(store=here.store, storage=here.parts.storage),
        clock=here.clock,
        wake=here.engine.wake,
        meter=here.parts.meter,
    )


async def test_metrics_count_cancelled_jobs(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        here = port.here
        _, waiting = await here.ask(), await here.ask()
        viewer = Viewer(user_id=waiting.request.user_id, guild_id=waiting.place.guild_id)

        assert (await cancelling_of(here).cancel(waiting.id, viewer)).verdict == "cancelled"
        figures = await port.figures()

    assert figures["repaint_jobs_ended_total[cancelled][cancelled]"] == 1


async def test_metrics_count_failed_deliveries_by_error(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        port.here.channel.errors += [DiscordUnreachable("down"), ChannelGone("gone")]
        job = await port.here.ask()
        await port.ended(job, State.UNDELIVERED)
        figures = await port.figures()

    assert figures["repaint_deliveries_total[discord_unreachable]"] == 1
    assert figures["repaint_deliveries_total[channel_gone]"] == 1
    assert figures["repaint_jobs_ended_total[][undelivered]"] == 1
    assert "repaint_deliveries_total[posted]" not in figures


async def test_metrics_count_used_up_quotas_by_scope(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        acceptance = port.here.acceptance
        limits = replace(
            acceptance.allowance.limits, user_daily=1, user_queued=9, user_cooldown_s=0
        )
        acceptance.allowance = replace(acceptance.allowance, limits=limits)
        await port.here.ask(a_request())
        with pytest.raises(QuotaExceeded):
            await port.here.ask(a_request())
        figures = await port.figures()

    assert figures["repaint_requests_refused_total[quota_exceeded_member]"] == 1
    assert figures["repaint_requests_accepted_total"] == 1


async def test_pauses_show(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        before = await port.figures()
        store, now = port.here.store, port.here.clock.now()
        await store.providers.pause(key="balance", now=now)
        during = await port.figures()

    assert (before["repaint_provider_paused"], during["repaint_provider_paused"]) == (0, 1)
    assert during["repaint_bot_paused"] == 0


async def test_metrics_answer_without_the_database(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        thread = thread_of(port.here.store.jobs)
        await port.here.engine.drain(0)
        await thread.run(lambda: thread.db.execute("ALTER TABLE job RENAME TO lost"))
        figures = await port.figures()

    assert figures["repaint_database_readable"] == 0


def test_metrics_labels_exclude_unknown_codes() -> None:
    meter = PrometheusMetrics()
    for code in ("evil-1", "evil-2"):
        meter.asked("POST", KlingRefused("no", code=code, http_status=418))
    meter.asked("GET", KlingRefused("no"))
    samples = {
        sample.labels["code"]: sample.value
        for family in meter.registry.collect()
        for sample in family.samples
        if sample.name == "repaint_provider_errors_total"
    }

    assert samples == {"http_418": 2, "no_answer": 1}


async def test_metrics_show_event_loop_lag() -> None:
    meter, clock = PrometheusMetrics(), HandClock()
    at = iter([0.0, EVERY_S + 0.3, 10.0, 10.0 + EVERY_S])
    watching = asyncio.create_task(watch(meter, clock=clock, now=lambda: next(at)))
    await asyncio.sleep(0)
    clock.move_to(clock.now() + EVERY_S)
    for _ in range(5):
        await asyncio.sleep(0)
    watching.cancel()
    lag = {
        sample.name: sample.value
        for family in meter.registry.collect()
        for sample in family.samples
        if "loop_lag" in sample.name and "bucket" not in sample.name
    }

    assert lag["repaint_loop_lag_seconds_count"] == 1
    assert lag["repaint_loop_lag_seconds_sum"] == pytest.approx(0.3)


async def test_metrics_are_those_of_the_documents(tmp_path: Path) -> None:
    explained = set(NAMES.findall((ROOT / "docs" / "operating.md").read_text("utf-8")))
    async with watched(tmp_path) as port:
        families = text_string_to_metric_families(await port.text())
        shown = {
            family.name + "_total" * (family.type == "counter"): family
            for family in families
            if family.name.startswith("repaint_")
        }

    assert set(shown) == explained
    for name, family in shown.items():
        labels = {label for sample in family.samples for label in sample.labels}
        assert not [label for label in labels if PERSONAL.search(label)], name


@pytest.mark.proof
def test_metrics_library_is_loaded_with_a_port_only() -> None:
    program = (
        "import sys, bot; from services.settings import load\n"
        "from services.web import make_metrics\n"
        "make_metrics(load({}, env_file=None)); print('prometheus_client' in sys.modules)\n"
        "make_metrics(load({'HTTP_PORT': '1'}, env_file=None));"
        " print('prometheus_client' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "True"]


def test_make_metrics_with_a_port_counts() -> None:
    assert isinstance(make_metrics(load({"HTTP_PORT": "8080"}, env_file=None)), PrometheusMetrics)
