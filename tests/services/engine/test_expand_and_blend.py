"""Expansions and blends work as every job does: on their own path, paid once, delivered."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.faults import Rule
from sandbox.kling.options import Options as KlingOptions
from services.engine import EngineConfig
from services.errors import ExpansionTooLarge, TooManyPictures, UnknownModel
from services.kling import Endpoint
from services.models import Padding, Request, Source, State
from tests.support.bot_harness import record_submissions
from tests.support.engine_harness import EngineHarness, running_engine
from tests.support.lost_answers import CONTROL, lose_submission_answer, start_other_task
from tests.support.requests import a_request

PATHS = {"expand": Endpoint.EXPAND, "blend": Endpoint.MULTI}
KINDS = list(PATHS)


def asked(here: EngineHarness, kind: str, **changes: Any) -> Request:
    """Make a request of a kind: an expansion to the right, or a blend of two with a style."""
    picture = Source(url=here.picture_url, name="cat.png", width=640, height=480)
    given: dict[str, Any] = {"prompt": "", "model": "", "kind": kind, "source": picture}
    if kind == "expand":
        given["sides"] = Padding(right=0.5)
    else:
        style = Source(url=here.picture_url, name="style.png", role="style")
        given["more"] = (picture, style)
    return a_request(**given | changes)


def paid(here: EngineHarness) -> int:
    return len(here.kling.book.tasks)


@pytest.mark.parametrize("kind", KINDS)
async def test_job_of_each_kind_is_submitted_and_polled_on_its_own_path(
    tmp_path: Path, kind: str
) -> None:
    async with running_engine(tmp_path) as here:
        orders = record_submissions(here.kling)

        job = await here.until_over(await here.ask(asked(here, kind, count=2)))

        assert (job.state, job.request.kind, job.units) == (State.DELIVERED, kind, 2)
        [task] = here.kling.book.tasks.values()
        assert f"/v1/images/{task.order.resource}" == PATHS[kind]
        [(_, results)] = here.channel.posted
        assert len(results) == 2
        [order] = orders
        assert "prompt" not in order
        assert order["external_task_id"] == job.id


async def test_expand_submits_all_four_sides(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        orders = record_submissions(here.kling)

        await here.until_over(await here.ask(asked(here, "expand", prompt="a wide meadow")))

        [order] = orders
        sides = {side: order[f"{side}_expansion_ratio"] for side in ("up", "down", "left", "right")}
        assert sides == {"up": 0, "down": 0, "left": 0, "right": 0.5}
        assert order["prompt"] == "a wide meadow"
        assert "model_name" not in order


async def test_blend_submits_each_image_in_its_place(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        orders = record_submissions(here.kling)

        await here.until_over(await here.ask(asked(here, "blend", style="ink", ratio="1:1")))

        [order] = orders
        subjects = [each["subject_image"] for each in order["subject_image_list"]]
        sizes = [Image.open(io.BytesIO(base64.b64decode(one))).size for one in subjects]
        assert sizes == [(640, 480)] * 2
        assert order["style_image"] == subjects[0]
        assert "scene_image" not in order
        assert (order["model_name"], order["aspect_ratio"]) == ("kling-v2-1", "1:1")
        assert order["prompt"].startswith("as an ink drawing")


async def test_expand_to_a_ratio_uses_the_real_image_size(tmp_path: Path) -> None:
    """Discord claims a square; the file that came is 640 x 480."""
    async with running_engine(tmp_path) as here:
        orders = record_submissions(here.kling)
        claimed = Source(url=here.picture_url, name="cat.png", width=480, height=480)
        request = asked(here, "expand", sides=None, ratio="16:9", source=claimed)

        job = await here.until_over(await here.ask(request))

        assert job.state is State.DELIVERED
        assert orders[0]["left_expansion_ratio"] == orders[0]["right_expansion_ratio"] == 0.1666


async def test_expand_impossible_for_the_real_image_is_refused_and_refunded(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        unclaimed = Source(url=here.picture_url, name="cat.png")
        request = asked(here, "expand", sides=None, ratio="4:3", source=unclaimed)

        job = await here.until_over(await here.ask(request))

        assert (job.state, job.given_back, paid(here)) == (State.FAILED, True, 0)
        assert job.outcome is not None
        assert job.outcome.key == "expansion_unneeded"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["drop_after", "cut", "status"])
async def test_lost_answer_is_found_on_the_kinds_own_path_and_paid_once(
    tmp_path: Path, kind: str, action: str
) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(
            Rule(action=action, method="POST", path=PATHS[kind], status=502, processed=True)
        )

        job = await here.until_over(await here.ask(asked(here, kind)))

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_submission_proven_absent_is_sent_again_on_each_path(
    tmp_path: Path, kind: str
) -> None:
    async with running_engine(tmp_path) as here:
        unanswered = await lose_submission_answer(here, asked(here, kind), path=PATHS[kind])
        await start_other_task(here, asked(here, kind, user_id=CONTROL))

        job = await here.until_over(unanswered)

        assert (job.state, paid(here)) == (State.DELIVERED, 2)


async def test_capability_of_one_path_proves_nothing_for_another(tmp_path: Path) -> None:
    """A gateway forwards our ids on the first path; their absence on another proves nothing."""
    async with running_engine(tmp_path) as here:
        await here.until_over(await here.ask())
        assert here.parts.provider.knowledge.external_id
        assert here.parts.provider.get_capabilities(Endpoint.EXPAND).external_id is None
        unknown = {"code": 1203, "message": "task not found", "request_id": "r"}
        for path in ("/editing/expand$", "/editing/expand/"):
            here.kling.plan.add(
                Rule(action="status", method="GET", path=path, status=404, body=unknown, times=None)
            )
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=Endpoint.EXPAND))

        job = await here.until_over(await here.ask(asked(here, "expand")))

        assert (job.state, job.given_back) == (State.UNCERTAIN, True)
        assert paid(here) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_job_of_each_kind_survives_restarts(tmp_path: Path, kind: str) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.ask(asked(here, kind))
        for state in (State.RUNNING, None):
            if state is not None:
                await here.until_state(job, state)
            await here.restart()
        job = await here.until_over(job)

        assert (job.state, paid(here)) == (State.DELIVERED, 1)
        assert len(job.request.sources) == (1 if kind == "expand" else 3)
        assert job.request.sources[-1].role == ("subject" if kind == "expand" else "style")


@pytest.mark.parametrize(("kind", "units"), [("expand", 8), ("blend", 16)])
async def test_units_are_images_and_the_price_is_of_the_kind(
    tmp_path: Path, kind: str, units: int
) -> None:
    async with running_engine(tmp_path) as here:
        job = await here.until_over(await here.ask(asked(here, kind, count=3)))

        assert job.units == 3
        assert here.kling.book.billed == 3 * units
        usage = await here.acceptance.usage(user_id=1, guild_id=5)
        assert usage.user == 3


async def test_closed_model_on_one_path_leaves_other_kinds_open(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        body = {"code": 1103, "message": "no permission", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="POST", path=Endpoint.MULTI, status=403, body=body)
        )

        refused = await here.until_over(await here.ask(asked(here, "blend")))
        other = await here.until_over(await here.ask(asked(here, "expand")))
        face = await here.until_over(await here.ask(a_request(model="kling-v2-1")))

        assert (refused.state, refused.given_back) == (State.FAILED, True)
        assert (other.state, face.state) == (State.DELIVERED, State.DELIVERED)


@pytest.mark.parametrize("flavour", ["official", "dmxapi", "yunwu", "lists-only"])
@pytest.mark.parametrize("kind", KINDS)
async def test_gateways_with_the_path_generate_each_kind(
    tmp_path: Path, kind: str, flavour: str
) -> None:
    options = KlingOptions(painter="copy", min_seconds=1, max_seconds=1, flavour=flavour)
    async with running_engine(tmp_path, kling=options) as here:
        job = await here.until_over(await here.ask(asked(here, kind)))

        assert (job.state, paid(here)) == (State.DELIVERED, 1)


async def test_blend_by_url_submits_discords_links(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path, rules=EngineConfig(send_image_as="url")) as here:
        orders = record_submissions(here.kling)

        await here.until_over(await here.ask(asked(here, "blend")))

        subjects = [each["subject_image"] for each in orders[0]["subject_image_list"]]
        assert {*subjects, orders[0]["style_image"]} == {here.picture_url}


async def test_typed_link_is_submitted_and_has_no_second_form(
    tmp_path: Path,
) -> None:
    async with running_engine(tmp_path) as here:
        orders = record_submissions(here.kling)
        here.acceptance._loopback = True
        link = Source(url=here.picture_url, origin="link")
        job = await here.until_over(await here.ask(a_request(source=link)))

        assert (job.state, orders[0]["image"]) == (State.DELIVERED, here.picture_url)
        assert list(here.parts.sources.folder(job.id).glob("source*")) == []

        gone = Source(url=here.picture_url.replace("served", "gone"), origin="link")
        failed = await here.until_over(await here.ask(a_request(source=gone)))
        assert (failed.state, failed.given_back, paid(here)) == (State.REFUSED, True, 1)
        assert failed.outcome is not None
        assert failed.outcome.key == "bad_picture"


async def refused(here: EngineHarness, request: Request, reason: type[Exception]) -> None:
    with pytest.raises(reason):
        await here.ask(request)
    assert await here.store.admission.usage(user_id=1, guild_id=5, day="2026-11-22") is not None
    assert here.kling.book.tasks == {}


async def test_impossible_request_is_refused_before_units_are_reserved(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        await refused(
            here, asked(here, "expand", sides=Padding(up=2.0, left=1.0)), ExpansionTooLarge
        )
        five = tuple(Source(url=here.picture_url, name="a.png") for _ in range(4))
        await refused(here, asked(here, "blend", more=five), TooManyPictures)
        await refused(here, asked(here, "blend", model="kling-v3"), UnknownModel)
        await refused(here, a_request(model="kling-expand"), UnknownModel)
