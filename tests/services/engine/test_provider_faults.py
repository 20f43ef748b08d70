"""Provider faults: retry storms, partial results, unusable links.

Each was found by running the engine against a server that shares no code with the sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.task_lifecycle import Fate
from services.db.jobs import DueJobs
from services.engine import EngineConfig, fetch_images
from services.engine.provider_health import FIRST_AGAIN
from services.errors import StoreUnavailable
from services.models import Request, Source, State
from services.storage.sources import fetch_source
from tests.services.kling.scripted_provider import Script, Step, says_raw, serve
from tests.support.engine_harness import running_engine
from tests.support.provider_refusals import SUBMIT, refusal_rule
from tests.support.requests import a_request

ONE = r"/images/generations/"
SECOND = r"/results/.*1\.png$"
BY_LINK = EngineConfig(send_image_as="url")


def full(*, times: int | None = None, **headers: str) -> Rule:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message = "parallel task over resource pack limit"
    return refusal_rule(429, 1303, message, times=times, headers=named)


def refused(message: str, *, times: int = 1, after: int = 0) -> Rule:
    return refusal_rule(400, 1201, message, times=times, after=after)


@dataclass
class Attachment:
    """An image at an address, and its number of downloads: the first is ours, others Kling's."""

    script: Script

    @property
    def request(self) -> Request:
        url = f"{self.script.url}/attachments/cat.png"
        return a_request(source=Source(url=url, name="cat.png"))

    @property
    def links_followed(self) -> int:
        return len(self.script.asked) - 1


@pytest.fixture
async def attachment() -> AsyncIterator[Attachment]:
    async with serve(Script()) as script:
        script.say(picture_of("PNG"))
        yield Attachment(script)


def picture_of(kind: str) -> Step:
    sink = BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(sink, kind)
    return says_raw(sink.getvalue(), content_type="image/png")


@pytest.mark.parametrize("asked", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
async def test_submissions_with_retry_after_zero_back_off(tmp_path: Path, asked: str) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(give_up_s=1800)) as here:
        rule = here.kling.plan.add(full(Retry_After=asked))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert rule.met < 60


async def test_polls_with_retry_after_zero_back_off(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        headers = {"Retry-After": "0"}
        body = {"code": 1302, "message": "too many requests"}
        look = Rule(
            action="status",
            method="GET",
            path=ONE,
            status=429,
            headers=headers,
            body=body,
            times=6,
        )
        here.kling.plan.add(look)

        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED
        assert here.clock.now() - job.created_at > 2 + 4 + 8 + 16 + 32 + 64


async def test_job_that_never_fits_does_not_block_others(tmp_path: Path) -> None:
    """An account with fewer slots than KLING_CONCURRENCY says: nine units will never be free."""
    async with running_engine(tmp_path) as here:
        rule = here.kling.plan.add(full(times=FIRST_AGAIN + 1))
        large = await here.ask(a_request(user_id=1, count=9))
        await here.until(lambda: rule.met > 0)
        small = await here.ask(a_request(user_id=2))

        small = await here.until_over(small)

        assert small.state is State.DELIVERED
        assert (await here.job(large.id)).state is not State.DELIVERED
        assert (await here.until_over(large)).state is State.DELIVERED


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 404},
        {"action": "status", "status": 200, "body": "<html>sign in</html>"},
    ],
)
async def test_unavailable_image_delays_the_others_for_minutes_only(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.api.life.ordain(Fate(images=2))
        here.kling.plan.add(Rule(**fault, path=SECOND, times=None))

        job = await here.until_over(await here.ask(a_request(count=2)))

        assert job.state is State.DELIVERED
        [(_, results)] = here.channel.posted
        assert [result.position for result in results] == [0]
        assert 60 < here.clock.now() - job.created_at < 1200
        assert here.channel.alerts == ["images_lost"]
        assert job.id in here.channel.reasons[0]


async def test_synchronous_images_are_delivered_if_one_is_unavailable(tmp_path: Path) -> None:
    """There is no task to poll for a new link: the other image is all that will ever come."""
    synchronous = KlingOptions(painter="copy", flavour="synchronous")
    async with running_engine(tmp_path, kling=synchronous) as here:
        here.kling.plan.add(Rule(action="status", status=403, path=SECOND, times=None))

        job = await here.until_over(await here.ask(a_request(count=2)))

        assert job.state is State.DELIVERED
        [(_, results)] = here.channel.posted
        assert len(results) == 1


@pytest.mark.parametrize(
    "words",
    ["Failed to download image from url", "Image url is not accessible", "image is not valid"],
)
async def test_unusable_link_is_followed_by_the_image_itself(
    tmp_path: Path, attachment: Attachment, words: str
) -> None:
    async with running_engine(tmp_path, rules=BY_LINK) as here:
        post = here.kling.plan.add(refused(words))

        job = await here.until_over(await here.ask(attachment.request))

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
        assert (post.met, attachment.links_followed) == (2, 0)


async def test_image_unsupported_by_kling_is_not_sent_as_a_link(
    tmp_path: Path, attachment: Attachment
) -> None:
    attachment.script.say(picture_of("WEBP"))
    async with running_engine(tmp_path, rules=BY_LINK) as here:
        job = await here.until_over(await here.ask(attachment.request))

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)
        assert attachment.links_followed == 0


