"""A machine without any image on its disk answers every button under another's result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot import BotApp, open_bot
from services.common.shutdown import Shutdown
from services.models import Job, State
from services.storage.s3 import S3Storage
from tests.cogs.jobs.test_job_details import opened as pick_first
from tests.cogs.members.test_my_data import forget, my_data
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import gallery, text
from tests.support.result_buttons import (
    form_values,
    generate,
    newest_message,
    private_text,
    submitted_image,
)
from tests.support.s3_server import S3Proxy, objects, store_settings

pytestmark = pytest.mark.proof

GONE = "no longer"


def vault_of(bot: BotApp) -> S3Storage:
    storage = bot.engine._parts.storage
    assert isinstance(storage, S3Storage)
    return storage


@asynccontextmanager
async def other_machine(world: BotHarness, folder: Path) -> AsyncGenerator[BotApp]:
    """Replace the first machine, at Discord and as the engine's process, by another one."""
    await world.bot.engine.drain(1.0)
    async with AsyncExitStack() as stack:
        settings = replace(world.settings, pictures_path=folder)
        bot = await open_bot(stack, settings, clock=world.clock, stop=Shutdown())
        await vault_of(bot)._copies.keep_all(vault_of(bot).upload)  # it has no files of its own
        await world.env.restart_bot(bot.client)
        await bot.client.register()
        with world.env.time_context():
            working = asyncio.create_task(bot.engine.run())
        world.bot = bot
        try:
            yield bot
        finally:
            await bot.engine.drain(1.0)
            await working


def names_in(folder: Path, job: Job) -> set[str]:
    return {path.name for path in (folder / job.id).glob("*")}


async def test_buttons_work_on_a_machine_without_local_files(
    tmp_path: Path,
    bucket: str,
    s3_proxy: S3Proxy,
    s3: str,
) -> None:
    two = tmp_path / "two"
    given = store_settings(bucket=bucket, endpoint=s3_proxy.address)
    async with simulated_bot(tmp_path, USER_QUEUED_JOBS=9, **given) as world:
        first = await generate(world, count=2)
        result = (tmp_path / "pictures" / first.id / f"{first.id}_1.png").read_bytes()
        async with other_machine(world, two):
            shown = newest_message(world)
            listed = await world.ann.slash(world.channel, "jobs")
            assert f"{first.id}_1-thumb.jpg" in names_in(two, first), "no small picture"
            assert listed.ephemeral
            opened = await pick_first(world)
            assert len(gallery(opened)) == 2
            posted = await world.ann.click(opened, label="Post here")
            assert len(gallery(posted.response)) == 2

            compared = await world.bob.click(shown, label="Before / after")
            assert len(gallery(compared.response)) == 1
            assert {"source", "before-after-en-US.jpg"} <= names_in(two, first)
            details = await world.bob.click(shown, label="Details")
            assert GONE not in private_text(details)

            await world.bob.click(shown, label="Again")
            assert (await world.until_settled(2))[-1].state is State.DELIVERED
            assert submitted_image(world.orders[1]) == submitted_image(world.orders[0])

            form = await world.bob.click(shown, label="Use as source")
            sent = form_values(form, prompt="darker", result="0", count="1")
            await world.bob.submit_modal(form, sent)
            used = (await world.until_settled(3))[-1]
            assert used.state is State.DELIVERED
            assert submitted_image(world.orders[2]) == result

            asked = await world.ann.click(shown, label="Delete")
            await world.ann.submit_modal(asked, {})
            assert not any(name.startswith(first.id) for name in objects(s3, bucket))
            assert names_in(two, first) == set()
            assert len((await my_data(world, world.bob))["requests"]) == 2

            await generate(world)
            assert "forgotten" in await forget(world)
            assert {name.partition("/")[0] for name in objects(s3, bucket)} == {
                job.id for job in await world.jobs() if job.request.user_id == world.bob.id
            }


async def test_unreachable_store_is_reported_and_loses_nothing(
    tmp_path: Path,
    bucket: str,
    s3_proxy: S3Proxy,
    s3: str,
) -> None:
    given = store_settings(bucket=bucket, endpoint=s3_proxy.address)
    async with simulated_bot(tmp_path, **given) as world:
        job = await generate(world)
        async with other_machine(world, tmp_path / "two"):
            s3_proxy.close()
            answer = await world.bob.click(newest_message(world), label="Before / after")
            assert "I can't get at the pictures right now" in private_text(answer)
            world.says = {"locale": "zh-CN"}
            answer = await world.bob.click(newest_message(world), label="Before / after")
            assert "暂时取不到图片" in private_text(answer)
            asked = await world.ann.click(newest_message(world), label="Delete")
            await world.ann.submit_modal(asked, {})
            assert "removed" in text(newest_message(world))
            assert objects(s3, bucket)

            s3_proxy.is_open = True
            storage = vault_of(world.bot)
            await storage._pending_deletes.run_all(storage._bucket.drop)
            assert not any(name.startswith(job.id) for name in objects(s3, bucket))
