"""Opens all services that do not depend on Discord; builds parts for the cogs and the engine."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from services.catalog import ModelTable, StyleTable, load_models, provider_from_settings
from services.common.clock import Clock
from services.common.metrics import Metrics
from services.common.streaming import MAX_HEADER_BYTES, MAX_HEADERS
from services.common.supervisor import Supervisor, Work
from services.common.version import About
from services.db import Store
from services.engine import (
    Delivery,
    Engine,
    EngineConfig,
    EngineContext,
    InteractivePriority,
    Operators,
    ProviderHealth,
    make_openings,
)
from services.fleet import common_clock, get_machine_name, keep_time, make_claims
from services.guilds import GuildService
from services.history import JobAccess, PersonalData
from services.images import UNCOUNTED, Decoder, shrink
from services.kling import KlingClient, ProviderCapabilities
from services.models import Result
from services.monitoring import DiskSpaceCheck, OperatorNotices, WriteCheck
from services.policy import Allowance, allowance_from_settings
from services.requests import Acceptance, MemberPreferences
from services.settings import Settings
from services.storage import (
    ImageStorage,
    RetentionPolicy,
    SourceFolder,
    keep_deleting,
    open_storage,
    run_retention,
)
from services.web import CallbackAddresses, load_addresses, make_http_server, make_metrics

Fit = Callable[..., Awaitable[Sequence[Result]]]
"""`fit(results, each=bytes, together=bytes)` returns images on this disk within both size
limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The opened services that do not depend on Discord."""

    settings: Settings
    store: Store
    kling: KlingClient
    session: aiohttp.ClientSession
    pictures: Decoder
    """Decodes images, all within one memory budget."""
    models: ModelTable
    styles: StyleTable
    allowance: Allowance
    community: GuildService
    preferences: MemberPreferences
    storage: ImageStorage
    archive: JobAccess
    addresses: CallbackAddresses | None
    """URLs at which Kling may call back; None without a PUBLIC_URL."""
    meter: Metrics
    supervisor: Supervisor
    """Runs all background tasks."""
    clock: Clock


async def open_services(
    stack: AsyncExitStack, settings: Settings, *, data: Path, clock: Clock, exclusive: bool = False
) -> Services:
    """Open every service; the stack closes them in the reverse order. Raises ConfigError.

    `exclusive` keeps other bots from opening the database file while this one has it open.
    """
    provider, meter = provider_from_settings(settings), make_metrics(settings)
    store = await stack.enter_async_context(
        Store(settings.database, provider=provider.name, exclusive=exclusive)
    )
    clock = await common_clock(store, clock)
    storage = await open_storage(settings, clock=clock)
    stack.push_async_callback(storage.close)
    pictures = Decoder()
    stack.callback(pictures.close)
    models, styles = load_models(settings, data), StyleTable.load(data / "styles.toml")
    allowance = allowance_from_settings(settings)
    return Services(
        settings=settings,
        store=store,
        kling=await stack.enter_async_context(
            KlingClient(provider, clock=clock, meter=meter, decoder=pictures)
        ),
        session=await stack.enter_async_context(
            aiohttp.ClientSession(
                headers={"User-Agent": provider.user_agent},
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
                max_headers=MAX_HEADERS,
            )
        ),
        pictures=pictures,
        models=models,
        styles=styles,
        allowance=allowance,
        community=GuildService(
            store=store, models=models, styles=styles, allowance=allowance, clock=clock
        ),
        preferences=MemberPreferences(store=store, clock=clock),
        storage=storage,
        archive=JobAccess(store=store, storage=storage),
        addresses=await load_addresses(settings, store),
        meter=meter,
        supervisor=Supervisor(clock=clock, meter=meter),
        clock=clock,
    )


def make_engine(
    services: Services,
    *,
    operators: Operators,
    delivery: Delivery,
    precedence: InteractivePriority,
    lease_valid: Callable[[], bool] = lambda: True,
) -> Engine:
    """Build the engine without starting it. Its heavy work is delayed while users wait.

    `lease_valid` returns whether no other process can have declared this one dead.
    """
    documented = ProviderCapabilities.from_provider(services.kling.provider)
    return Engine(
        EngineContext(
            store=services.store,
            kling=services.kling,
            provider=ProviderHealth(
                store=services.store,
                operators=operators,
                clock=services.clock,
                documented=documented,
            ),
            models=services.models,
            styles=services.styles,
            sources=SourceFolder(
                services.settings.pictures_path,
                session=services.session,
                decoder=services.pictures,
                clock=services.clock,
                openings=make_openings(services.store),
            ),
            storage=services.storage,
            delivery=delivery,
            clock=services.clock,
            rules=_make_engine_config(services.settings, services.addresses),
            rng=random.Random(),  # noqa: S311  jitter
            meter=services.meter,
            precedence=precedence,
            lease_valid=lease_valid,
            supervisor=services.supervisor,
        )
    )


def make_fit(services: Services) -> Fit:
    """Return the function that brings results to this disk and shrinks them to size limits."""

    async def fitting(results: Sequence[Result], *, each: int, together: int) -> Sequence[Result]:
        """Shrink results to `each` bytes per file and `together` in all.

        Raises StoreUnavailable.
        """
        await services.storage.ensure_local([result.path for result in results])
        openings = make_openings(services.store)
        return await shrink(
            results,
            max_bytes_each=each,
            max_bytes_total=together,
            decoder=services.pictures,
            opening=openings(results[0].path.parent.name) if results else UNCOUNTED,
        )

    return fitting


def make_write_check(services: Services, *, operators: Operators) -> WriteCheck:
    """Build the check that database and image storage can be written."""
    return WriteCheck(
        memory=services.store.notes,
        folder=services.settings.pictures_path,
        storage=services.storage,
        operators=operators,
        clock=services.clock,
        database=services.settings.database_setting,
        claims=make_claims(services.store),
        machine=get_machine_name(services.store),
    )


def make_notices(services: Services, *, operators: Operators) -> OperatorNotices:
    """Build the service that sends one-time notices to operators."""
    machine = get_machine_name(services.store)
    return OperatorNotices(
        operators=operators,
        memory=services.store.notes,
        machine=machine,
        supervisor=services.supervisor,
    )


def make_acceptance(
    services: Services, *, notices: OperatorNotices, writing: WriteCheck, wake: Callable[[], None]
) -> Acceptance:
    """Build the acceptance service; `wake` tells the engine that there is a new job."""
    return Acceptance(
        store=services.store,
        models=services.models,
        styles=services.styles,
        allowance=services.allowance,
        community=services.community,
        preferences=services.preferences,
        notices=notices,
        writing=writing,
        clock=services.clock,
        wake=wake,
        meter=services.meter,
        loopback=services.kling.provider.is_loopback,
        operator_ids=services.settings.operator_ids,
    )


def make_personal_data(services: Services, *, wake: Callable[[], None]) -> PersonalData:
    """Build the service that exports and deletes one user's data."""
    return PersonalData(
        store=services.store,
        storage=services.storage,
        zone=services.settings.quota_timezone,
        clock=services.clock,
        wake=wake,
    )


