"""Builds the HTTP server from the settings; without a port, its libraries are not loaded."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from services.common.clock import Clock
from services.common.metrics import NO_METRICS, Metrics
from services.db import Store
from services.settings import Settings
from services.web.callback_urls import CallbackAddresses


async def load_addresses(settings: Settings, store: Store) -> CallbackAddresses | None:
    """Return the CallbackAddresses; None without a PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return await CallbackAddresses.load(settings.public_url, notes=store.notes)


def make_metrics(settings: Settings) -> Metrics:
    """Return the metrics; without a port they count nothing, and no library is loaded."""
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
    """Return the HTTP server as a context manager; it does nothing without an HTTP_PORT."""
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
