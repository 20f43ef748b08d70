"""After a lost answer: found, surely not there, or unknowable; only a sure No allows a resend."""

from __future__ import annotations

import pytest

from services.kling import (
    BearerKey,
    Found,
    KlingClient,
    Knowledge,
    NotThere,
    Provider,
    Unknowable,
    find_submission,
    learn,
)
from services.kling.lookup import SETTLED_S, Finding
from tests.services.kling.conftest import JumpClock
from tests.services.kling.scripted import (
    Script,
    drops,
    is_at,
    lists,
    says,
    says_raw,
)

BOTH = Knowledge(external_id=True, list_call=True)
BY_ID = Knowledge(external_id=True)
BY_LIST = Knowledge(list_call=True)
NO_TASK = says({"code": 1203, "message": "no such task"}, status=404)
NO_LIST = says_raw(b"404 page not found", status=404)
BROKE = says({"code": 1102, "message": "balance"}, status=429)
OURS = {"task_info": {"external_task_id": "job1"}}


@pytest.fixture
def sent_at(clock: JumpClock) -> float:
    """Sent so long ago that nothing can still be on its way."""
    return clock.now() - SETTLED_S


def row(task_id: str, at: float, **more: object) -> dict[str, object]:
    return {"task_id": task_id, "task_status": "processing", "created_at": int(at * 1000), **more}


async def ask(kling: KlingClient, sent_at: float, knowledge: Knowledge, *known: str) -> Finding:
    return await find_submission(
        kling, "job1", sent_at=sent_at, known_task_ids=known, knowledge=knowledge
    )


