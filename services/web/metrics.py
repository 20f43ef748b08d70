"""/metrics in Prometheus' text format; docs/operating.md explains each metric.

Counters and histograms grow with events; current values (queue, units, disk) are read on request.
The registry is our own, so that no library adds metrics to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from services.common.clock import Clock
from services.common.metrics import Metrics
from services.db import Store
from services.engine import make_error_key
from services.errors import (
    DeliveryFailed,
    KlingError,
    LimitReached,
    QuotaExceeded,
    StoreUnavailable,
)
from services.kling import RULES
from services.models import Job, State
from services.monitoring import measure_free_space
from services.web.health import Latencies

TASK_S = (2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)
"""Limits of the histogram's buckets in seconds; a task usually takes 10 to 60."""

WAIT_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
LAG_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10)
"""Limits of the histogram's buckets in seconds; Discord's first response is due after 3 s."""

FLEET_WIDE = (
    "repaint_jobs",
    "repaint_units_in_flight",
    "repaint_units_limit",
    "repaint_oldest_open_job_seconds",
    "repaint_provider_paused",
    "repaint_bot_paused",
)
"""Gauges that every process of a fleet reads from the same database.

For the fleet, take the maximum over its processes; the sum has no meaning. All other gauges belong
to one process. Counters and histograms can be added up.
"""

_OPEN = (State.QUEUED, State.SUBMITTING, State.RUNNING, State.READY)


