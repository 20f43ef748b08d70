"""Control routes of `sandbox/faults.py`: order faults and move the clock over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.faults import Plan, Rule
from sandbox.random_faults import RandomFaults


def loopback_only(handler: Handler) -> Handler:
    """Return a handler that answers 403 to callers on other computers."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        """Raise 403 for a caller on another computer, otherwise call `handler`."""
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 - refused
            raise web.HTTPForbidden(text="control is for this computer only")
        return await handler(request)

    return guarded


def control_routes(plan: Plan) -> list[web.RouteDef]:
    """Return the routes that order faults and move the clock of `plan`."""
    control = _Control(plan)
    return [
        web.post("/sandbox/faults", loopback_only(control.add)),
        web.get("/sandbox/faults", loopback_only(control.show)),
        web.delete("/sandbox/faults", loopback_only(control.clear)),
        web.post("/sandbox/clock", loopback_only(control.advance)),
    ]


class _Control:
    """Handlers of the control routes of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    async def add(self, request: web.Request) -> web.Response:
        """Add a fault or random faults from the JSON body."""
        plan = self._plan
        try:
            order = await request.json()
            if "seed" in order:
                plan.storms.append(RandomFaults.from_json(order))
            else:
                plan.add(Rule.from_json(order))
        except (TypeError, ValueError) as problem:
            raise web.HTTPBadRequest(text=str(problem)) from problem
        counts = {"rules": len(plan.rules), "storms": len(plan.storms)}
        return web.json_response(counts | {"action": order.get("action")})

    async def show(self, _: web.Request) -> web.Response:
        """Return the planned rules, and how many requests each has matched."""
        storms = [dataclasses.asdict(storm) for storm in self._plan.storms]
        return web.json_response([*map(_shown, self._plan.rules), *storms])

    async def clear(self, _: web.Request) -> web.Response:
        """Remove all faults."""
        self._plan.clear()
        return web.json_response({"rules": 0})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock forward by the given seconds."""
        try:
            self._plan.clock.advance(float((await request.json())["advance"]))
        except (KeyError, TypeError, ValueError) as problem:
            raise web.HTTPBadRequest(text='expected {"advance": seconds}') from problem
        await asyncio.sleep(0)  # tasks that woke run before the caller gets the response
        return web.json_response({"now": self._plan.clock.now()})


def _shown(rule: Rule) -> dict[str, object]:
    spent = rule.is_spent(before=rule.met)
    return {
        "action": rule.action,
        "path": rule.path,
        "met": rule.met,
        "spent": spent,
        "sent": rule.sent,
    }
