"""Kling's endpoints (section 4): handlers that read a request and respond with JSON."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.clock import Clock
from sandbox.fault_routes import loopback_only
from sandbox.kling import answers, auth, fields, input_images
from sandbox.kling.callbacks import Callbacks
from sandbox.kling.contract import EXPAND, GENERATIONS, MULTI, OMNI, Json, Refused, refusal_body
from sandbox.kling.dialects import FLAVOURS
from sandbox.kling.fast_parsing import skimmed
from sandbox.kling.options import Options
from sandbox.kling.painter import CARD, open_painter
from sandbox.kling.request_parsing import Order, read_order
from sandbox.kling.result_files import Results
from sandbox.kling.task_lifecycle import Fate, Life
from sandbox.kling.tasks import FAILED, Book, Task
from sandbox.kling.times import reported_times

log = logging.getLogger(__name__)

RESOURCES = (GENERATIONS, OMNI, MULTI, EXPAND)
PREFIXES = ("/kling", "/klingai", "/api/video/kling", "")
"""Prefixes of DMXAPI, 302.ai, Duomi and Kling."""
COSTS_SECONDS = 1.0
"""/account/costs accepts one request within this time (official)."""


class Api:
    """The provider: one account, its tasks, and their routes. Use it within `opened`."""

    life: Life
    session: aiohttp.ClientSession

    def __init__(self, options: Options, *, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.flavour = FLAVOURS[options.flavour]
        self.book = Book(
            concurrency=options.concurrency,
            pack_units=options.pack_units,
            takes_repeats=options.takes_repeats,
        )
        self.results = Results(
            clock=clock,
            days=options.result_days,
            headers=self.flavour.headers,
            signs_bytes=self.flavour.signs_bytes,
        )
        self._costs_asked_at = 0.0
        self._skims = options.painter == CARD

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Start the image generator; at the end stop tasks, callbacks and generator."""
        async with aiohttp.ClientSession() as self.session, open_painter(self.options) as painter:
            secret = self.options.webhook_secret
            callbacks = Callbacks(session=self.session, clock=self.clock, secret=secret)
            self.life = Life(
                options=self.options,
                clock=self.clock,
                book=self.book,
                painter=painter,
                results=self.results,
                callbacks=callbacks,
            )
            try:
                yield
            finally:
                await self.life.close()
                await callbacks.close()

    def routes(self) -> list[web.RouteDef]:
        """Return every route; those of the API under each prefix."""
        found = [
            web.get("/results/{name}", self.results.serve, allow_head=False),
            web.get("/results/{folder}/{name}", self.results.lead_on, allow_head=False),
        ]
        for prefix in PREFIXES:
            found.append(web.get(f"{prefix}/account/costs", self._admitted(self.costs)))
            for resource in RESOURCES:
                found += self._order_routes(prefix, resource)
            found += self._query_routes(prefix)
        return [
            *found,
            web.get("/sandbox/state", loopback_only(self.state)),
            web.post("/sandbox/fate", loopback_only(self.fate)),
            web.route("*", "/{path:.*}", _unknown),
        ]

    def _order_routes(self, prefix: str, resource: str) -> list[web.RouteDef]:
        async def submit(request: web.Request) -> web.Response:
            """Accept a submission for this resource."""
            return await self.submit(request, resource=resource)

        async def listed(request: web.Request) -> web.Response:
            """List the tasks of this resource."""
            return self.list(request, resource=resource)

        path = prefix + self.flavour.submit_path(resource)
        routes = [web.post(path, self._admitted(submit))]
        asked = web.get(path, self._admitted(listed), allow_head=False)
        return [*routes, asked] if self.flavour.lists else routes

    def _query_routes(self, prefix: str) -> list[web.RouteDef]:
        """Return one route per path: some gateways use one query path for several resources."""
        by_path: dict[str, list[str]] = {}
        for resource in RESOURCES:
            by_path.setdefault(prefix + self.flavour.query_path(resource), []).append(resource)

        def route(path: str, resources: list[str]) -> web.RouteDef:
            """Return the query route of a path for these resources."""

            async def query(request: web.Request) -> web.Response:
                """Return a task's status."""
                return self.query(request, resources=resources)

            return web.get(f"{path}/{{id}}", self._admitted(query), allow_head=False)

        return [route(path, resources) for path, resources in by_path.items()]

    def _admitted(self, handler: Handler) -> Handler:
        """Return a handler that refuses requests without the account's own credential."""

        async def admitted(request: web.Request) -> web.StreamResponse:
            """Check the credential first."""
            header = request.headers.get("Authorization")
            bare_key = self.flavour.bare_key
            now = self.clock.now()
            auth.admit(header, options=self.options, now=now, bare_key=bare_key)
            return await handler(request)

        return admitted

    async def submit(self, request: web.Request, *, resource: str) -> web.Response:
        """Accept a submission: validate it, load its images, open a task."""
        body = await (skimmed(request) if self._skims else request.read())
        order = read_order(_json(body), resource=resource, terms=self.flavour.terms)
        pictures = () if self._skims else order.pictures
        taken = await asyncio.gather(
            *(input_images.load(picture, session=self.session) for picture in pictures)
        )
        self._judge_words(order)
        origin, make_id = str(request.url.origin()), self.flavour.make_id
        task = self.book.accept(order, origin=origin, now=self.clock.now(), make_id=make_id)
        answer = answers.envelope(answers.accepted(task))
        life = self.life.begin(task, sources=taken)
        if self.flavour.waits:
            await asyncio.shield(life)
            _refuse_failed(task)
            answer = answers.envelope(answers.queried(task))
        return self._said(self.flavour.submitted(answer))

    def _judge_words(self, order: Order) -> None:
        """Refuse a prompt with a word that moderation refuses at submission."""
        prompt = order.prompt.lower()
        if any(word in prompt for word in self.options.refused_words):
            raise Refused(1301)

    def query(self, request: web.Request, *, resources: Sequence[str]) -> web.Response:
        """Return one task, by its id or by the caller's external id; queries cost nothing."""
        by_external_id = self.flavour.finds_external_id
        key = request.match_info["id"]
        task = self.book.find(key, resources=resources, by_external_id=by_external_id)
        return self._said(self.flavour.queried(answers.envelope(self._task_json(task))))

    def list(self, request: web.Request, *, resource: str) -> web.Response:
        """Return one page of tasks, newest first: pageNum 1..1000, pageSize 1..500."""
        query = {name: _number(value) for name, value in request.query.items()}
        number = fields.whole(query, "pageNum", low=1, high=1000, default=1)
        size = fields.whole(query, "pageSize", low=1, high=500, default=30)
        page = self.book.page(resource, number=number, size=size)
        content = answers.envelope([self._task_json(task) for task in page])
        return self._said(self.flavour.listed(content))

    def _said(self, content: Json) -> web.Response:
        return web.json_response(content, headers=self.flavour.headers)

    def _task_json(self, task: Task) -> Json:
        """Return `data` of a query, with the times that this provider reports."""
        return reported_times(answers.queried(task), self.options.times, now=self.clock.now())

    async def costs(self, request: web.Request) -> web.Response:
        """Return the resource pack; both instants (ms) are required, one request per second."""
        now = self.clock.now()
        if now - self._costs_asked_at < COSTS_SECONDS:
            raise Refused(1302)
        self._costs_asked_at = now
        query = {name: _number(value) for name, value in request.query.items()}
        for name in ("start_time", "end_time"):
            fields.whole(query, name, low=0, high=10**14, default=-1)
        return web.json_response(answers.envelope(answers.costs(self.book, now=now)))

    async def state(self, _: web.Request) -> web.Response:
        """Return what has happened so far."""
        callbacks = self.life.callbacks
        counts = {"sent": callbacks.sent, "lost": callbacks.lost}
        extra: Json = {"callbacks": counts, "downloads": self.results.downloads}
        return web.json_response(answers.state(self.book) | extra)

    async def fate(self, request: web.Request) -> web.Response:
        """Set how the next tasks end."""
        try:
            fate = Fate.from_json(await request.json())
        except (ValueError, TypeError, AttributeError) as problem:
            raise web.HTTPBadRequest(text=str(problem)) from problem
        self.life.ordain(fate)
        return web.json_response({"fates": len(self.life.fates)})

    @web.middleware
    async def worded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn refusals into the provider's JSON, and count them by code."""
        try:
            return await handler(request)
        except Refused as refusal:
            self.book.refusals[refusal.code] += 1
            log.info("%s %s: refused, %d", request.method, request.path, refusal.code)
            official = refusal_body(
                refusal.code, request_id=answers.request_id(), message=refusal.message
            )
            status, body = self.flavour.refused(refusal.status, official)
            return web.json_response(body, status=status)


async def _unknown(_: web.Request) -> web.Response:
    raise Refused(1202)


def _refuse_failed(task: Task) -> None:
    """Refuse a submission whose task failed while the caller waited for it."""
    if task.status == FAILED:
        raise Refused(5000, task.status_msg)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as problem:
        raise Refused(1200, "Request body is not valid JSON") from problem


def _number(value: str) -> Any:  # noqa: ANN401 - judged by `fields.whole` right after
    return int(value) if value.isdecimal() else value