class PrometheusMetrics(Metrics):
    """All counters and histograms, in a registry of their own."""

    def __init__(self) -> None:
        """Start all at zero; Prometheus recognizes the restart."""
        disable_created_metrics()  # one more series for each, which is not needed
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            """Create one of our counters."""
            return Counter(f"repaint_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, steps: tuple[float, ...], *labels: str) -> Histogram:
            """Create one of our histograms, with buckets in seconds."""
            return Histogram(f"repaint_{name}", text, labels, registry=registry, buckets=steps)

        self._accepted = counter("requests_accepted", "Accepted requests")
        self._units = counter("images_accepted", "Images that accepted requests asked for")
        self._refused = counter("requests_refused", "Requests that a limit refused", "limit")
        self._ended = counter(
            "jobs_ended", "Jobs that ended, by state and reason", "state", "reason"
        )
        self._painted = counter("images_delivered", "Images posted in their channel")
        self._deliveries = counter("deliveries", "Attempts to post, by result", "result")
        self._calls = counter("provider_calls", "Calls to the provider", "method")
        self._errors = counter("provider_errors", "Failed calls to the provider, by code", "code")
        self._wait = histogram("job_wait_seconds", "From acceptance to submission", WAIT_S)
        self._task = histogram(
            "task_seconds", "From submission to the generated images", TASK_S, "model"
        )
        self._whole = histogram("job_seconds", "From acceptance to delivery", WAIT_S)
        self._background = counter(
            "background_errors", "Errors of background tasks and event listeners", "name"
        )
        self._lag = histogram("loop_lag_seconds", "Delay of the event loop", LAG_S)

    def accepted(self, job: Job) -> None:
        """Count a request that became a job."""
        self._accepted.inc()
        self._units.inc(job.units)

    def refused(self, limit: LimitReached) -> None:
        """Count a request that a limit refused."""
        side = f"_{limit.side}" if isinstance(limit, QuotaExceeded) else ""
        self._refused.labels(f"{make_error_key(limit)}{side}").inc()

    def ended(self, state: State, *, reason: str) -> None:
        """Count a job that ended without images."""
        self._ended.labels(state, reason).inc()

    def delivered(self, job: Job, *, now: float) -> None:
        """Count posted images, and how long the job took."""
        self._ended.labels(State.DELIVERED, "").inc()
        self._painted.inc(job.units - job.refunded_units)
        self._whole.observe(max(now - job.created_at, 0))
        if job.claimed_at is not None:
            self._wait.observe(max(job.claimed_at - job.created_at, 0))
        if job.submitted_at is not None and job.ready_at is not None:
            took = max(job.ready_at - job.submitted_at, 0)
            self._task.labels(job.request.options.model).observe(took)

    def delivery_tried(self, failure: DeliveryFailed | None = None) -> None:
        """Count an attempt to post an outcome, and its result."""
        self._deliveries.labels("posted" if failure is None else make_error_key(failure)).inc()

    def asked(self, method: str, failure: KlingError | None = None) -> None:
        """Count a call to the provider, and its error."""
        self._calls.labels(method).inc()
        if failure is not None:
            self._errors.labels(_code(failure)).inc()

    def background_failed(self, name: str) -> None:
        """Count an error of a background task or an event listener."""
        self._background.labels(name).inc()

    def loop_was_late(self, seconds: float) -> None:
        """Record by how much the event loop woke a sleeper too late."""
        self._lag.observe(seconds)


class MetricsPage:
    """Reads the current values and serves all metrics."""

    def __init__(
        self,
        metrics: PrometheusMetrics,
        *,
        store: Store,
        is_connected: Callable[[], bool],
        latencies: Latencies = dict,
        concurrency: int,
        disks: Mapping[str, Path],
        clock: Clock,
    ) -> None:
        """`disks`: a path on each disk whose free space is measured, by the disk's label."""
        self._metrics, self._store, self._is_connected = metrics, store, is_connected
        self._latencies = latencies
        self._disks, self._clock = disks, clock

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            """Create one of our gauges."""
            return Gauge(f"repaint_{name}", text, labels, registry=metrics.registry)

        self._jobs = gauge("jobs", "Unfinished jobs, by state", "state")
        self._in_flight = gauge("units_in_flight", "Images being generated at the provider")
        gauge("units_limit", "Images that may be in flight (KLING_CONCURRENCY)").set(concurrency)
        self._oldest = gauge(
            "oldest_open_job_seconds", "Age of the oldest open job; 0 if there is none"
        )
        self._polled = gauge("last_poll_seconds", "Time since the engine last queried due work")
        self._gateway = gauge("gateway_connected", "1 while connected to Discord")
        self._shard = gauge("shard_connected", "1 while this shard is connected", "shard")
        self._latency = gauge(
            "shard_latency_seconds", "Time until Discord acknowledged the last heartbeat", "shard"
        )
        self._database = gauge("database_readable", "1 while the database answers")
        self._paused = gauge("provider_paused", "1 while the provider refuses the account")
        self._stopped = gauge("bot_paused", "1 while the operators have paused the bot")
        self._free = gauge("disk_free_bytes", "Free space on the disk of a file or folder", "of")

    async def handle(self, _request: web.Request) -> web.Response:
        """Answer GET /metrics."""
        await self._read()
        return web.Response(
            body=generate_latest(self._metrics.registry),
            headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
        )

    async def _read(self) -> None:
        self._gateway.set(self._is_connected())
        self._read_shards()
        for name, path in self._disks.items():
            self._free.labels(name).set((await asyncio.to_thread(measure_free_space, path)).free)
        try:
            await self._read_store()
        except StoreUnavailable:
            self._database.set(0)
        else:
            self._database.set(1)

    def _read_shards(self) -> None:
        """Set the gauges of the shards that this process holds; drop those of other shards."""
        self._shard.clear()
        self._latency.clear()
        for number, latency_s in self._latencies().items():
            self._shard.labels(number).set(latency_s is not None)
            if latency_s is not None:
                self._latency.labels(number).set(latency_s)

    async def _read_store(self) -> None:
        store, now = self._store, self._clock.now()
        workload = await store.statistics.workload()
        for state in _OPEN:
            self._jobs.labels(state).set(workload.jobs.get(state, 0))
        self._in_flight.set(workload.units_in_flight)
        self._oldest.set(0 if workload.since is None else max(now - workload.since, 0))
        taken_at = store.jobs.taken_at
        self._polled.set(float("nan") if taken_at is None else max(now - taken_at, 0))
        self._paused.set((await store.providers.state()).paused_at is not None)
        self._stopped.set(await store.community.bot_paused() is not None)


def _code(error: KlingError) -> str:
    """Return the label of an error: a known code, else the HTTP status.

    A provider could invent any number of codes, so unknown ones are no labels.
    """
    if error.code in RULES:
        return str(error.code)
    return f"http_{error.http_status}" if error.http_status else "no_answer"
