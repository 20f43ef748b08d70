"""Every gateway with every fault: a job that was paid for is delivered, and paid once.

The flavours are the rows of `sandbox/kling/dialects.py`, the faults those of `sandbox/faults.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientTimeout

from sandbox.faults import ACTIONS, Rule
from sandbox.kling.dialects import FLAVOURS
from sandbox.kling.options import Options as KlingOptions
from services.kling import Timeouts
from services.models import State
from tests.support.engine_harness import running_engine
from tests.support.lost_answers import lose_submission_answer, start_other_task
from tests.support.requests import a_request
from tests.support.sandbox_providers import model_of

SUBMIT = r"/(generations|generation)$"
LOOK = r"/images/generations/|/tasks/"
RESULT = r"/results/"

IMPATIENT = ClientTimeout(total=20, sock_connect=1, sock_read=0.5)
QUICK = Timeouts(submit=IMPATIENT, fetch=IMPATIENT, download=IMPATIENT)


def kling(flavour: str = "official") -> KlingOptions:
    return KlingOptions(painter="copy", min_seconds=8, max_seconds=8, flavour=flavour)


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_gateway_of_each_flavour_delivers(tmp_path: Path, flavour: str) -> None:
    async with running_engine(tmp_path, kling=kling(flavour)) as here:
        job = await here.until_over(await here.ask(a_request(model=model_of(flavour))))

        assert job.state is State.DELIVERED
        assert len(here.kling.book.tasks) == 1
        assert here.channel.alerts == []


async def test_synchronous_answer_is_measured_as_generation_time(tmp_path: Path) -> None:
    async with running_engine(tmp_path, kling=kling("synchronous")) as here:
        job = await here.until_over(await here.ask(a_request(model=model_of("synchronous"))))

        assert job.generation is not None
        assert job.generation.seconds >= 8.0


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_gateway_moderation_of_each_flavour_is_a_refusal(
    tmp_path: Path, flavour: str
) -> None:
    async with running_engine(tmp_path, kling=kling(flavour)) as here:
        asked = a_request(model=model_of(flavour), prompt="something forbidden")
        job = await here.until_over(await here.ask(asked))

        assert (job.state, job.given_back) == (State.REFUSED, True)
        assert job.outcome is not None
        assert job.outcome.key == "refused_content"
        assert here.kling.book.billed == 0


@pytest.mark.parametrize("path", [SUBMIT, LOOK, RESULT], ids=["submit", "look", "download"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_gateway_fault_of_each_kind_is_paid_at_most_once(
    tmp_path: Path, action: str, path: str
) -> None:
    async with running_engine(tmp_path, kling=kling(), timeouts=QUICK) as here:
        await here.store_capabilities(external_id=True, lists=True)
        # Silence lasts until our time-out, in real time: once is enough.
        times, seconds = (1, None) if action == "silence" else (2, 0.2)
        rule = Rule(action=action, path=path, status=502, seconds=seconds, times=times)
        here.kling.plan.add(rule)

        job = await here.until_over(await here.ask())

        paid = len(here.kling.book.tasks)
        assert paid <= 1
        assert job.state is (State.DELIVERED if paid else State.UNCERTAIN)
        assert path == SUBMIT or paid
        assert job.given_back is not bool(paid)


@pytest.mark.parametrize(
    ("flavour", "state", "given_back"),
    [
        ("official", State.DELIVERED, False),
        ("dmxapi", State.DELIVERED, False),
        ("yunwu", State.DELIVERED, False),
        ("lists-only", State.DELIVERED, False),
        ("rows-as-text", State.DELIVERED, False),
        ("list-as-text", State.DELIVERED, False),
        ("data-as-text", State.DELIVERED, False),
        ("thrice-wrapped", State.DELIVERED, False),
        ("record", State.DELIVERED, False),
        ("forgetful", State.UNCERTAIN, True),
        ("qiniu", State.UNCERTAIN, True),
        ("synchronous", State.UNCERTAIN, True),
    ],
)
async def test_lost_answer_at_each_gateway_is_paid_once(
    tmp_path: Path, flavour: str, state: State, given_back: bool
) -> None:
    """Found by our id or by the list; with neither its fate is unknown, and units are refunded."""
    async with running_engine(tmp_path, kling=kling(flavour)) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back) == (state, given_back)
        assert len(here.kling.book.tasks) == 1
        assert here.channel.alerts == (["uncertain"] if state is State.UNCERTAIN else [])


async def test_uncertain_job_whose_task_is_found_is_delivered_free(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        # Nobody can be asked for as long as the Job is looked for at first.
        outage = here.kling.plan.add(Rule(action="status", method="GET", status=502, times=None))
        lost = await here.until_over(await here.ask())
        assert (lost.state, lost.given_back) == (State.UNCERTAIN, True)

        here.kling.plan.rules.remove(outage)
        found = await here.until_state(lost, State.DELIVERED)

        assert found.given_back
        assert [posted.id for posted, _ in here.channel.posted] == [lost.id]
        assert len(here.kling.book.tasks) == 1


async def test_submission_lost_repeatedly_is_sent_twice_and_fails(
    tmp_path: Path,
) -> None:
    """A later task proves its absence each time; a job is sent again only once in its life."""
    async with running_engine(tmp_path) as here:
        post = Rule(action="drop_before", method="POST", path=SUBMIT)
        again = Rule(action="drop_before", method="POST", path=SUBMIT, after=1)
        asked = await lose_submission_answer(here, fault=post)
        here.kling.plan.add(again)
        await start_other_task(here)
        await here.until_row(asked, lambda now: now.resends and now.sent_at and now.tries)
        await start_other_task(here, a_request(user_id=98))

        job = await here.until_over(asked)

        assert (job.state, job.given_back, job.resends) == (State.FAILED, True, 1)
        assert job.outcome is not None
        assert job.outcome.key == "provider_down"
        assert here.channel.alerts == ["provider_down"]
        assert len(here.kling.book.tasks) == 2


async def test_submission_refused_as_a_repeat_counts_as_accepted(tmp_path: Path) -> None:
    """The first try is lost, denied once by a slow gateway, repeated and refused as a repeat."""
    async with running_engine(tmp_path) as here:
        await here.store_capabilities(external_id=True)
        here.kling.plan.add(Rule(action="drop_after", method="POST", path=SUBMIT))
        denial = {"code": 1203, "message": "task not found", "request_id": "r"}
        here.kling.plan.add(
            Rule(action="status", method="GET", path=LOOK, status=404, body=denial, times=2)
        )

        job = await here.until_over(await here.ask())

        assert (job.state, len(here.kling.book.tasks)) == (State.DELIVERED, 1)


async def test_expired_result_link_is_polled_again(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as here:
        here.kling.plan.add(Rule(action="status", path=RESULT, status=403, times=2))

        job = await here.until_over(await here.ask())

        assert job.state is State.DELIVERED


@pytest.mark.parametrize(
    "url",
    ["http://cdn.example/a.png", "https://10.0.0.1/a.png", "https://169.254.169.254/", "a.png"],
)
async def test_result_link_into_a_private_network_is_not_followed(tmp_path: Path, url: str) -> None:
    async with running_engine(tmp_path) as here:
        images = [{"index": 0, "url": url}]
        data = {"task_id": "T", "task_status": "succeed", "task_result": {"images": images}}
        here.kling.plan.add(
            Rule(
                action="status",
                method="GET",
                path=LOOK,
                status=200,
                body={"code": 0, "data": data},
                times=None,
            )
        )

        job = await here.until_over(await here.ask())

        assert (job.state, job.given_back, job.late) == (State.FAILED, True, False)
        assert here.channel.alerts == ["images_lost"]
