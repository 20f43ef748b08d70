"""Answers of caches, and lists with gaps, do not prove that a submission is absent."""

from __future__ import annotations

import pytest

from services.kling import (
    BearerKey,
    Endpoint,
    KlingClient,
    OwnTask,
    Provider,
    TaskMissing,
    Unknown,
    find_submission,
)
from services.kling.provider import Routes
from services.kling.reconcile import SKEW_S, LookupResult
from tests.services.kling.conftest import InstantClock
from tests.services.kling.lost_submission import (
    HTML_404,
    LATER,
    LOST,
    NO_TASK,
    answers,
    ask,
    later,
    row,
    shown,
)
from tests.services.kling.scripted_provider import Script, Step, lists, says

DENIED = {"code": 1203, "message": "no such task"}


@pytest.mark.parametrize(("age", "kind"), [("31", Unknown), ("0", TaskMissing), ("?", TaskMissing)])
async def test_find_submission_denial_from_a_cache_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, age: str, kind: type[LookupResult]
) -> None:
    """The first look-up came while the submission was on its way, and its answer was cached."""
    denial = says(DENIED, status=404, Age=age)
    answers(script, job1=denial, job2=shown("T2", LATER))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), kind)


@pytest.mark.parametrize(("age", "kind"), [("31", Unknown), ("0", TaskMissing)])
async def test_find_submission_list_from_a_cache_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, age: str, kind: type[LookupResult]
) -> None:
    rows = [row("T2", sent_at + 1, LATER), row("T0", sent_at - SKEW_S - 1, "old")]
    body = {"code": 0, "message": "SUCCEED", "data": rows}
    answers(script, list=says(body, Age=age))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), kind)


async def test_client_asks_caches_to_revalidate(kling: KlingClient, script: Script) -> None:
    answers(script, T1=shown("T1", LOST))

    await kling.fetch("T1")

    assert script.asked[-1].headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("at", "is_listed", "kind"),
    [
        pytest.param(-300.0, False, Unknown, id="an earlier one is left out"),
        pytest.param(0.5, False, Unknown, id="a later one is left out"),
        pytest.param(-300.0, True, TaskMissing, id="an earlier one is shown"),
        pytest.param(2.0, False, TaskMissing, id="one behind the control may lag"),
    ],
)
async def test_find_submission_list_has_to_show_what_is_known_as_ours(
    kling: KlingClient,
    script: Script,
    sent_at: float,
    at: float,
    is_listed: bool,
    kind: type[LookupResult],
) -> None:
    """A list of unfinished tasks alone, or of the latest ten, leaves out the lost one too."""
    finished = OwnTask(task_id="T5", external_task_id="job5", sent_at=sent_at + at)
    rows = [row("T2", sent_at + 1, LATER)]
    rows += [row("T5", sent_at + at, "job5", task_status="succeed")] if is_listed else []
    answers(script, list=[lists(*rows), lists()])

    finding = await find_submission(
        kling,
        LOST,
        sent_at=sent_at,
        running=[later(sent_at)],
        known_task_ids=["T2", "T5"],
        due_in_list=[later(sent_at), finished],
    )

    assert isinstance(finding, kind)


@pytest.mark.parametrize(("first", "kind"), [(NO_TASK, TaskMissing), (HTML_404, Unknown)])
async def test_find_submission_denial_of_one_path_beside_a_page_of_the_other_is_unknown(
    script: Script,
    clock: InstantClock,
    sent_at: float,
    first: Step,
    kind: type[LookupResult],
) -> None:
    paths = ("/v1/images/generations", "/v1/images/generations2")
    routes = Routes(ask={Endpoint.GENERATIONS: paths})
    provider = Provider(base_url=f"{script.url}/kling", credential=BearerKey("k"), routes=routes)
    async with KlingClient(provider, clock=clock) as kling:
        steps = {"job1": first, "2/job1": NO_TASK, "job2": shown("T2", LATER), "list": HTML_404}
        answers(script, **steps)
        finding = await ask(kling, sent_at, later(sent_at))

    assert isinstance(finding, kind)


async def test_find_submission_page_shown_again_is_no_whole_list(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    page = lists(row("T2", sent_at + 1, LATER))
    answers(script, list=[page, page, lists()])

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


async def test_find_submission_list_back_to_a_minute_before_is_not_whole(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """The provider's clock may be two minutes ahead: the lost task may be on the next page."""
    answers(script, list=lists(row("T2", sent_at + 1, LATER), row("T0", sent_at - 60, "job0")))

    finding = await find_submission(
        kling, LOST, sent_at=sent_at, running=[later(sent_at)], known_task_ids=["T2", "T0"]
    )

    assert isinstance(finding, Unknown)
