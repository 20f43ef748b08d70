"""The engine on real parts (SQLite, HTTP, image files); only clock and Discord are stand-ins."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from PIL import Image

from bot import DATA
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.server import Served, serve
from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable
from services.common.clock import Clock
from services.common.supervisor import Supervisor
from services.db import Store
from services.engine import (
    Engine,
    EngineConfig,
    EngineContext,
    Progress,
    ProviderHealth,
    make_openings,
)
from services.errors import DeliveryFailed
from services.guilds.service import GuildService
from services.images import Decoder
from services.kling import KlingClient, ProviderCapabilities, Timeouts
from services.models import Job, Limits, Request, Result, Source, State
from services.monitoring.notices import OperatorNotices
from services.monitoring.write_check import WriteCheck
from services.requests.acceptance import Acceptance, Allowance
from services.requests.preferences import MemberPreferences
from services.settings.types import Secret
from services.storage import ImageStorage, LocalStorage
from services.storage.sources import SourceFolder
from tests.support.requests import a_request
from tests.support.sandbox_providers import own_models, sandbox_provider
from tests.support.time import FAR_S, NEAR_S, HandClock, count_threads, until_only_time_helps

TIMEOUT_S = 100.0


@dataclass
class Channel:
    """A Delivery and an Operators that record calls; `errors` are raised first, one per call."""

    shown: list[tuple[str, Progress]] = field(default_factory=list)
    posted: list[tuple[Job, list[Result]]] = field(default_factory=list)
    notified: list[Job] = field(default_factory=list)
    mentioned: list[Job] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    errors: list[DeliveryFailed] = field(default_factory=list)

    async def update_progress(self, job: Job, progress: Progress) -> None:
        self.shown.append((job.id, progress))

    async def deliver(self, job: Job, results: Sequence[Result]) -> None:
        self._trouble()
        self.posted.append((job, list(results)))

    async def notify_outcome(self, job: Job) -> None:
        self._trouble()
        self.notified.append(job)

    async def mention(self, job: Job) -> None:
        self.mentioned.append(job)

    async def alert(self, key: str, **facts: str) -> None:
        self.alerts.append(key)
        self.reasons.append(facts.get("reason", ""))

    def _trouble(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


@dataclass
class EngineHarness:
    """Everything that a test of the engine uses."""

    store: Store
    writing: WriteCheck
    kling: Served
    client: KlingClient
    channel: Channel
    clock: HandClock
    engine: Engine
    acceptance: Acceptance
    picture_url: str
    parts: EngineContext
    running: asyncio.Task[None] | None = None

    async def ask(self, request: Request | None = None) -> Job:
        """Accept a request for the image that is served."""
        request = request or a_request()
        if request.source.url.startswith("http://127.0.0.1:1/"):
            request = replace(request, source=Source(url=self.picture_url, name="cat.png"))
        complete = await self.acceptance.complete(request)
        accepted = await self.acceptance.accept(complete, job_id=self.acceptance.new_id())
        await self.acceptance.mark_acknowledged(accepted.job.id, None)
        return accepted.job

    async def restart(self, **parts: Any) -> None:
        """Stop the engine and start another one on the same rows, with other `parts` if named."""
        await self.engine.drain(0.0)
        self.parts = replace(self.parts, **parts)
        self.engine = Engine(self.parts)
        self.running = asyncio.create_task(self.engine.run())

    async def store_capabilities(
        self, *, external_id: bool | None = None, lists: bool | None = None
    ) -> None:
        """Store the provider's capabilities, as if they had been detected now."""
        now = self.clock.now()
        await self.store.providers.learn(external_id=external_id, list_call=lists, now=now)
        await self.parts.provider.load()

    async def job(self, job_id: str) -> Job:
        job = await self.store.jobs.get(job_id)
        assert job is not None
        return job

    async def until(self, met: Callable[[], object]) -> None:
        """Run the engine and move time on until a condition is true."""
        async with asyncio.timeout(TIMEOUT_S):
            while not met():
                await self._rested()
                if met():
                    return
                next_at = self.clock.next_at()
                if next_at is not None:
                    self.clock.move_to(next_at)
                await asyncio.sleep(0)

    async def until_over(self, job: Job) -> Job:
        """Run the engine until the user has been notified."""
        answered = self.channel

        def is_over() -> bool:
            ids = {done.id for done in answered.notified} | {done.id for done, _ in answered.posted}
            return job.id in ids

        await self.until(is_over)
        await self._rested()
        return await self.job(job.id)

    async def until_state(self, job: Job, state: State) -> Job:
        return await self.until_row(job, lambda now: now.state is state)

    async def until_row(self, job: Job, met: Callable[[Job], object]) -> Job:
        """Run the engine and move time on until a condition of a job's row is true."""
        async with asyncio.timeout(TIMEOUT_S):
            while not met(now := await self.job(job.id)):
                await self._rested()
                next_at = self.clock.next_at()
                if not met(await self.job(job.id)) and next_at is not None:
                    self.clock.move_to(next_at)
                await asyncio.sleep(0)
        return now

    async def _rested(self) -> None:
        """Wait until only time can bring changes: the engine rests, or a step sleeps."""
        is_near = isinstance(self.parts.storage, LocalStorage) and not self.store.is_shared
        timeout_s = NEAR_S if is_near else FAR_S
        await until_only_time_helps([self.engine], self.clock, timeout_s=timeout_s)


