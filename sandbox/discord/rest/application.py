"""Routes of the application: login, gateway URL, commands."""

from __future__ import annotations

import json
from typing import cast

from aiohttp import web

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.payloads import user_payload
from sandbox.discord.core.recorder import keep
from sandbox.discord.rest.middleware import json_answer, nothing, route
from sandbox.discord.state.server_state import Place

IDENTIFIES = 1000
COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"


async def me(_: web.Request, place: Place) -> web.Response:
    """Serve GET /users/@me."""
    account = {"verified": True, "mfa_enabled": True, "locale": "en-US"}
    return json_answer(user_payload(place.world.bot) | account)


async def application(_: web.Request, place: Place) -> web.Response:
    """Serve GET /oauth2/applications/@me."""
    bot, owner = user_payload(place.world.bot), user_payload(place.world.owner)
    about: Json = {
        "id": APPLICATION_ID,
        "name": "Repaint",
        "description": "Repaints pictures",
        "icon": None,
        "summary": "",
        "type": None,
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": owner,
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "hook": True,
        "approximate_guild_count": len(place.world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "explicit_content_filter": 0,
        "integration_types_config": {"0": {}, "1": {}},
    }
    return json_answer(about)


async def gateway(request: web.Request, _: Place) -> web.Response:
    """Serve GET /gateway."""
    return json_answer({"url": f"ws://{request.host}/gateway/"})


async def gateway_bot(request: web.Request, place: Place) -> web.Response:
    """Serve GET /gateway/bot: the number of shards and the IDENTIFYs left today."""
    left = max(0, IDENTIFIES - place.hub.identified)
    limit = {"total": IDENTIFIES, "remaining": left, "reset_after": 86_400_000}
    return json_answer(
        {
            "url": f"ws://{request.host}/gateway/",
            "shards": place.options.shards,
            "session_start_limit": limit | {"max_concurrency": place.options.identifies_at_once},
        }
    )


async def list_commands(request: web.Request, place: Place) -> web.Response:
    """Serve GET: the commands of a scope."""
    commands = place.registry.scope(_scope(request, place))
    return json_answer(list(commands.values()))


async def get_command(request: web.Request, place: Place) -> web.Response:
    """Serve GET: one command."""
    scope = _scope(request, place)
    return json_answer(place.registry.find(request.match_info["command"], guild_id=scope))


async def put_commands(request: web.Request, place: Place) -> web.Response:
    """Serve PUT: replace all commands of a scope."""
    bodies = await _json(request)
    if not isinstance(bodies, list):
        raise Refusal(50109)
    commands = place.registry.replace(cast("list[object]", bodies), guild_id=_scope(request, place))
    announce_commands(place)
    return json_answer(commands)


async def post_command(request: web.Request, place: Place) -> web.Response:
    """Serve POST: create a command (201), or replace the one of the same name (200)."""
    command, is_new = place.registry.add(await _one(request), guild_id=_scope(request, place))
    announce_commands(place)
    return json_answer(command, status=201 if is_new else 200)


async def patch_command(request: web.Request, place: Place) -> web.Response:
    """Serve PATCH: change one command."""
    scope = _scope(request, place)
    old = place.registry.find(request.match_info["command"], guild_id=scope)
    owned = ("id", "application_id", "version", "guild_id")
    body = {key: value for key, value in old.items() if key not in owned}
    changed = body | await _one(request)
    place.registry.remove(old["id"], guild_id=scope)
    command, _ = place.registry.add(changed, guild_id=scope)
    place.registry.scope(scope).pop(command["id"])
    command["id"] = old["id"]
    place.registry.scope(scope)[old["id"]] = command
    announce_commands(place)
    return json_answer(command)


async def delete_command(request: web.Request, place: Place) -> web.Response:
    """Serve DELETE: remove one command."""
    place.registry.remove(request.match_info["command"], guild_id=_scope(request, place))
    announce_commands(place)
    return nothing()


def announce_commands(place: Place) -> None:
    """Send the current commands to all open pages."""
    visible = place.registry.visible(place.world.studio.id)
    place.audience.send_all({"type": "commands", "commands": visible})


def _scope(request: web.Request, place: Place) -> str | None:
    """Return the route's guild id, None for global; raises Refusal for another application."""
    if request.match_info["application"] != APPLICATION_ID:
        raise Refusal(10002)
    guild_id = request.match_info.get("guild")
    if guild_id is not None and guild_id not in place.world.guilds:
        raise Refusal(50001)
    return guild_id


async def _json(request: web.Request) -> object:
    try:
        value: object = json.loads(await request.read())
    except ValueError as problem:
        raise Refusal(50109) from problem
    keep(request, value)
    return value


async def _one(request: web.Request) -> Json:
    body = await _json(request)
    if not isinstance(body, dict):
        raise Refusal(50109)
    return cast("Json", body)


LOGIN = [
    route("GET", "/users/@me", me),
    route("GET", "/oauth2/applications/@me", application),
    route("GET", "/gateway", gateway),
    route("GET", "/gateway/bot", gateway_bot),
]


def _command_routes(path: str) -> list[web.RouteDef]:
    return [
        route("GET", path, list_commands),
        route("PUT", path, put_commands),
        route("POST", path, post_command),
        route("GET", path + "/{command}", get_command),
        route("PATCH", path + "/{command}", patch_command),
        route("DELETE", path + "/{command}", delete_command),
    ]


ROUTES = [*LOGIN, *_command_routes(COMMANDS), *_command_routes(GUILD_COMMANDS)]
