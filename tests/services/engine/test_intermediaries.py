"""A proxy answers for the provider: slow retries, no pause, other jobs go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from sandbox.faults import Rule
from sandbox.kling.task_lifecycle import Fate
from sandbox.pages import PAGES
from services.engine import EngineConfig
from services.models import Job, Source, State
from tests.services.images.corpus import encoded
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.requests import a_request

SUBMIT = r"/images/generations$"
ANY = r"/images/"
SOME = (
    "cloudflare 1010",
    "cloudflare challenge",
    "nginx 401",
    "empty 402",
    "kong, rate",
    "login page, 200",
)
DOWN = ("nginx 502", "nginx 504")
"""Behind these the provider is down: nothing on the way blocks it."""

LARGE = ("nginx 413", "empty 413", "aws api gateway, size")


def blocks(here: EngineHarness, page: str, *, path: str = SUBMIT, times: int | None = None) -> Rule:
    method = "POST" if path == SUBMIT else None
    return here.kling.plan.add(
        Rule(action="page", page=page, method=method, path=path, times=times)
    )


async def assert_open(here: EngineHarness) -> None:
    """Check that nothing is paused, no model closed, no submission held."""
    state = await here.store.providers.state()
    assert (state.paused_at, dict(state.closed_models), state.busy_tries) == (None, {}, 0)


def said(here: EngineHarness) -> Iterator[str]:
    return (progress.phase for _, progress in here.channel.shown)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in LARGE])
async def test_submission_answered_by_a_page_pauses_nothing(tmp_path: Path, name: str) -> None:
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True, lists=True)
        blocks(here, name, times=2)

        job = await here.until_over(await here.ask())

        await assert_open(here)
        assert len(here.kling.book.tasks) <= 1
        assert job.outcome is None or job.outcome.key not in ("paused", "bad_picture", "generic")
        if name in DOWN:
            assert "blocked" not in here.channel.alerts
        else:
            assert here.channel.alerts[:1] == ["blocked"]
            assert f"HTTP {PAGES[name].status}" in here.channel.reasons[0]
            assert here.channel.reasons[0].startswith("127.0.0.1:")


@pytest.mark.parametrize("name", SOME)
async def test_provider_blocked_for_long_ends_the_job_refunded(tmp_path: Path, name: str) -> None:
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True, lists=True)
        blocks(here, name, path=ANY)

        first = await here.until_over(await here.ask())
        second = await here.until_over(await here.ask(a_request(user_id=8)))

        await assert_open(here)
        for job in (first, second):
            assert job.given_back
            assert job.outcome is not None
            assert job.outcome.key in ("blocked", "uncertain")
        assert here.channel.alerts.count("blocked") == 1


async def test_blocked_job_holds_no_slot(tmp_path: Path) -> None:
    """One user's prompt is blocked at every attempt; with one slot, another's image still comes."""
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1)) as here:
        await here.store_capabilities(external_id=True, lists=True)
        await careful(here)
        page = blocks(here, "nginx 403", times=3)

        walled = await here.ask()
        await here.until(lambda: "blocked" in said(here))
        page.times = 0
        other = await here.until_over(await here.ask(a_request(user_id=8)))

        assert other.state is State.DELIVERED
        assert (await here.job(walled.id)).state is State.SUBMITTING
        done = await here.until_over(walled)
        assert (done.state, len(here.kling.book.tasks)) == (State.DELIVERED, 2)


async def careful(here: EngineHarness) -> Job:
    """Answer a poll with a proxy's page: from then on submissions withhold their last piece."""
    blocks(here, "nginx 403", path=r"/images/generations/.", times=1)
    here.kling.api.life.ordain(Fate(seconds=1.0))
    job = await here.until_over(await here.ask())
    here.kling.plan.clear()
    here.kling.book.tasks.clear()
    return job


@pytest.mark.parametrize("name", LARGE)
async def test_body_limit_gets_one_smaller_form(tmp_path: Path, name: str) -> None:
    async with running_engine(tmp_path) as here:
        page = blocks(here, name, times=1)

        job = await here.until_over(await here.ask())

        assert (job.state, page.met, len(here.kling.book.tasks)) == (State.DELIVERED, 2, 1)
        folder = here.parts.storage.folder(job.id)
        assert (folder / "source-small.jpg").stat().st_size < (folder / "source").stat().st_size
        assert here.channel.alerts == []


NGINX_BYTES = 1_048_576
"""nginx's default limit of a body (client_max_body_size 1m)."""