async def test_task_failed_for_its_link_is_submitted_with_the_image(
    tmp_path: Path, attachment: Attachment
) -> None:
    """Some providers fetch the image at generation; a failed task costs nothing (Kling)."""
    async with running_engine(tmp_path, rules=BY_LINK) as here:
        here.kling.fails("failed to fetch the image")

        asked = await here.ask(attachment.request)
        job = await here.until_over(asked)

        assert (job.state, job.external_task_id) == (State.DELIVERED, f"{asked.id}-1")
        assert (len(here.kling.book.tasks), attachment.links_followed) == (2, 1)
        assert here.channel.alerts == []


async def test_task_failed_for_its_image_gets_no_second_task(
    tmp_path: Path, attachment: Attachment
) -> None:
    async with running_engine(tmp_path, rules=BY_LINK) as here:
        here.kling.fails("Image pixel is invalid", times=9)

        job = await here.until_over(await here.ask(attachment.request))

        assert (job.state, job.given_back) == (State.FAILED, True)
        assert job.outcome is not None
        assert job.outcome.key == "bad_picture"
        assert (len(here.kling.book.tasks), attachment.links_followed) == (2, 1)


async def test_repeat_refused_in_other_words_counts_as_accepted(tmp_path: Path) -> None:
    """Accepted, its answer lost, denied by a slow gateway, sent again, and refused as a repeat."""
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True, lists=False)
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        denial = {"code": 1203, "message": "task not found", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=ONE, status=404, body=denial, times=2)
        )
        here.kling.plan.add(refused("Duplicate external_task_id"))

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


async def test_jobs_claimed_by_a_lost_commit_are_claimed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COMMIT was stored, its answer lost, and its result unknown: a lease of ten minutes began."""
    async with running_engine(tmp_path) as here:
        right, lost = here.store._thread.transact, list[DueJobs]()

        async def deaf(work: Any, *, writes: bool, queue: Any = None) -> Any:
            answer = await right(work, writes=writes, queue=queue)
            if isinstance(answer, DueJobs) and answer.jobs and not lost:
                lost.append(answer)
                raise StoreUnavailable("unknown whether the transaction was committed")
            return answer

        monkeypatch.setattr(here.store._thread, "transact", deaf)
        accepted_at = here.clock.now()

        job = await here.until_over(await here.ask())

        assert (job.state, len(lost)) == (State.DELIVERED, 1)
        assert here.clock.now() - accepted_at < 60


async def test_unreadable_row_is_reported_once_and_blocks_no_job(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(concurrency=1, user_running=1)) as here:
        broken = await here.until_state(await here.ask(), State.RUNNING)
        await here.store.jobs._thread.transact(
            lambda db: db.execute("UPDATE job SET options = '[]'"), writes=True
        )

        for _ in range(3):
            whole = await here.until_over(await here.ask())
            assert whole.state is State.DELIVERED
            here.clock.move_to(here.clock.now() + 3600)

    named = [line for line in caplog.messages if broken.id in line and "cannot be read" in line]
    assert len(named) == 1


async def test_concurrent_fetches_into_one_folder_damage_nothing(tmp_path: Path) -> None:
    """A process that lost its lease goes on: its writes do not count and damage nothing."""
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask())
        [kept] = await here.store.jobs.results(job.id)
        before = sorted(kept.path.parent.iterdir())

        again = await asyncio.gather(
            *(fetch_images._download(here.parts, job, 0, kept.url) for _ in range(8))
        )

        assert {one.path for one in again} == {kept.path}
        assert sorted(kept.path.parent.iterdir()) == before
        assert kept.path.stat().st_size == kept.size


async def test_concurrent_reads_of_one_source_damage_nothing(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here, aiohttp.ClientSession() as session:
        job = await here.until_over(await here.ask())
        [source] = list(here.parts.sources.folder(job.id).glob("source*"))
        was = source.read_bytes()
        source.unlink()

        sizes = await asyncio.gather(
            *(fetch_source(session, here.picture_url, source, clock=here.clock) for _ in range(8))
        )

        assert set(sizes) == {len(was)}
        assert source.read_bytes() == was
        assert [path for path in source.parent.iterdir() if path.suffix == ".part"] == []
