"""The bot's HTTP port on a real store, real HTTP and a clock moved by hand."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.db import Store
from services.models import State
from services.web import CallbackAddresses
from services.web.callbacks import Callbacks, Signatures
from services.web.health import Health
from services.web.server import open_http_server
from tests.services.db.conftest import StoreHarness
from tests.support.time import HandClock

SECRET = "whsec_" + base64.b64encode(b"a secret of the operator").decode()


@dataclass
class WebHarness:
    """A running HTTP server, and the parts behind it."""

    url: str
    harness: StoreHarness
    clock: HandClock
    addresses: CallbackAddresses
    session: aiohttp.ClientSession
    woken: list[float] = field(default_factory=list)
    connected: bool = True
    latencies: dict[int, float | None] = field(default_factory=dict[int, float | None])

    async def call(self, job_id: str, body: Any = b"{}", **headers: str) -> int:
        """Call a job's callback address; return the HTTP status."""
        return await self.post(self.addresses.make_url(job_id), body, **headers)

    async def post(self, url: str, body: Any = b"{}", **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(url, data=body, headers=named) as answer:
            assert await answer.read() == b""
            return answer.status

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with self.session.get(f"{self.url}/healthz") as answer:
            return answer.status, await answer.json()

    async def next_at(self, job_id: str) -> float | None:
        """Return when a job's next step is due."""
        self.harness.store.jobs.taken_at = None  # the clock was not set back: this only asks
        taken = await self.harness.store.jobs.fetch_due(
            now=self.clock.now() - 1e6, lease_s=0, units=0, per_user=0
        )
        assert (await self.harness.job(job_id)).state is not State.QUEUED
        return taken.next_at


@pytest.fixture
def signed() -> bool:
    """Whether the port demands signatures; tests override it by parametrising."""
    return False


@pytest.fixture
async def bot_port(tmp_path: Path, signed: bool) -> AsyncIterator[WebHarness]:
    clock = HandClock()
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        # The port is known once the server is open; the address is needed at the first call.
        addresses = CallbackAddresses("http://127.0.0.1:1/bot", secret=b"s" * 32)
        woken: list[float] = []
        callbacks = Callbacks(
            addresses,
            jobs=store.jobs,
            wake=lambda: woken.append(clock.now()),
            clock=clock,
            signatures=Signatures(SECRET, clock=clock) if signed else None,
            read_s=0.5,
        )
        made: list[WebHarness] = []
        health = Health(
            store,
            is_connected=lambda: made[0].connected,
            latencies=lambda: made[0].latencies,
            clock=clock,
        )
        async with (
            open_http_server(host="127.0.0.1", port=0, health=health, callbacks=callbacks) as url,
            aiohttp.ClientSession() as session,
        ):
            addresses._base = f"{url}/bot"
            made.append(
                WebHarness(
                    url, StoreHarness(store, now=clock.now()), clock, addresses, session, woken
                )
            )
            yield made[0]