def limits_bodies(here: EngineHarness) -> Rule:
    rule = Rule(action="page", page="nginx 413", method="POST", times=None, over=NGINX_BYTES + 1)
    return here.kling.plan.add(rule)


def is_down(here: EngineHarness) -> Rule:
    """Refuse submissions in the provider's own form; such a refusal creates no task."""
    body = {"code": 5001, "message": "maintenance"}
    rule = Rule(action="status", method="POST", path=SUBMIT, status=503, body=body)
    return here.kling.plan.add(rule)


def noise(side: int, form: str = "PNG") -> bytes:
    """Return an image that no encoder makes small."""
    return encoded(Image.effect_noise((side, side), 180).convert("RGB"), form)


@pytest.mark.parametrize(("side", "form"), [(1200, "PNG"), (2400, "JPEG"), (900, "WEBP")])
async def test_smaller_form_is_within_the_limit_of_a_proxy(
    tmp_path: Path, side: int, form: str
) -> None:
    async with running_engine(tmp_path) as here:
        (tmp_path / "served.png").write_bytes(noise(side, form))
        limit = limits_bodies(here)

        job = await here.until_over(await here.ask())

        small = here.parts.storage.folder(job.id) / "source-small.jpg"
        assert (job.state, job.source_form, limit.met) == (State.DELIVERED, "small", 1)
        with Image.open(small) as image:
            assert (image.format, min(image.size) >= 300) == ("JPEG", True)


async def test_smaller_form_of_several_images_is_within_the_limit_together(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        (tmp_path / "served.png").write_bytes(noise(1200))
        limit = limits_bodies(here)
        sources = [Source(url=here.picture_url, role="subject") for _ in range(4)]
        request = a_request(
            kind="blend", model="kling-blend", source=sources[0], more=tuple(sources[1:])
        )

        job = await here.until_over(await here.ask(request))

        assert (job.state, limit.met) == (State.DELIVERED, 1)


async def test_smaller_form_is_tried_after_a_retry_too(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        (tmp_path / "served.png").write_bytes(noise(1200))
        down = is_down(here)
        limit = limits_bodies(here)

        job = await here.until_over(await here.ask())

        assert (down.met, limit.met, job.state) == (3, 1, State.DELIVERED)


async def test_smaller_form_stays_after_a_restart_and_a_lost_file(tmp_path: Path) -> None:
    """Another process, or another computer of several, sends the small form at once."""
    async with running_engine(tmp_path) as here:
        (tmp_path / "served.png").write_bytes(noise(1200))
        limit, down = limits_bodies(here), is_down(here)

        asked = await here.ask()
        await here.until(lambda: down.met)
        (here.parts.storage.folder(asked.id) / "source-small.jpg").unlink()
        await here.restart()
        job = await here.until_over(asked)

        assert (limit.met, job.state, len(here.kling.book.tasks)) == (1, State.DELIVERED, 1)


async def test_smaller_form_is_tried_once_whatever_comes_between(tmp_path: Path) -> None:
    """413, then the provider is down, then 413 again: the second ends the job."""
    async with running_engine(tmp_path) as here:
        first = blocks(here, "nginx 413", times=1)
        is_down(here)
        here.kling.plan.add(Rule(action="page", page="nginx 413", path=SUBMIT, times=1))

        job = await here.until_over(await here.ask())

        assert job.outcome is not None
        assert (job.outcome.key, first.met, len(here.kling.book.tasks)) == ("gateway_limit", 3, 0)


async def test_plain_form_may_be_followed_by_the_small_one(tmp_path: Path) -> None:
    """The provider can not read the PNG; the JPEG is too large for the proxy."""
    async with running_engine(tmp_path) as here:
        (tmp_path / "served.png").write_bytes(noise(1200))
        unread = {"code": 1201, "message": "File is not in a valid base64 format"}
        here.kling.plan.add(Rule(action="status", path=SUBMIT, status=400, body=unread))
        limit = limits_bodies(here)

        job = await here.until_over(await here.ask())

        assert (limit.met, job.state, job.source_form) == (1, State.DELIVERED, "small")


@pytest.mark.parametrize("name", LARGE)
async def test_body_limit_met_by_the_smaller_form_too_names_the_gateway(
    tmp_path: Path, name: str
) -> None:
    async with running_engine(tmp_path) as here:
        page = blocks(here, name)

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, page.met) == (State.FAILED, True, 2)
        assert job.outcome is not None
        assert job.outcome.key == "gateway_limit"
        assert here.channel.alerts == ["too_large"]
        assert "HTTP 413" in here.channel.reasons[0]
        await assert_open(here)
