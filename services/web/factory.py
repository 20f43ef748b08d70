"""From the settings to an open port; where there is none, no library for one is loaded."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.db import Store
from services.settings.loading import Settings
from services.web.callback_urls import CallbackAddresses


async def addresses_of(settings: Settings, store: Store) -> CallbackAddresses | None:
    """Return where Kling may call back; None without a PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return await CallbackAddresses.load(settings.public_url, notes=store.notes)


def meter_of(settings: Settings) -> Metrics:
    """Return who counts for /metrics; without a port nothing is counted, nor a library loaded."""
    if not settings.http_port:
        return NO_METRICS
    from services.web.metrics import PrometheusMetrics

    return PrometheusMetrics()


def make_http_server(
    settings: Settings,
    addresses: CallbackAddresses | None,
    *,
    store: Store,
    is_connected: Callable[[], bool],
    is_writable: Callable[[], bool],
    latencies: Callable[[], Mapping[int, float | None]],
    wake: Callable[[], None],
    meter: Metrics,
    clock: Clock,
) -> AbstractAsyncContextManager[object]:
    """Return the HTTP port, to be entered; nothing without an HTTP_PORT."""
    if not settings.http_port:
        return nullcontext()
    from services.web.server import watched_http_server

    return watched_http_server(
        settings,
        addresses,
        store=store,
        is_connected=is_connected,
        is_writable=is_writable,
        latencies=latencies,
        wake=wake,
        meter=meter,
        clock=clock,
    )
