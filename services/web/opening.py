"""From the settings to an open port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from services.clock import Clock
from services.meter import COUNTS_NOTHING, Meter
from services.settings import Settings
from services.store import Store
from services.web.callbacks import CallbackAddresses, Callbacks
from services.web.health import Health
from services.web.loop_watch import watched_loop
from services.web.server import Page, open_door
from services.web.signatures import Signatures


async def addresses_of(settings: Settings, store: Store) -> CallbackAddresses | None:
    """Return where Kling may call back; None without a PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return await CallbackAddresses.load(settings.public_url, notes=store.notes)


def meter_of(settings: Settings) -> Meter:
    """Return who counts for /metrics; without a port nothing is counted, nor a library loaded."""
    if not settings.http_port:
        return COUNTS_NOTHING
    from services.web.metrics import Metrics  # noqa: PLC0415 -- see above

    return Metrics()


def door_of(
    settings: Settings,
    addresses: CallbackAddresses | None,
    *,
    store: Store,
    is_connected: Callable[[], bool],
    wake: Callable[[], None],
    meter: Meter,
    clock: Clock,
) -> AbstractAsyncContextManager[object]:
    """Return the HTTP port, to be entered; nothing without an HTTP_PORT."""
    if not settings.http_port:
        return nullcontext()
    secret = settings.kling_webhook_secret
    signatures = Signatures(secret.reveal(), clock=clock) if secret else None
    callbacks = addresses and Callbacks(
        addresses, jobs=store.jobs, wake=wake, clock=clock, signatures=signatures
    )
    door = open_door(
        host=settings.http_host,
        port=settings.http_port,
        health=Health(store, is_connected=is_connected, clock=clock),
        callbacks=callbacks,
        metrics=_metrics_page(settings, meter, store, is_connected, clock),
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
    clock: Clock,
) -> Page | None:
    from services.web.metrics import Metrics, MetricsPage  # noqa: PLC0415 -- as in meter_of

    if not isinstance(meter, Metrics):
        return None
    page = MetricsPage(
        meter,
        store=store,
        is_connected=is_connected,
        concurrency=settings.kling_concurrency,
        disks={"database": settings.database_path, "pictures": settings.pictures_path},
        clock=clock,
    )
    return page.show
