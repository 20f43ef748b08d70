"""From Kling's callback to the posted image: engine, store, port and sandbox together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

import pytest

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.models import Job, State
from services.web import CallbackAddresses
from services.web.callbacks import EVERY_S, Callbacks, Signatures
from services.web.health import Health
from services.web.server import open_http_server
from tests.services.web.conftest import SECRET
from tests.support.engine_harness import TIMEOUT_S, EngineHarness, running_engine

TASK_S = 20.0
ALL_CALLS = 3
"""Submitted, processing, succeed."""


@asynccontextmanager
async def called_back(folder: Path, **kling: object) -> AsyncGenerator[EngineHarness]:
    """Open an engine with an HTTP server that the sandbox's Kling calls back."""
    options = KlingOptions(
        **{"painter": "copy", "min_seconds": TASK_S, "max_seconds": TASK_S, **kling}  # pyright: ignore[reportArgumentType]
    )
    addresses = CallbackAddresses("", secret=b"s" * 32)
    rules = EngineConfig(callback_url=addresses.make_url)
    async with running_engine(folder, kling=options, rules=rules) as here:
        secret = options.webhook_secret
        callbacks = Callbacks(
            addresses,
            jobs=here.store.jobs,
            wake=here.engine.wake,
            clock=here.clock,
            signatures=Signatures(secret, clock=here.clock) if secret else None,
        )
        health = Health(here.store, is_connected=lambda: True, clock=here.clock)
        here.clock._now = here.kling.clock.now()  # so that signatures are current
        async with open_http_server(
            host="127.0.0.1", port=0, health=health, callbacks=callbacks
        ) as url:
            addresses._base = url
            yield here


async def until(met: Callable[[], object]) -> None:
    """Wait for a condition without letting any of the bot's time pass."""
    async with asyncio.timeout(TIMEOUT_S):
        while not met():  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.001)


async def in_state(here: EngineHarness, job: Job, state: State) -> Job:
    async with asyncio.timeout(TIMEOUT_S):
        while (now := await here.job(job.id)).state is not state:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return now


async def pass_a_second(here: EngineHarness) -> None:
    """Move on by EVERY_S seconds, so that the second of two simultaneous callbacks takes effect."""
    soon = here.clock.now() + EVERY_S
    await until(lambda: here.engine.is_resting and (here.clock.next_at() or inf) <= soon)
    here.clock.move_to(soon)


async def painted_unseen(here: EngineHarness, job: Job) -> None:
    """End the task while the bot's own next poll is an hour away."""
    await in_state(here, job, State.RUNNING)
    # The step that the first callback started is over.
    await until(lambda: here.kling.api.life.callbacks.sent and here.engine.is_resting)
    await here.store.jobs.reschedule(job.id, next_at=here.clock.now() + 3600, tries=0)
    here.kling.clock.advance(TASK_S + 1)
    await until(lambda: here.kling.api.life.callbacks.sent == ALL_CALLS)


@pytest.mark.parametrize("secret", ["", SECRET])
async def test_callback_makes_the_result_known_at_once(tmp_path: Path, secret: str) -> None:
    async with called_back(tmp_path, webhook_secret=secret) as here:
        job = await here.ask()
        await painted_unseen(here, job)

        delivered = await in_state(here, job, State.DELIVERED)

        assert delivered.ready_at is not None
        assert delivered.ready_at - (delivered.submitted_at or 0) < EVERY_S
        assert [done.id for done, _ in here.channel.posted] == [job.id]
        assert here.kling.api.life.callbacks.lost == 0


async def test_job_without_a_callback_is_delivered_by_polling(tmp_path: Path) -> None:
    async with called_back(tmp_path) as here:
        dead = CallbackAddresses("http://127.0.0.1:9", secret=b"s")
        object.__setattr__(here.parts.rules, "callback_url", dead.make_url)
        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert here.kling.api.life.callbacks.sent == 0


async def test_lost_answer_is_found_by_its_callback(tmp_path: Path) -> None:
    async with called_back(tmp_path) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST"))
        job = await here.ask()
        await until(lambda: here.kling.api.life.callbacks.sent and here.engine.is_resting)
        if (await here.job(job.id)).state is not State.RUNNING:  # its first call came too soon
            here.kling.clock.advance(TASK_S / 2)  # and this is the second
            await pass_a_second(here)
        await in_state(here, job, State.RUNNING)

        assert len(here.kling.book.tasks) == 1


async def test_callbacks_signed_by_others_change_nothing(tmp_path: Path) -> None:
    async with called_back(tmp_path, webhook_secret=SECRET) as here:
        here.kling.api.life.callbacks.secret = "whsec_c29tZWJvZHkgZWxzZQ=="
        job = await here.ask()
        await in_state(here, job, State.RUNNING)
        await until(lambda: here.kling.api.life.callbacks.lost)

        assert (await here.until_over(job)).state is State.DELIVERED
        assert here.kling.api.life.callbacks.sent == 0
