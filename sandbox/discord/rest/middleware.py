"""Middleware of the REST API: request counts, bot token, rate limits, Discord's error bodies."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.discord.core.api_errors import Refusal, Unauthorized
from sandbox.discord.core.json_types import encode
from sandbox.discord.state.rate_limits import too_many
from sandbox.discord.state.server_state import PLACE, Place

log = logging.getLogger(__name__)
API = "/api/v10"
OPEN = (f"{API}/interactions/", f"{API}/webhooks/")
Route = Callable[[web.Request, Place], Awaitable[web.StreamResponse]]


def json_answer(value: object, *, status: int = 200) -> web.Response:
    """Return a JSON response; its content type has no charset, as discord.py requires."""
    headers = {"Content-Type": "application/json"}
    return web.Response(status=status, body=encode(value).encode(), headers=headers)


def nothing() -> web.Response:
    """Return a 204 response."""
    return web.Response(status=204)


def route(method: str, path: str, serve: Route) -> web.RouteDef:
    """Return a route of the API whose handler also receives the sandbox's state."""

    async def served(request: web.Request) -> web.StreamResponse:
        """Call the handler with the request and the sandbox's state."""
        return await serve(request, request.app[PLACE])

    return web.route(method, f"{API}{path}", served)


@web.middleware
async def api_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check a request of the API and refuse it if necessary; pass all other requests on."""
    place = request.app[PLACE]
    place.cdn.origin = place.cdn.origin or str(request.url.origin())
    if not request.path.startswith("/api/"):
        return await handler(request)
    resource = request.match_info.route.resource
    name = f"{request.method} {resource.canonical if resource else request.path}"
    place.ledger.requests[name] += 1
    response: web.StreamResponse
    try:
        response = await _admit(request, handler, place=place, name=name)
    except Refusal as refusal:
        place.ledger.refused(refusal, route=name, at=place.clock.now())
        log.info("refused %s: %d %s", name, refusal.code, refusal.message)
        response = json_answer(refusal.body(), status=refusal.status)
    place.recorder.note(request, route=name, status=response.status)
    return response


async def _admit(
    request: web.Request, handler: Handler, *, place: Place, name: str
) -> web.StreamResponse:
    if not request.path.startswith(OPEN):
        _check_token(request, place)
        if not place.limits.takes_global():
            return too_many({}, is_global=True)
    headers, passes = place.limits.take(request, route=name)
    if not passes:
        return too_many(headers, is_global=False)
    try:
        response = await handler(request)
    except web.HTTPException as problem:
        _as_refusal(problem)
    response.headers.update(headers)
    return response


def _as_refusal(problem: web.HTTPException) -> NoReturn:
    refusal = Refusal(0, message=f"{problem.status}: {problem.reason}")
    refusal.status = problem.status
    raise refusal from problem


def _check_token(request: web.Request, place: Place) -> None:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bot {place.options.token}".encode()):
        raise Unauthorized
