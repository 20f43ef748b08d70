"""No malformed answer of a gateway makes the bot pay twice, except forged provider answers.

One job receives the malformed answers, other jobs run beside it. The client is the real one, the
clock is virtual.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from services.models import State
from tests.system.crash_simulation.gateway import Fault, Point, malformed_answers
from tests.system.crash_simulation.malformed_answers import (
    LOST,
    JobEnds,
    drawn,
    named,
    pairs,
    run_malformed,
    singles,
)

Odds = Mapping[Point, Fault]
FEW, MANY, SHARES = 40, 2_000, 4


@pytest.fixture(autouse=True)
def _in_silence() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def met(folder: Path, odds: Iterable[Odds]) -> Counter[str]:
    """Run each set of faults and count how the jobs ended; no promise may be broken."""
    ends: Counter[str] = Counter()
    broken: dict[str, list[str]] = {}
    for number, odd in enumerate(odds):
        place = folder / str(number)
        place.mkdir()
        came = run_malformed(place, odd)
        ends[came.jobs[0].state] += 1
        ends["resent"] += came.jobs[0].resends
        if came.broken:
            broken[named(odd)] = came.broken
    assert broken == {}
    return ends


def odd_at(point: Point, name: str) -> Fault:
    return next(odd for odd in malformed_answers(point) if odd.name == name)


def alone(folder: Path, odd: Odds) -> JobEnds:
    came = run_malformed(folder, odd)
    assert came.broken == []
    return came


def test_submission_unheard_beside_a_later_task_is_sent_again(tmp_path: Path) -> None:
    came = alone(tmp_path, {"submit": LOST[1]})

    assert (came.jobs[0].state, came.jobs[0].resends, came.paid[0]) == (State.DELIVERED, 1, 1)


def test_submission_unheard_twice_is_given_up(tmp_path: Path) -> None:
    came = alone(tmp_path, {"submit": odd_at("submit", "broken, unheard")})

    assert (came.jobs[0].state, came.jobs[0].resends, came.paid[0]) == (State.FAILED, 1, 0)
    assert came.jobs[0].given_back


@pytest.mark.parametrize("page", ["404 page", "404 HTML", "404 Spring", "502 HTML"])
def test_submission_heard_while_a_proxy_answers_look_ups_is_paid_once(
    tmp_path: Path, page: str
) -> None:
    """The gateway returns a page for 26 s, as during a redeployment; then the task is found."""
    odd = {point: odd_at(point, page) for point in ("by id", "list", "poll", "control")}
    lasting = {point: Fault(name=page, bend=each.bend, times=4) for point, each in odd.items()}

    came = alone(tmp_path, {"submit": LOST[0], **lasting})

    assert (came.jobs[0].state, came.jobs[0].resends, came.paid[0]) == (State.DELIVERED, 0, 1)


def test_submission_that_stays_unclear_is_said_to_be_checked_and_ends_uncertain(
    tmp_path: Path,
) -> None:
    nothing = {point: odd_at(point, "404 HTML") for point in ("by id", "list")}

    came = alone(tmp_path, {"submit": LOST[0], **nothing})

    job = came.jobs[0]
    assert (job.state, job.given_back, came.paid[0]) == (State.UNCERTAIN, True, 1)
    assert came.phases == ["checking"]
    assert came.ends[0] == ["uncertain"]


def test_submission_heard_late_beside_a_denial_that_is_kept_is_paid_once(tmp_path: Path) -> None:
    """A look-up by our id before the submission arrived would be denied for two minutes more."""
    odd: Odds = {"by id": odd_at("by id", "denial kept"), "list": odd_at("list", "no list")}

    came = alone(tmp_path, {"submit": LOST[2], **odd})

    assert (came.jobs[0].state, came.jobs[0].resends, came.paid[0]) == (State.DELIVERED, 0, 1)


def test_job_whose_polls_show_anothers_task_for_good_expires(tmp_path: Path) -> None:
    came = alone(tmp_path, {"submit": LOST[0], "poll": odd_at("poll", "another's task")})

    assert (came.jobs[0].state, came.paid[0], came.jobs[0].given_back) == (State.EXPIRED, 1, True)


def test_some_odd_answers_pay_for_nothing_twice(tmp_path: Path) -> None:
    met(tmp_path, map(drawn, range(FEW)))


@pytest.mark.proof
def test_each_odd_answer_pays_for_nothing_twice(
    tmp_path: Path, figures: Callable[[str], None]
) -> None:
    figures(f"single odd answers: {dict(met(tmp_path, singles()))}")


@pytest.mark.proof
@pytest.mark.parametrize("share", range(SHARES))
def test_each_pair_of_odd_answers_pays_for_nothing_twice(
    tmp_path: Path, share: int, figures: Callable[[str], None]
) -> None:
    figures(f"pairs of odd answers, share {share}: {dict(met(tmp_path, pairs()[share::SHARES]))}")


@pytest.mark.proof
@pytest.mark.parametrize("share", range(SHARES))
def test_drawn_odd_answers_pay_for_nothing_twice(
    tmp_path: Path, share: int, figures: Callable[[str], None]
) -> None:
    ends = met(tmp_path, map(drawn, range(share, MANY, SHARES)))

    figures(f"drawn odd answers, share {share}: {dict(ends)}")
    assert ends["resent"] > 0