async def test_a_task_found_by_our_id_is_ours(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(is_at("processing", task_id="T9", **OURS))
    finding = await ask(kling, sent_at, Knowledge())
    assert isinstance(finding, Found)
    assert finding.task.task_id == "T9"
    assert finding.knowledge == Knowledge(external_id=True)
    assert [asked.path for asked in script.asked] == ["/kling/v1/images/generations/job1"]


async def test_it_is_found_even_before_a_no_would_count(
    kling: KlingClient, script: Script, clock: JumpClock
) -> None:
    script.say(is_at("processing", task_id="T9"))
    assert isinstance(await ask(kling, clock.now(), Knowledge()), Found)


async def test_an_echo_of_the_question_is_no_answer(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """A gateway that says "processing" to anything must not be believed."""
    script.say(is_at("processing", task_id="job1"), NO_LIST)
    assert isinstance(await ask(kling, sent_at, Knowledge()), Unknowable)
    script.say(is_at("processing", task_info={"external_task_id": "other"}), NO_LIST)
    assert isinstance(await ask(kling, sent_at, Knowledge()), Unknowable)


async def test_a_provider_known_to_answer_may_say_no(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK)
    assert isinstance(await ask(kling, sent_at, BY_ID), NotThere)


async def test_a_no_does_not_count_while_it_may_be_on_its_way(
    kling: KlingClient, script: Script, clock: JumpClock
) -> None:
    script.say(NO_TASK)
    finding = await ask(kling, clock.now() - 5, BY_ID)
    assert isinstance(finding, Unknowable)
    assert finding.again_s == SETTLED_S - 5


async def test_a_no_from_a_provider_that_may_not_know_our_id_is_none(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK, NO_LIST)
    finding = await ask(kling, sent_at, Knowledge())
    assert finding == Unknowable(knowledge=Knowledge(list_call=False))


async def test_the_list_shows_it_by_our_id(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK, lists(row("T8", sent_at), row("T9", sent_at, **OURS)))
    finding = await ask(kling, sent_at, Knowledge())
    assert isinstance(finding, Found)
    assert finding.task.task_id == "T9"


async def test_a_list_that_works_and_shows_nothing_new_says_no(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK, lists(row("T1", sent_at), row("T0", sent_at - 9999)))
    finding = await ask(kling, sent_at, Knowledge(), "T1")
    assert finding == NotThere(knowledge=BY_LIST)


async def test_a_list_that_has_never_shown_a_task_of_ours_proves_nothing(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK, lists())
    assert isinstance(await ask(kling, sent_at, Knowledge(), "T1"), Unknowable)
    script.say(NO_TASK, lists())
    assert isinstance(await ask(kling, sent_at, BY_LIST), NotThere)


async def test_a_new_task_of_unknown_origin_leaves_it_open(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(NO_TASK, lists(row("T7", sent_at + 1)))
    assert isinstance(await ask(kling, sent_at, BY_LIST), Unknowable)
    theirs = {"task_info": {"external_task_id": "job2"}}
    script.say(NO_TASK, lists(row("T7", sent_at + 1, **theirs)))
    assert isinstance(await ask(kling, sent_at, BY_LIST), NotThere)


async def test_a_list_that_does_not_reach_back_leaves_it_open(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    many = [row(f"T{at}", sent_at + 1) for at in range(100)]
    known = [str(each["task_id"]) for each in many]
    script.say(NO_TASK, lists(*many))
    assert isinstance(await ask(kling, sent_at, BY_LIST, *known), Unknowable)
    assert len(script.asked) == 4
    script.say(NO_TASK, lists(*many), lists(row("T1", sent_at - 9999)))
    assert isinstance(await ask(kling, sent_at, BY_LIST, *known), NotThere)


@pytest.mark.parametrize("trouble", [drops, BROKE, says_raw(b"<html>", status=502)])
@pytest.mark.parametrize("knowledge", [Knowledge(), BOTH])
async def test_trouble_decides_nothing_and_teaches_nothing(
    kling: KlingClient, script: Script, sent_at: float, trouble: object, knowledge: Knowledge
) -> None:
    script.say(trouble)  # pyright: ignore[reportArgumentType]
    finding = await ask(kling, sent_at, knowledge)
    assert isinstance(finding, Unknowable)
    assert finding.knowledge == knowledge
    assert finding.again_s is not None


async def test_a_provider_that_does_not_know_our_ids_is_not_asked_by_them(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(lists())
    await ask(kling, sent_at, Knowledge(external_id=False, list_call=True))
    assert [asked.path.partition("?")[0] for asked in script.asked] == [
        "/kling/v1/images/generations"
    ]


@pytest.mark.parametrize(
    ("by_id", "by_list", "known"),
    [
        (is_at("processing"), lists(row("T1", 1.0)), Knowledge(external_id=True, list_call=True)),
        (NO_TASK, NO_LIST, Knowledge(external_id=False, list_call=False)),
        (is_at("processing", task_id="T2"), lists(), Knowledge(external_id=False, list_call=False)),
        (says_raw(b"<html>"), says({"code": 0}), Knowledge(external_id=False, list_call=False)),
        (BROKE, BROKE, Knowledge()),
    ],
)
async def test_what_a_provider_answers_is_learned_from_a_task_that_exists(
    kling: KlingClient, script: Script, by_id: object, by_list: object, known: Knowledge
) -> None:
    script.say(is_at("submitted"))
    task = await kling.fetch("T1")
    script.say(by_id, by_list)  # pyright: ignore[reportArgumentType]
    assert await learn(kling, task, "job1") == known


def test_kling_itself_documents_both_ways() -> None:
    key = BearerKey("sk-x")
    official = Provider(base_url="https://api-singapore.klingai.com", credential=key)
    gateway = Provider(base_url="https://www.dmxapi.cn/kling", credential=key)
    assert Knowledge.of(official) == BOTH
    assert Knowledge().completed_by(Knowledge.of(official)) == BOTH
    disproved = Knowledge(external_id=False)
    assert disproved.completed_by(BOTH) == Knowledge(external_id=False, list_call=True)
    assert Knowledge.of(gateway) == Knowledge()
