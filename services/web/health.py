"""/healthz: the bot's health, for a program that restarts it or alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from services.common.clock import Clock
from services.db import Store
from services.errors import StoreUnavailable

STALLED_S = 180.0
"""Seconds without a query for due jobs after which the engine counts as stalled.

The engine queries them at least once a minute.
"""

Latencies = Callable[[], Mapping[int, float | None]]
"""Returns each shard's latency in seconds, None for one that is down; empty without shards."""

KEPT_S = 1.0
"""Seconds for which a response is cached, so that frequent requests do not load the database."""


class Health:
    """Checks the connection to Discord, the database, the engine and writing."""

    def __init__(
        self,
        store: Store,
        *,
        is_connected: Callable[[], bool],
        is_writable: Callable[[], bool] = lambda: True,
        latencies: Latencies = dict,
        clock: Clock,
    ) -> None:
        """`is_writable`: whether database and image storage can be written.

        If not, new requests are refused.
        """
        self._store, self._is_connected, self._clock = store, is_connected, clock
        self._is_writable = is_writable
        self._latencies = latencies
        self._answer: dict[str, object] = {}
        self._asked_at: float | None = None

    async def handle(self, _request: web.Request) -> web.Response:
        """Answer GET /healthz: 200, or 503 if the bot cannot work."""
        now = self._clock.now()
        if self._asked_at is None or not 0 <= now - self._asked_at < KEPT_S:
            self._answer = await self._ask(now)
            self._asked_at = now
        status = HTTPStatus.OK if self._answer["working"] else HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response(self._answer, status=status, headers={"Cache-Control": "no-store"})

    async def _ask(self, now: float) -> dict[str, object]:
        """Return the response's fields. A paused provider does not count as a fault of the bot."""
        connected, taken_at = self._is_connected(), self._store.jobs.taken_at
        facts: dict[str, object] = {"alive": True, "gateway_connected": connected}
        if shards := self._latencies():
            down = [number for number, latency_s in shards.items() if latency_s is None]
            facts |= {"shards": list(shards), "shards_down": down}
        try:
            workload = await self._store.statistics.workload()
            state = await self._store.providers.state()
        except StoreUnavailable:
            return {**facts, "working": False, "database": False}
        jobs = workload.jobs
        looking = taken_at is not None and now - taken_at < STALLED_S
        return {
            **facts,
            "working": connected and looking,
            "database": True,
            "writable": self._is_writable(),
            "provider_paused": state.paused_at is not None,
            "provider_trouble": state.pause_key if state.paused_at is not None else None,
            "jobs_queued": jobs.get("queued", 0),
            "jobs_painting": jobs.get("submitting", 0) + jobs.get("running", 0) - workload.to_fetch,
            "jobs_to_fetch": workload.to_fetch,
            "jobs_to_deliver": jobs.get("ready", 0),
            "oldest_open_job_s": _age(now, workload.since),
            "last_poll_s": _age(now, taken_at),
        }


def _age(now: float, instant: float | None) -> float | None:
    return None if instant is None else round(max(now - instant, 0.0), 1)
