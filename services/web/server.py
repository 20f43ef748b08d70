"""The HTTP server: few paths, small bodies, no information about the software."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.common.clock import Clock
from services.common.metrics import Metrics
from services.common.supervisor import Supervisor
from services.db import Store
from services.errors import ConfigError
from services.settings import Settings
from services.web.callback_urls import CallbackAddresses
from services.web.callbacks import Callbacks, Signatures
from services.web.connections import Make, OpenConnections
from services.web.health import Health, Latencies
from services.web.metrics import MetricsPage, PrometheusMetrics

# The lag of the event loop: a blocked loop answers nobody in time.

EVERY_S = 1.0


@asynccontextmanager
async def watched_loop(meter: Metrics, *, clock: Clock) -> AsyncGenerator[None]:
    """Measure the event loop's lag once a second during the block, by a monotonic clock."""
    now = asyncio.get_running_loop().time
    work = partial(watch, meter, clock=clock, now=now)
    supervisor = Supervisor(clock=clock, meter=meter)
    watching = asyncio.create_task(supervisor.run("loop_watch", work), name="loop watch")
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def watch(meter: Metrics, *, clock: Clock, now: Callable[[], float]) -> None:
    """Sleep repeatedly and record the delay; `now` returns seconds from any origin."""
    while True:
        due = now() + EVERY_S
        await clock.sleep(EVERY_S)
        meter.loop_was_late(max(now() - due, 0.0))


Page = Callable[[web.Request], Awaitable[web.Response]]

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Maximum bytes of a request body; a callback about nine images has about 4,000."""

_PATIENCE_S = 1.0
"""Seconds for which the server waits for running requests when it stops."""

_KEEP_ALIVE_S = 30.0
_SERVE_S = 30.0
"""Time limit of a request in seconds: if the database does not answer by then, the response is
503."""


@asynccontextmanager
async def open_http_server(
    *,
    host: str,
    port: int,
    health: Health,
    callbacks: Callbacks | None = None,
    metrics: Page | None = None,
    connections: OpenConnections | None = None,
) -> AsyncGenerator[str]:
    """Serve during the block and yield the URL; raises ConfigError if the port cannot be opened.

    Port 0 selects a free port.
    """
    connections = OpenConnections() if connections is None else connections
    runner = web.AppRunner(
        _application(health, callbacks, metrics, connections),
        access_log=None,  # it would log the tokens in the URLs
        shutdown_timeout=_PATIENCE_S,
        keepalive_timeout=_KEEP_ALIVE_S,
    )
    await runner.setup()
    try:
        async with _listening(runner, connections, host, port) as bound:
            log.info("listening on %s port %d", host, bound)
            yield f"http://{f'[{host}]' if ':' in host else host}:{bound}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _listening(
    runner: web.AppRunner, connections: OpenConnections, host: str, port: int
) -> AsyncGenerator[int]:
    """Accept connections during the block; yield the port."""
    assert runner.server is not None
    make = cast("Make", runner.server)
    try:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(connections.watched(make), host, port)
    except OSError as error:
        words = f"HTTP_PORT: {port} cannot be opened on {host}: {error.strerror or error}"
        raise ConfigError([words]) from error
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def _application(
    health: Health,
    callbacks: Callbacks | None,
    metrics: Page | None,
    connections: OpenConnections,
) -> web.Application:
    middlewares = [_plainly, _in_time(connections)]
    application = web.Application(middlewares=middlewares, client_max_size=MAX_BODY)
    application.on_response_prepare.append(_without_banner)
    application.router.add_get("/healthz", health.handle)
    if metrics is not None:
        application.router.add_get("/metrics", metrics)
    if callbacks is not None:
        for path in callbacks.addresses.paths:
            application.router.add_post(f"{path}/{{job_id}}/{{token}}", callbacks.handle)
    return application


@web.middleware
async def _plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors with their HTTP status only, without a text."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return web.Response(status=refusal.status)


def _in_time(connections: OpenConnections) -> Middleware:
    """Limit the time of each request, and suspend its connection's idle limit meanwhile."""

    @web.middleware
    async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve the request; answer 503 if it takes too long."""
        try:
            with connections.at_work(request.transport):
                async with asyncio.timeout(_SERVE_S):
                    return await handler(request)
        except TimeoutError:
            raise web.HTTPServiceUnavailable from None

    return serve


async def _without_banner(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.pop("Server", None)


# The HTTP server with all its pages, and the lag measurement while it is open.


def watched_http_server(
    settings: Settings,
    addresses: CallbackAddresses | None,
    *,
    store: Store,
    is_connected: Callable[[], bool],
    is_writable: Callable[[], bool],
    latencies: Latencies,
    wake: Callable[[], None],
    meter: Metrics,
    clock: Clock,
) -> AbstractAsyncContextManager[str]:
    """Return the HTTP server as a context manager."""
    secret = settings.kling_webhook_secret
    signatures = Signatures(secret.reveal(), clock=clock) if secret else None
    callbacks = addresses and Callbacks(
        addresses, jobs=store.jobs, wake=wake, clock=clock, signatures=signatures
    )
    server = open_http_server(
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
    return _watched(server, meter, clock)


@asynccontextmanager
async def _watched(
    server: AbstractAsyncContextManager[str], meter: Metrics, clock: Clock
) -> AsyncGenerator[str]:
    async with watched_loop(meter, clock=clock), server as address:
        yield address


def _metrics_page(
    settings: Settings,
    meter: Metrics,
    store: Store,
    is_connected: Callable[[], bool],
    latencies: Latencies,
    clock: Clock,
) -> Page | None:
    if not isinstance(meter, PrometheusMetrics):
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
    return page.handle
