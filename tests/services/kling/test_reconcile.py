"""After a lost answer: found, proven absent, or unknown; only a proven absence allows a resend."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from services.kling import (
    BearerKey,
    Endpoint,
    KlingClient,
    OwnTask,
    Provider,
    ProviderCapabilities,
    Task,
    TaskFound,
    TaskMissing,
    TaskStatus,
    Unknown,
    is_surely_unknown,
    learn,
)
from services.kling.reconcile import SETTLED_S
from tests.services.kling.conftest import InstantClock
from tests.services.kling.lost_submission import (
    BROKE,
    HTML_404,
    LATER,
    LOST,
    NO_TASK,
    NO_TASK_OF_NEW_API,
    PAGE_404,
    answers,
    ask,
    later,
    row,
    shown,
)
from tests.services.kling.scripted_provider import Script, Step, drops, is_at, lists, says, says_raw

NO_PROOFS: Mapping[str, Step] = {
    "plain page": PAGE_404,
    "HTML page": HTML_404,
    "empty": says_raw(b"", status=404),
    "HTML, 200": says_raw(b"<html>sign in</html>"),
    "Kong": says({"message": "no Route matched with those values"}, status=404),
    "Spring": says({"status": 404, "error": "Not Found", "path": "/kling/job1"}, status=404),
    "Kubernetes": says({"kind": "Status", "reason": "NotFound", "code": 404}, status=404),
    "FastAPI": says({"detail": "Not Found"}, status=404),
    "code 0": says({"code": 0, "message": "Not Found"}, status=404),
    "no data": says({"code": 0, "message": "SUCCEED", "data": None}),
    "other code": says({"code": 1202, "message": "method not allowed"}, status=404),
    "path code": says({"error": {"message": "Invalid URL", "code": "not_found"}}, status=404),
    "own form, other words": says(
        {"error": {"message": "channel is asleep", "type": "gateway_error", "code": "asleep"}},
        status=404,
    ),
    "too fast": says({"code": 1302, "message": "too many requests"}, status=429),
    "dropped": drops,
    "502": says_raw(b"<html>502", status=502),
}


async def test_find_submission_task_under_our_id_is_found(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, job1=is_at("processing", task_id="T9"))

    finding = await ask(kling, sent_at)

    assert isinstance(finding, TaskFound)
    assert finding.task.task_id == "T9"
    assert finding.knowledge == ProviderCapabilities(external_id=True)


async def test_find_submission_finished_task_is_no_proof_of_the_look_up(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, job1=is_at("succeed", "https://cdn.example/1.png", task_id="T9"))

    finding = await ask(kling, sent_at)

    assert isinstance(finding, TaskFound)
    assert finding.knowledge == ProviderCapabilities()


@pytest.mark.parametrize(
    "echo",
    [
        is_at("processing", task_id="job1"),
        is_at("processing", task_info={"external_task_id": "other"}),
        says({"status": "ok"}),
    ],
)
async def test_find_submission_echo_of_the_question_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, echo: Step
) -> None:
    answers(script, job1=echo, job2=shown("T2", LATER))

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize("denial", [NO_TASK, NO_TASK_OF_NEW_API])
async def test_find_submission_denial_beside_a_later_running_task_is_absence(
    kling: KlingClient, script: Script, sent_at: float, denial: Step
) -> None:
    answers(script, job1=denial, job2=shown("T2", LATER))

    finding = await ask(kling, sent_at, later(sent_at))

    assert finding == TaskMissing(knowledge=ProviderCapabilities(external_id=True))


async def test_find_submission_denial_alone_is_unknown(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, job1=NO_TASK)

    assert isinstance(await ask(kling, sent_at), Unknown)


@pytest.mark.parametrize("name", NO_PROOFS)
async def test_find_submission_page_of_something_between_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, name: str
) -> None:
    answers(script, job1=NO_PROOFS[name], job2=shown("T2", LATER), list=NO_PROOFS[name])

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize(
    "control",
    [
        *NO_PROOFS.values(),
        NO_TASK,
        shown("T2", LATER, "succeed"),
        shown("T2", LATER, "failed"),
        shown("T2", "rewritten"),
        shown("T3", LATER),
        is_at("processing", task_id=LATER),
    ],
)
async def test_find_submission_denial_beside_a_control_that_is_not_shown_is_unknown(
    kling: KlingClient, script: Script, sent_at: float, control: Step
) -> None:
    answers(script, job1=NO_TASK, job2=control)

    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


async def test_find_submission_earlier_task_is_no_control(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """A cache may return old tasks and lack newer ones."""
    answers(script, job1=NO_TASK, job2=shown("T2", LATER))
    earlier = OwnTask(task_id="T2", external_task_id=LATER, sent_at=sent_at - 1)

    assert isinstance(await ask(kling, sent_at, earlier), Unknown)


async def test_find_submission_before_it_settled_is_unknown(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    answers(script, job1=NO_TASK, job2=shown("T2", LATER))
    sent_at = clock.now() - 5

    finding = await ask(kling, sent_at, later(sent_at))

    assert isinstance(finding, Unknown)
    assert finding.settles_in_s == SETTLED_S - 5


async def test_find_submission_before_it_settled_is_not_asked_for_by_our_id(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    """A denial that a cache keeps would outlast the acceptance of a submission still on its way."""
    answers(script, job1=NO_TASK, list=lists(row("T1", clock.now(), LOST)))

    finding = await ask(kling, clock.now() - SETTLED_S + 1)

    assert isinstance(finding, TaskFound)
    assert all(asked.path.partition("?")[0].endswith("/generations") for asked in script.asked)


@pytest.mark.parametrize(("own_id", "kind"), [(None, Unknown), (LOST, TaskFound)])
async def test_find_submission_failure_without_our_id_is_no_find(
    kling: KlingClient, script: Script, sent_at: float, own_id: str | None, kind: type[object]
) -> None:
    info = {} if own_id is None else {"task_info": {"external_task_id": own_id}}
    answers(script, job1=is_at("failed", task_id="T9", **info))

    assert isinstance(await ask(kling, sent_at), kind)


@pytest.mark.parametrize(("learned", "is_unknown"), [(True, True), (None, False), (False, False)])
@pytest.mark.parametrize("is_official", [True, False])
async def test_is_surely_unknown_without_a_control_by_kling_itself_alone(
    script: Script,
    clock: InstantClock,
    sent_at: float,
    is_official: bool,
    learned: bool | None,
    is_unknown: bool,
) -> None:
    kind = OfficialProvider if is_official else Provider
    provider = kind(base_url=f"{script.url}/kling", credential=BearerKey("sk-x"))
    answers(script, T1=NO_TASK)
    async with KlingClient(provider, clock=clock) as kling:
        knowledge = ProviderCapabilities(external_id=learned)
        found = await is_surely_unknown(kling, "T1", sent_at=sent_at, knowledge=knowledge)

    assert found is (is_unknown and is_official)


async def test_find_submission_asks_again_behind_the_control(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    """A single wrong answer is over by then, and a submission accepted meanwhile is found."""
    answers(script, job1=[NO_TASK, shown("T1", LOST)], job2=shown("T2", LATER))
    assert isinstance(await ask(kling, sent_at, later(sent_at)), TaskFound)

    answers(script, job1=[NO_TASK, HTML_404], job2=shown("T2", LATER))
    assert isinstance(await ask(kling, sent_at, later(sent_at)), Unknown)


@pytest.mark.parametrize(("learned", "kind"), [(True, TaskMissing), (None, Unknown)])
async def test_find_submission_on_kling_itself_needs_a_proof_of_the_last_days(
    script: Script, clock: InstantClock, sent_at: float, learned: bool | None, kind: type[object]
) -> None:
    """Its pages promise the look-up; finding one running task of ours by it recently is enough."""
    provider = OfficialProvider(base_url=f"{script.url}/kling", credential=BearerKey("sk-x"))
    answers(script, job1=NO_TASK)
    async with KlingClient(provider, clock=clock) as kling:
        finding = await ask(kling, sent_at, knowledge=ProviderCapabilities(external_id=learned))

    assert isinstance(finding, kind)


class OfficialProvider(Provider):
    """Kling itself, on this computer."""

    @property
    def is_official(self) -> bool:
        return True


@pytest.mark.parametrize("trouble", [drops, BROKE, says_raw(b"<html>", status=502)])
async def test_find_submission_trouble_decides_nothing_and_teaches_nothing(
    kling: KlingClient, script: Script, sent_at: float, trouble: Step
) -> None:
    script.say(trouble)

    finding = await ask(kling, sent_at, later(sent_at))

    assert finding == Unknown(knowledge=ProviderCapabilities())


async def test_find_submission_path_without_external_ids_is_not_asked_by_them(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    script.say(lists())

    await ask(kling, sent_at, knowledge=ProviderCapabilities(external_id=False))

    assert [asked.path.partition("?")[0] for asked in script.asked] == [
        "/kling/v1/images/generations"
    ]


async def test_find_submission_control_denied_by_our_id_and_shown_by_its_own_is_learned(
    kling: KlingClient, script: Script, sent_at: float
) -> None:
    answers(script, job1=NO_TASK, job2=NO_TASK, T2=shown("T2", LATER))

    finding = await ask(kling, sent_at, later(sent_at))

    assert finding == Unknown(knowledge=ProviderCapabilities(external_id=False))


@pytest.mark.parametrize(
    ("control", "again", "is_unknown"),
    [
        (shown("T2", LATER), NO_TASK, True),
        (is_at("processing", task_id="T2"), NO_TASK, True),
        (shown("T2", LATER), is_at("processing", task_id="T1"), False),
        (shown("T2", LATER), HTML_404, False),
        (shown("T2", LATER, "succeed"), NO_TASK, False),
        (shown("T2", "rewritten"), NO_TASK, False),
        (HTML_404, NO_TASK, False),
        (NO_TASK, NO_TASK, False),
    ],
)
async def test_is_surely_unknown_only_beside_a_later_running_task(
    kling: KlingClient,
    script: Script,
    sent_at: float,
    control: Step,
    again: Step,
    is_unknown: bool,
) -> None:
    answers(script, T1=again, T2=control)
    running = [later(sent_at)]

    assert await is_surely_unknown(kling, "T1", sent_at=sent_at, running=running) is is_unknown


ROW = row("T1", 1_790_000_000.0)


@pytest.mark.parametrize(
    ("by_id", "by_list", "known"),
    [
        (is_at("processing"), lists(ROW), ProviderCapabilities(external_id=True, list_call=True)),
        (is_at("succeed", "https://x/1.png"), lists(ROW), ProviderCapabilities(list_call=True)),
        (NO_TASK, lists(), ProviderCapabilities(external_id=False, list_call=False)),
        (is_at("processing", task_id="T2"), PAGE_404, ProviderCapabilities()),
        (HTML_404, HTML_404, ProviderCapabilities()),
        (PAGE_404, says({"code": 0}), ProviderCapabilities()),
        (BROKE, BROKE, ProviderCapabilities()),
    ],
)
async def test_learn_counts_only_what_shows_or_denies_the_task(
    kling: KlingClient, script: Script, by_id: Step, by_list: Step, known: ProviderCapabilities
) -> None:
    task = Task(task_id="T1", endpoint=Endpoint.GENERATIONS, status=TaskStatus.RUNNING)
    answers(script, job1=by_id, list=by_list)

    assert await learn(kling, task, "job1") == known


async def test_learn_from_a_task_just_accepted_takes_no_denial(
    kling: KlingClient, script: Script
) -> None:
    task = Task(task_id="T1", endpoint=Endpoint.GENERATIONS, status=TaskStatus.RUNNING)
    answers(script, job1=NO_TASK, list=lists())

    assert await learn(kling, task, "job1", is_settled=False) == ProviderCapabilities()


def test_kling_itself_documents_both_ways() -> None:
    key, both = BearerKey("sk-x"), ProviderCapabilities(external_id=True, list_call=True)
    official = Provider(base_url="https://api-singapore.klingai.com", credential=key)
    gateway = Provider(base_url="https://www.dmxapi.cn/kling", credential=key)
    assert ProviderCapabilities.from_provider(official) == both
    assert ProviderCapabilities().completed_by(ProviderCapabilities.from_provider(official)) == both
    disproved = ProviderCapabilities(external_id=False)
    assert disproved.completed_by(both) == ProviderCapabilities(external_id=False, list_call=True)
    assert ProviderCapabilities.from_provider(gateway) == ProviderCapabilities()