@asynccontextmanager
async def running_engine(
    folder: Path,
    *,
    kling: KlingOptions | None = None,
    rules: EngineConfig | None = None,
    timeouts: Timeouts | None = None,
    storage: Callable[[Clock], ImageStorage] | None = None,
    place: Secret | None = None,
) -> AsyncGenerator[EngineHarness]:
    """Open the parts; the engine runs until the block ends.

    The database is a file in the folder, or at a `place` of PostgreSQL.
    """
    clock, decoder = HandClock(), Decoder()
    options = kling or KlingOptions(painter="copy", min_seconds=4, max_seconds=4)
    async with (
        count_threads(clock),
        serve(options) as served,
        serve_image(folder) as picture_url,
        aiohttp.ClientSession() as session,
    ):
        clock.on_move = served.clock.advance
        provider = sandbox_provider(served.url, options.flavour, timeouts=timeouts)
        async with (
            Store(place or folder / "repaint.db", provider=provider.name) as store,
            KlingClient(provider, clock=clock, decoder=decoder) as client,
        ):
            models = ModelTable.load(DATA / "models.toml", *own_models(options.flavour, folder))
            kept = LocalStorage(folder / "pictures") if storage is None else storage(clock)
            made = _build(
                folder,
                store,
                client,
                session,
                clock,
                served,
                picture_url,
                rules,
                models,
                storage=kept,
                decoder=decoder,
            )
            made.running = asyncio.create_task(made.engine.run())
            try:
                yield made
            finally:
                await made.engine.drain(1.0)
                made.running.cancel()
                await asyncio.gather(made.running, return_exceptions=True)
                decoder.close()


def _build(
    folder: Path,
    store: Store,
    client: KlingClient,
    session: aiohttp.ClientSession,
    clock: HandClock,
    served: Served,
    picture_url: str,
    rules: EngineConfig | None,
    models: ModelTable,
    *,
    storage: ImageStorage,
    decoder: Decoder,
) -> EngineHarness:
    channel = Channel()
    styles = StyleTable.load(DATA / "styles.toml")
    parts = EngineContext(
        store=store,
        kling=client,
        provider=ProviderHealth(
            store=store,
            operators=channel,
            clock=clock,
            documented=ProviderCapabilities.from_provider(client.provider),
        ),
        models=models,
        styles=styles,
        sources=SourceFolder(
            folder / "pictures",
            session=session,
            decoder=decoder,
            openings=make_openings(store),
            clock=clock,
        ),
        storage=storage,
        delivery=channel,
        clock=clock,
        rules=rules or EngineConfig(),
        rng=random.Random(1),
        supervisor=Supervisor(clock=clock),
    )
    engine = Engine(parts)
    allowance = Allowance(limits=Limits(), zone=ZoneInfo("UTC"), max_count=9, concurrency=9)
    writing = WriteCheck(
        memory=store.notes,
        folder=folder / "pictures",
        storage=storage,
        operators=channel,
        clock=clock,
    )
    acceptance = Acceptance(
        store=store,
        models=models,
        styles=styles,
        allowance=allowance,
        community=GuildService(
            store=store, models=models, styles=styles, allowance=allowance, clock=clock
        ),
        preferences=MemberPreferences(store=store, clock=clock),
        notices=OperatorNotices(operators=channel, memory=store.notes),
        writing=writing,
        clock=clock,
        wake=engine.wake,
    )
    return EngineHarness(
        writing=writing,
        store=store,
        kling=served,
        client=client,
        channel=channel,
        clock=clock,
        engine=engine,
        acceptance=acceptance,
        picture_url=picture_url,
        parts=parts,
    )


@cache
def detailed_image() -> bytes:
    """Return a real image with detail in every corner, drawn once."""
    paper = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-2.0, -1.2, 1.0, 1.2), 60).convert("RGB").save(
        paper, "PNG"
    )
    return paper.getvalue()


@asynccontextmanager
async def serve_image(folder: Path) -> AsyncGenerator[str]:
    """Serve one real image, as Discord's CDN would; yields its address."""
    path = folder / "served.png"
    path.write_bytes(detailed_image())

    async def give(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    app = web.Application()
    app.router.add_get("/attachments/served.png", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/attachments/served.png"
    finally:
        await runner.cleanup()
