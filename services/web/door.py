"""The HTTP port with everything behind it, and a watch on the loop while it is open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from services.clock import Clock
from services.meter import Meter
from services.settings import Settings
from services.store import Store
from services.web.addresses import CallbackAddresses
from services.web.callbacks import Callbacks
from services.web.health import Health, Latencies
from services.web.loop_watch import watched_loop
from services.web.metrics import Metrics, MetricsPage
from services.web.server import Page, open_door
from services.web.signatures import Signatures


def watched_door(
    settings: Settings,
    addresses: CallbackAddresses | None,
    *,
    store: Store,
    is_connected: Callable[[], bool],
    is_writable: Callable[[], bool],
    latencies: Latencies,
    wake: Callable[[], None],
    meter: Meter,
    clock: Clock,
) -> AbstractAsyncContextManager[str]:
    """Return the port, to be entered."""
    secret = settings.kling_webhook_secret
    signatures = Signatures(secret.reveal(), clock=clock) if secret else None
    callbacks = addresses and Callbacks(
        addresses, jobs=store.jobs, wake=wake, clock=clock, signatures=signatures
    )
    door = open_door(
        host=settings.http_host,
        port=settings.http_port,
        health=Health(
            store,
            is_connected=is_connected,
            is_writable=is_writable,
            latencies=latencies,
            clock=clock,
        ),
        callbacks=callbacks,
        metrics=_metrics_page(settings, meter, store, is_connected, latencies, clock),
    )
    return _watched(door, meter, clock)


@asynccontextmanager
async def _watched(
    door: AbstractAsyncContextManager[str], meter: Meter, clock: Clock
) -> AsyncGenerator[str]:
    async with watched_loop(meter, clock=clock), door as address:
        yield address


def _metrics_page(
    settings: Settings,
    meter: Meter,
    store: Store,
    is_connected: Callable[[], bool],
    latencies: Latencies,
    clock: Clock,
) -> Page | None:
    if not isinstance(meter, Metrics):
        return None
    page = MetricsPage(
        meter,
        store=store,
        is_connected=is_connected,
        latencies=latencies,
        concurrency=settings.kling_concurrency,
        disks=settings.disks,
        clock=clock,
    )
    return page.show
