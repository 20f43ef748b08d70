"""From the settings to an open port."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from services.clock import Clock
from services.settings import Settings
from services.store import Store
from services.web.callbacks import CallbackAddresses, Callbacks
from services.web.health import Health
from services.web.server import open_door
from services.web.signatures import Signatures


async def addresses_of(settings: Settings, store: Store) -> CallbackAddresses | None:
    """Return where Kling may call back; None without a PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return await CallbackAddresses.load(settings.public_url, notes=store.notes)


def door_of(
    settings: Settings,
    addresses: CallbackAddresses | None,
    *,
    store: Store,
    is_connected: Callable[[], bool],
    wake: Callable[[], None],
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
    return open_door(
        host=settings.http_host,
        port=settings.http_port,
        health=Health(store, is_connected=is_connected, clock=clock),
        callbacks=callbacks,
    )
