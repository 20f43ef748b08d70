"""Builds and runs the sandbox Kling's web application."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import Clock
from sandbox.fault_routes import control_routes
from sandbox.faults import Plan
from sandbox.kling.api import Api
from sandbox.kling.options import Options
from sandbox.kling.task_lifecycle import Fate
from sandbox.kling.tasks import Book
from sandbox.listener import Listener

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes: an image of 10 MB is 13.3 MB of base64, and some endpoints accept several."""
PATIENCE_SECONDS = 0.2
"""Seconds that requests in progress may still run when the server stops."""

API = web.AppKey("API", Api)
PLAN = web.AppKey("PLAN", Plan)


def create_app(options: Options, *, clock: Clock | None = None) -> web.Application:
    """Return the application; a `clock` may be shared with other servers of the sandbox."""
    clock = clock or Clock()
    plan = Plan(clock=clock)
    api = Api(options, clock=clock)
    app = web.Application(middlewares=[plan.middleware(), api.worded], client_max_size=LARGEST_BODY)
    app[API], app[PLAN] = api, plan

    async def opened(_: web.Application) -> AsyncGenerator[None]:
        """Keep the API open while the application serves."""
        async with api.opened():
            yield

    app.cleanup_ctx.append(opened)
    app.add_routes([*control_routes(plan), *api.routes()])
    return app


@dataclass(frozen=True, slots=True)
class Served:
    """A running sandbox Kling: its URL, and its objects for tests in the same process."""

    url: str
    clock: Clock
    plan: Plan
    api: Api

    @property
    def book(self) -> Book:
        """Return the account's tasks."""
        return self.api.book

    def fails(self, reason: str, *, times: int = 1) -> None:
        """Make the next `times` tasks fail with this reason."""
        self.api.life.ordain(Fate(reason=reason, times=times))


@asynccontextmanager
async def serve(
    options: Options | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Clock | None = None,
) -> AsyncGenerator[Served]:
    """Serve on `host` and `port` (0: a free port) until the block ends."""
    app = create_app(options or Options(), clock=clock)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PATIENCE_SECONDS)
    await runner.setup()
    plan = app[PLAN]
    plan.listener = Listener(runner, host=host, port=port, clock=plan.clock)
    try:
        await plan.listener.open()
        yield Served(f"http://{host}:{plan.listener.port}", plan.clock, plan, app[API])
    finally:
        await plan.listener.close()
        await runner.cleanup()
