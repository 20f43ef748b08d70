"""The sandbox Discord as an aiohttp application, and as an in-process server for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord import control, gateway
from sandbox.discord.core import cdn
from sandbox.discord.core.options import APPLICATION_ID, Options
from sandbox.discord.core.request_body import ENVELOPE_BYTES, REQUEST_BYTES
from sandbox.discord.rest import application, guilds, interaction_callbacks, messages, webhooks
from sandbox.discord.rest.middleware import api_middleware
from sandbox.discord.state.server_state import PLACE, Place, open_place
from sandbox.discord.web import server
from sandbox.listener import Listener

GOING_AWAY = 1001
SHUTDOWN_S = 0.2


@dataclass(frozen=True, slots=True)
class Served:
    """A running sandbox Discord: its URL, and its state for tests."""

    url: str
    place: Place

    @property
    def addresses(self) -> dict[str, str]:
        """Return the addresses and the token that a bot and a browser need."""
        options = self.place.options
        return {
            "api": f"{self.url}/api/v10",
            "gateway": f"ws{self.url.removeprefix('http')}/gateway/",
            "page": f"{self.url}/",
            "token": options.token,
            "application_id": APPLICATION_ID,
        }


def create_app(options: Options, *, clock: Clock | None = None) -> web.Application:
    """Return a new sandbox Discord without any messages."""
    place = open_place(options, clock=clock or Clock())
    place.hub.on_change = lambda: server.announce_bot(place)
    app = web.Application(
        middlewares=[place.plan.middleware(), api_middleware],
        client_max_size=max(REQUEST_BYTES, options.file_limit) + ENVELOPE_BYTES,
    )
    app[PLACE] = place
    app.add_routes(
        [
            *application.ROUTES,
            *interaction_callbacks.ROUTES,
            *webhooks.ROUTES,
            *messages.ROUTES,
            *guilds.ROUTES,
            *control.routes(place),
            web.get("/gateway", gateway.connect),
            web.get("/gateway/", gateway.connect),
            web.get("/attachments/{channel}/{id}/{name}", _file),
            web.get("/ephemeral-attachments/{channel}/{id}/{name}", _file),
            web.get("/avatars/{id}/{name}", _avatar),
            web.get("/page/socket", server.socket),
            web.post("/page/uploads", server.upload),
            *server.static_routes(),
        ]
    )
    app.on_shutdown.append(_hang_up)
    return app


@asynccontextmanager
async def serve(
    options: Options | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Clock | None = None,
) -> AsyncGenerator[Served]:
    """Serve until the context ends; port 0 means a free port."""
    app = create_app(options or Options(), clock=clock)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    plan = app[PLACE].plan
    plan.listener = Listener(runner, host=host, port=port, clock=plan.clock)
    try:
        await plan.listener.open()
        yield Served(f"http://{host}:{plan.listener.port}", app[PLACE])
    finally:
        await plan.listener.close()
        await runner.cleanup()


async def _file(request: web.Request) -> web.StreamResponse:
    place = request.app[PLACE]
    return cdn.serve_file(request, cdn=place.cdn, attachments=place.world.attachments)


async def _avatar(request: web.Request) -> web.StreamResponse:
    place = request.app[PLACE]
    user = place.world.users.get(request.match_info["id"])
    return cdn.serve_avatar(request, cdn=place.cdn, user=user)


async def _hang_up(app: web.Application) -> None:
    """Close every connection and cancel every deadline task when the server shuts down."""
    place = app[PLACE]
    for line in list(place.hub.lines):
        line.close(GOING_AWAY)
    for seat in list(place.audience.seats):
        seat.outbox.put_nowait(None)
    for task in list(place.tasks):
        task.cancel()
