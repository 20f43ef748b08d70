"""How soon a task is known, and for how many polls, does not change with how many there were."""

from __future__ import annotations

import pytest

from tests.simulation.schedule import (
    LASTS,
    PARTS,
    TELLS,
    Figures,
    Made,
    by_fixed_polling,
    means,
    tasks_of,
)

DRIFT_S = 0.3
"""By so much the delay after thousands of tasks may differ from that after the first ones."""

WORSE = 1.3
"""So many times the delay of a poll every second are allowed, for a fraction of its calls."""

SLOW = ("5 s, then 20 s, in turn", "20 s")


def beside_fixed(tasks: list[Made]) -> tuple[Figures, Figures]:
    return means(tasks), means([by_fixed_polling(one) for one in tasks])


def parts_of(tasks: list[Made]) -> list[Figures]:
    return [means(tasks[first:last]) for first, last in PARTS if first < len(tasks)]


@pytest.mark.parametrize("tells", ["true times", "no times", "the time of the answer"])
def test_schedule_of_short_tasks_stays_flat(tells: str) -> None:
    tasks = tasks_of(LASTS["2 s"], TELLS[tells], count=700)
    ours, fixed = beside_fixed(tasks)

    assert ours.delay_s <= fixed.delay_s * WORSE
    assert ours.polls <= fixed.polls
    delays = [part.delay_s for part in parts_of(tasks)]
    assert max(delays) - min(delays) < DRIFT_S


@pytest.mark.proof
@pytest.mark.parametrize("tells", TELLS)
@pytest.mark.parametrize("lasts", LASTS)
def test_schedule_stays_flat_over_thousands_of_tasks(lasts: str, tells: str) -> None:
    tasks = tasks_of(LASTS[lasts], TELLS[tells], count=PARTS[-1][1])
    ours, fixed = beside_fixed(tasks)

    assert ours.delay_s <= fixed.delay_s * WORSE
    assert ours.polls <= fixed.polls * (0.6 if lasts in SLOW else 1.0)
    delays = [part.delay_s for part in parts_of(tasks)]
    assert max(delays) - min(delays) < DRIFT_S
