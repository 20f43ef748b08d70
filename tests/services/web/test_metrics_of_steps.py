"""Failed steps: each is counted once, by its kind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web

from services.errors import DiscordUnreachable, StoreUnavailable
from services.history.access import Viewer
from services.models import Source, State
from tests.services.kling.scripted_provider import Script, serve
from tests.services.web.test_metrics import cancelling_of, watched
from tests.support.requests import a_request


async def test_job_that_is_cancelled_while_its_step_fails_is_counted_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as port, serve(Script()) as cdn:
        here, may_fail = port.here, asyncio.Event()

        async def is_gone_at_last(_request: web.Request) -> web.Response:
            await may_fail.wait()
            return web.Response(status=404)

        cdn.say(is_gone_at_last)
        source = Source(url=f"{cdn.url}/attachments/gone.png", name="gone.png")
        job = await here.ask(a_request(source=source))
        await here.until(cdn.was_asked.is_set)
        viewer = Viewer(user_id=job.request.user_id, guild_id=job.place.guild_id)
        assert (await cancelling_of(here).cancel(job.id, viewer)).verdict == "cancelled"
        may_fail.set()
        await port.ended(job, State.CANCELLED)
        figures = await port.figures()

    ended = {name: figure for name, figure in figures.items() if "jobs_ended_total" in name}
    assert ended == {"repaint_jobs_ended_total[cancelled][cancelled]": 1}


async def test_step_that_fails_unforeseen_is_counted_and_taken_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as port:
        unforeseen = cast("DiscordUnreachable", KeyError("nobody foresaw it"))
        port.here.channel.errors += [unforeseen]
        await port.ended(await port.here.ask(), State.DELIVERED)
        figures = await port.figures()

    assert figures["repaint_background_errors_total[step]"] == 1
    assert figures["repaint_deliveries_total[posted]"] == 1


async def test_step_that_meets_no_database_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(tmp_path) as port:
        away = cast("DiscordUnreachable", StoreUnavailable("disk I/O error"))
        port.here.channel.errors += [away]
        await port.ended(await port.here.ask(), State.DELIVERED)
        figures = await port.figures()

    assert "repaint_background_errors_total[step]" not in figures
    assert "a step of a job in state ready is postponed: disk I/O error" in caplog.text
