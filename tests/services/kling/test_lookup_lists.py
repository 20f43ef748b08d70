"""The list call proves an absence only if the list is whole and has a later running task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.kling import (
    KlingClient,
    ProviderCapabilities,
    TaskFound,
    TaskMissing,
    Unknown,
    find_submission,
)
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


async def test_find_submission_task_in_the_list_is_found(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, job1=NO_TASK, list=lists(row("T8", sent_at), row("T9", sent_at, LOST)))

    finding = await ask(kling, sent_at)

    assert isinstance(finding, TaskFound)
    assert finding.task.task_id == "T9"


def old(sent_at: float) -> dict[str, object]:
    return row("T0", sent_at - SKEW_S - 1, "long ago")


async def test_find_submission_whole_list_with_a_later_running_task_is_absence(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, list=lists(row("T2", sent_at + 1, LATER), old(sent_at)))

    finding = await ask(kling, sent_at, later(sent_at))

    assert finding == TaskMissing(knowledge=ProviderCapabilities(list_call=True))


async def test_find_submission_list_that_ends_with_an_empty_page_is_whole(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, list=[lists(row("T2", sent_at + 1, LATER)), lists()])

    assert isinstance(await ask(kling, sent_at, later(sent_at)), TaskMissing)


async def test_find_submission_page_that_comes_twice_leaves_it_unknown(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """A gateway that does not page, and then returns an empty page."""
    page = lists(row("T2", sent_at + 1, LATER))
    answers(script, list=[page, page, lists()])

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([("T0", -SKEW_S - 1, "old")], id="without the control"),
        pytest.param([("T2", 1, "gw-job2"), ("T0", -SKEW_S - 1, "old")], id="rewritten"),
        pytest.param([("T2", 1, None), ("T0", -SKEW_S - 1, "old")], id="external ids left out"),
        pytest.param(
            [("T2", 1, LATER), ("T7", 0, None), ("T0", -SKEW_S - 1, "old")], id="stranger"
        ),
        pytest.param(
            [("T2", 1, LATER), ("T7", 0, "a1b2"), ("T0", -SKEW_S - 1, "old")],
            id="the lost one rewritten",
        ),
        pytest.param(
            [("T2", 1, LATER), ("T7", -60, "a1b2"), ("T0", -SKEW_S - 1, "old")],
            id="a clock one minute behind",
        ),
        pytest.param([("T0", -SKEW_S - 1, "old"), ("T2", 1, LATER)], id="the oldest first"),
        pytest.param(
            [("T0", -999, "old"), ("T2", 1, LATER), ("T9", -999, "older")], id="in no order"
        ),
        pytest.param([("T2", 1, LATER)] * 2, id="the same page again and again"),
    ],
)
async def test_find_submission_list_that_proves_nothing_is_unknown(
    kling: KlingClient,
    script: Script,
    sent_at: float,
    listed: Sequence[tuple[str, float, str | None]],
) -> None:
    rows = [row(task_id, sent_at + at, own_id) for task_id, at, own_id in listed]
    answers(script, list=lists(*rows))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize("ahead_s", [-SKEW_S + 1, -60.0, 60.0, SKEW_S - 1])
async def test_find_submission_clock_within_two_minutes_makes_no_absence(
    kling: KlingClient, script: Script, sent_at: float, ahead_s: float
) -> None:
    """The lost task is in the list under an id that a gateway made up."""
    rows = [
        row("T2", sent_at + 1 + ahead_s, LATER),
        row("T1", sent_at + ahead_s, "made up"),
        row("T0", sent_at - 999, "old"),
    ]
    answers(script, list=lists(*rows))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize("finished", ["succeed", "failed"])
async def test_find_submission_list_of_finished_tasks_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, finished: str
) -> None:
    control = row("T2", sent_at + 1, LATER, task_status=finished)
    answers(script, list=lists(control, old(sent_at)))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize("unread", [None, 7, "[", {}, {"state": "?"}, ["T1"]])
async def test_find_submission_row_that_can_not_be_read_leaves_it_unknown(
    kling: KlingClient, script: Script, sent_at: float, unread: Any
) -> None:
    rows = [row("T2", sent_at + 1, LATER), unread, old(sent_at)]
    answers(script, list=says({"code": 0, "message": "SUCCEED", "data": rows}))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


async def test_find_submission_list_turns_pages_back_to_the_submission(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    many = [row(f"K{at}", sent_at + 1, f"other{at}") for at in range(99)]
    control = row("T2", sent_at + 1, LATER)
    known = [str(each["task_id"]) for each in (control, *many)]

    async def found(*pages: Step) -> LookupResult:
        answers(script, list=list(pages))
        return await find_submission(
            kling, LOST, sent_at=sent_at, running=[later(sent_at)], known_task_ids=known
        )

    assert isinstance(await found(lists(control, *many), lists(old(sent_at))), TaskMissing)
    assert isinstance(await found(lists(control, *many), HTML_404), Unknown)
    hidden = lists(row("T1", sent_at, LOST), old(sent_at))
    assert isinstance(await found(lists(control, *many), hidden), TaskFound)


async def test_find_submission_id_rewritten_around_ours_contradicts_a_denial(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    rows = [row("T2", sent_at + 1, LATER), row("T1", sent_at, "retry-job1"), old(sent_at)]
    answers(script, job1=NO_TASK, job2=shown("T2", LATER), list=lists(*rows))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


async def test_find_submission_list_that_leaves_our_tasks_out_is_learned(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    answers(script, list=lists())
    sent_at = clock.now() - 100

    finding = await ask(kling, sent_at, later(sent_at))

    assert finding == Unknown(knowledge=ProviderCapabilities(list_call=False))


async def test_find_submission_rows_written_as_text_are_read(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """Skipping such a row counted as a proof of absence, and one request was paid five times."""
    rows = [row("T2", sent_at + 1, LATER), row("T1", sent_at, LOST), old(sent_at)]
    told = [json.dumps(each) for each in rows]
    answers(script, list=says({"code": 0, "message": "SUCCEED", "data": told}))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), TaskFound)


async def test_find_submission_list_proves_nothing_if_the_clock_was_ahead_when_it_was_sent(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    """The lost task's own row is dated by the provider, before the submission as we noted it."""
    sent_at = clock.now() + 7200
    rows = lists(row("T2", clock.now() - 1, LATER), row("T9", clock.now() - 5, "changed"))
    answers(script, list=[rows, lists()])

    assert isinstance(await ask(kling, sent_at, later(sent_at), is_settled=True), Unknown)
