"""Additions to a simcord world: commands registered once, attachments over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import simcord
from aiohttp import web
from simcord.backend.cdn import CDN_BASE

from bot import BotApp
from cogs.client.tree import Tree
from tests.support.messages import Json

LOOK_S = 0.005

_known: dict[str, Json] = {}
"""What simcord has of a bot's commands, by their hash."""


async def register(env: simcord.Env, bot: BotApp) -> None:
    """Register the commands, but only once per process: registering takes longer than most tests.

    Later worlds find them registered, as every start of a bot does except its first.
    """
    tree, notes = bot.client.tree, bot.engine._parts.store.notes
    assert isinstance(tree, Tree)
    digest = tree._digest()
    if digest in _known:
        env.backend.commands[None] = {name: dict(each) for name, each in _known[digest].items()}
        await notes.put(f"commands:{bot.client.application_id}", digest)
        return
    await bot.client.register()
    _known[digest] = env.backend.commands[None]


def poll_often(env: simcord.Env) -> None:
    """Make a user's action return soon after the bot is done: simcord checks only every 50 ms."""
    env._settle_internal = partial(env._settle_internal, idle=LOOK_S)


def send_unquoted(env: simcord.Env) -> None:
    """Send paths as aiohttp does: it writes %40original as @original."""
    adapter = env._webhook_adapter
    request = adapter.request

    async def sending(route: Any, session: object, **sent: Any) -> Any:
        route.url = route.url.replace("%40", "@")
        return await request(route, session, **sent)

    adapter.request = sending


@asynccontextmanager
async def cdn(env: simcord.Env) -> AsyncGenerator[str]:
    """Serve simcord's attachments over real HTTP; yields the address that their paths follow."""

    async def give(request: web.Request) -> web.Response:
        body = env.backend.cdn.get(f"{CDN_BASE}{request.path}")
        return web.Response(status=404) if body is None else web.Response(body=body)

    app = web.Application()
    app.router.add_get("/{path:.*}", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
