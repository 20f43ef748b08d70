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

NEVER_TRUE = "the time of the answer"
WORST = 2.0
"""The same, where the provider becomes faster and nothing but our own polls can tell."""

LONG = ("true times", "no times", "an end some seconds later", NEVER_TRUE)
"""What is told for thousands of tasks; else for some hundreds."""


def beside_fixed(tasks: list[Made]) -> tuple[Figures, Figures]:
    return means(tasks), means([by_fixed_polling(one) for one in tasks])


def spread(tasks: list[Made]) -> float:
    """How much the mean delays of the parts differ."""
    parts = [means(tasks[first:last]) for first, last in PARTS if first < len(tasks)]
    delays = [part.delay_s for part in parts]
    return max(delays) - min(delays)


@pytest.mark.parametrize("tells", ["true times", "no times", NEVER_TRUE])
def test_schedule_of_short_tasks_stays_flat(tells: str) -> None:
    tasks = tasks_of(LASTS["2 s"], TELLS[tells], count=700)
    ours, fixed = beside_fixed(tasks)

    assert ours.delay_s <= fixed.delay_s * WORSE
    assert ours.polls <= fixed.polls
    assert spread(tasks) < DRIFT_S


@pytest.mark.proof
@pytest.mark.parametrize("tells", TELLS)
@pytest.mark.parametrize("lasts", LASTS)
def test_schedule_stays_flat_over_thousands_of_tasks(lasts: str, tells: str) -> None:
    many = tells in LONG and lasts != "20 s"
    tasks = tasks_of(LASTS[lasts], TELLS[tells], count=PARTS[-1 if many else -2][1])
    ours, fixed = beside_fixed(tasks)
    is_worst = lasts != "2 s" and tells == NEVER_TRUE

    assert ours.delay_s <= fixed.delay_s * (WORST if is_worst else WORSE)
    assert ours.polls <= fixed.polls * (1.0 if lasts == "2 s" else 0.7)
    assert spread(tasks) < (WORST if is_worst else DRIFT_S)