def make_about(services: Services) -> About:
    """Return the facts that /about shows."""
    return About(
        provider=services.kling.provider.host,
        models=[row.title for row in services.models.menu()],
        keep_pictures_days=services.settings.keep_pictures_days,
        source_url=services.settings.source_url,
    )


async def run_background_tasks(
    services: Services, *, notices: OperatorNotices, writing: WriteCheck, wake: Callable[[], None]
) -> None:
    """Run the background tasks; never returns by itself.

    They are retention, the disk check, the write check, the upkeep of the image storage, retried
    deletions, anonymization, listening to the database's notifications (which wake the engine), and
    the synchronization of the shared clock.
    """
    settings = services.settings
    paths = tuple(settings.disks.values())
    keeping = RetentionPolicy(
        pictures_days=settings.keep_pictures_days,
        pictures_gb=settings.keep_pictures_gb,
        prompts_days=settings.keep_prompts_days,
    )
    works: Mapping[str, Work[object]] = {
        "retention": partial(
            run_retention, services.store, services.storage, keeping=keeping, clock=services.clock
        ),
        "disk": DiskSpaceCheck(paths, notices=notices, clock=services.clock).run,
        "writable": writing.run,
        "pictures": partial(services.storage.run_maintenance, services.store.jobs.is_over),
        "deletes": partial(
            keep_deleting, services.store, services.storage, notices=notices, clock=services.clock
        ),
        "anonymize": make_personal_data(services, wake=lambda: None).keep_cutting_ties,
        "notifications": partial(services.store.listen, wake),
        "clock": partial(keep_time, services.store, services.clock),
    }
    keep = services.supervisor.run
    await asyncio.gather(*(keep(name, work) for name, work in works.items()))


def open_port(
    services: Services,
    *,
    is_connected: Callable[[], bool],
    writing: WriteCheck,
    latencies: Callable[[], Mapping[int, float | None]] = dict,
    wake: Callable[[], None],
) -> AbstractAsyncContextManager[object]:
    """Return the HTTP server as a context manager; it does nothing without an HTTP_PORT."""
    return make_http_server(
        services.settings,
        services.addresses,
        store=services.store,
        is_connected=is_connected,
        is_writable=lambda: writing.trouble is None,
        latencies=latencies,
        wake=wake,
        meter=services.meter,
        clock=services.clock,
    )


def _make_engine_config(settings: Settings, addresses: CallbackAddresses | None) -> EngineConfig:
    return EngineConfig(
        callback_url=addresses.make_url if addresses else lambda _job_id: None,
        concurrency=settings.kling_concurrency,
        user_running=settings.user_running_jobs,
        timeout_s=settings.kling_timeout_s,
        give_up_s=settings.kling_give_up_s,
        charge_refused=settings.charge_refused,
        send_image_as=settings.kling_send_image_as,
    )
