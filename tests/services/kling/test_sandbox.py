"""The client against the sandbox's Kling: every flavour delivers, nothing is paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.dialects import FLAVOURS
from sandbox.kling.options import ACCESS_KEY, KEY, SECRET_KEY, Options
from sandbox.kling.server import Served, serve
from sandbox.kling.task_lifecycle import Fate
from services.catalog.models import ModelTable
from services.common.clock import SystemClock
from services.errors import KlingRefused, KlingTaskFailed, KlingTaskUnknown, SubmitUncertain
from services.kling import (
    ImageGeneration,
    KlingClient,
    MultiImage,
    Outpainting,
    OwnTask,
    PollSchedule,
    ProviderCapabilities,
    Submission,
    Task,
    TaskFound,
    TaskMissing,
    TaskStatus,
    Unknown,
    find_submission,
    learn,
    rule_for,
)
from services.kling.access_keys import AccessKeyPair
from services.kling.reconcile import SETTLED_S
from tests.support.sandbox_providers import model_of, sandbox_provider

MODELS = ModelTable.load(Path(__file__).parents[3] / "data" / "models.toml")
QUICK = PollSchedule(first_s=0.01)


class ShortSleepClock(SystemClock):
    """The computer's time, with sleeps of at most 10 ms."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.01))


@asynccontextmanager
async def world(
    flavour: str = "official", *, pair: bool = False
) -> AsyncIterator[tuple[Served, KlingClient]]:
    options = Options(flavour=flavour, min_seconds=0.0, max_seconds=0.0, painter="copy", workers=1)
    async with serve(options) as served:
        provider = sandbox_provider(served.url, flavour)
        if pair:
            provider = replace(provider, credential=AccessKeyPair(ACCESS_KEY, SECRET_KEY))
        async with KlingClient(provider, clock=SystemClock()) as client:
            yield served, client


def painting(picture: Path, **more: object) -> ImageGeneration:
    given = {"model": "kling-v3", "prompt": "in oil", "image": picture, **more}
    return ImageGeneration(**given)  # pyright: ignore[reportArgumentType]


async def painted(kling: KlingClient, submission: Submission) -> Task:
    """Submit and wait with short intervals; return the finished task."""
    task = await kling.submit(submission)
    if task.status is TaskStatus.DONE:
        return task
    return await kling.wait(task.task_id, endpoint=task.endpoint, rhythm=QUICK)


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_sandbox_flavour_delivers(flavour: str, picture: Path, tmp_path: Path) -> None:
    async with world(flavour) as (served, kling):
        ours = painting(picture, model=model_of(flavour), external_task_id="job1")
        done = await painted(kling, ours)
        got = await kling.download(done.images[0].url, tmp_path / "out")
        assert (got.width, got.height) == (640, 600)
        assert len(served.book.tasks) == 1


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_sandbox_flavour_reports_moderation(flavour: str, picture: Path) -> None:
    async with world(flavour) as (_, kling):
        model = model_of(flavour)
        with pytest.raises((KlingTaskFailed, KlingRefused)) as caught:
            await painted(kling, painting(picture, model=model, prompt="something forbidden"))
        assert "risk control" in caught.value.message or flavour == "moderated"
        assert rule_for(caught.value).member == "refused_content"
        with pytest.raises(KlingRefused):
            await kling.submit(painting(picture, model=model, prompt="something prohibited"))


async def test_sandbox_accepts_signed_tokens(picture: Path) -> None:
    async with world(pair=True) as (_, kling):
        assert (await kling.submit(painting(picture))).status is TaskStatus.WAITING


async def test_sandbox_other_endpoints_deliver(picture: Path) -> None:
    async with world() as (_, kling):
        forms = (
            painting(picture, model=MODELS.get("kling-v3-omni")),
            MultiImage(prompt="together", subjects=(picture, picture)),
            Outpainting(image=picture, left=0.2, right=0.2),
        )
        for form in forms:
            assert (await painted(kling, form)).images


@pytest.mark.parametrize("flavour", ["bltcy", "qiniu", "official"])
async def test_sandbox_multi_image_task_is_found_on_any_path(flavour: str, picture: Path) -> None:
    async with world(flavour) as (_, kling):
        for _ in range(2):  # the second time the right path is known
            form = MultiImage(prompt="together", subjects=(picture, picture))
            assert (await painted(kling, form)).images


async def test_sandbox_lost_answer_is_found_and_paid_once(picture: Path) -> None:
    async with world() as (served, kling):
        served.plan.add(Rule(action="drop_after", method="POST"))
        sent_at = served.clock.now()
        with pytest.raises(SubmitUncertain):
            await kling.submit(painting(picture, external_task_id="job1"))
        finding = await find_submission(kling, "job1", sent_at=sent_at)
        assert isinstance(finding, TaskFound)
        assert len(served.book.tasks) == 1


@pytest.mark.parametrize(
    ("flavour", "kind"),
    [
        ("official", TaskMissing),
        ("dmxapi", TaskMissing),
        ("lists-only", TaskMissing),
        ("yunwu", TaskMissing),
        ("forgetful", Unknown),
        ("qiniu", Unknown),
    ],
)
async def test_sandbox_lost_submission_is_resent_only_if_proven_absent(
    flavour: str, kind: type[object], picture: Path
) -> None:
    async with world(flavour) as (served, kling):
        served.plan.add(Rule(action="drop_before", method="POST"))
        with pytest.raises(SubmitUncertain):
            await kling.submit(painting(picture, external_task_id="job1"))
        served.api.life.ordain(Fate(seconds=10**6))
        task = await kling.submit(painting(picture, external_task_id="job2"))
        long_ago = served.clock.now() - SETTLED_S - 1
        running = OwnTask(task_id=task.task_id, external_task_id="job2", sent_at=long_ago + 1)

        async def found(*later: OwnTask) -> object:
            known = [each.task_id for each in later]
            return await find_submission(
                kling, "job1", sent_at=long_ago, running=later, known_task_ids=known
            )

        assert isinstance(await found(running), kind)
        assert isinstance(await found(), Unknown)


@pytest.mark.parametrize(
    ("flavour", "known"),
    [
        ("official", ProviderCapabilities(external_id=True, list_call=True)),
        ("yunwu", ProviderCapabilities(external_id=True)),
        ("forgetful", ProviderCapabilities(external_id=False)),
    ],
)
async def test_sandbox_capabilities_are_detected_at_no_cost(
    flavour: str, known: ProviderCapabilities, picture: Path
) -> None:
    async with world(flavour) as (served, kling):
        served.api.life.ordain(Fate(seconds=10**6))
        task = await kling.submit(painting(picture, external_task_id="job1"))
        assert await learn(kling, task, "job1") == known
        assert len(served.book.tasks) == 1


async def test_sandbox_check_calls_cost_nothing(picture: Path) -> None:
    async with world() as (served, kling):
        assert await kling.list_tasks(size=1) == []
        with pytest.raises(KlingTaskUnknown):
            await kling.fetch("made-up")
        packs = await kling.resource_packs()
        assert packs is not None
        assert packs[0].status == "online"
        assert packs[0].remaining == packs[0].total == 100_000
        assert kling.server_ahead_s == pytest.approx(0, abs=2)
        assert served.book.tasks == {}


async def test_client_page_example_runs(picture: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "client.md").read_text("utf-8")
    program = page.split("```python")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(compile(program, "docs/client.md", "exec"), names)
    names["SystemClock"] = ShortSleepClock
    options = Options(min_seconds=0.0, max_seconds=0.0, painter="copy", workers=1)
    async with serve(options) as served:
        await names["repaint"](f"{served.url}/kling", KEY, picture, tmp_path / "out.png")
    assert await asyncio.to_thread((tmp_path / "out.png").exists)
