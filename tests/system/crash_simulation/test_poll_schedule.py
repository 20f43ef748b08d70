"""The delay until a task's end is known, and the polls per task, stay stable over many tasks."""

from __future__ import annotations

import pytest

from tests.system.crash_simulation.poll_schedule import (
    LASTS,
    PARTS,
    TELLS,
    MeanTimes,
    TimedTask,
    by_fixed_polling,
    means,
    tasks_of,
)

DRIFT_S = 0.3
"""Maximum change of the delay between the first tasks and later ones (seconds)."""

WORSE = 1.3
"""The allowed delay, in multiples of polling every second, which needs many times the calls."""

NEVER_TRUE = "the time of the answer"
BOUNDS = {
    ("20 s", NEVER_TRUE): (1.5, 0.6),
    ("5 s, then 20 s, in turn", NEVER_TRUE): (2.0, 2.0),
}
"""Allowed multiple of that delay, and drift, where a provider's end time is only as exact as our
poll: the learned time is too long until an early first poll corrects it.
"""

LONG = ("true times", "no times", "an end some seconds later", NEVER_TRUE)
"""Provider times simulated for thousands of tasks; the others for some hundreds."""


def beside_fixed(tasks: list[TimedTask]) -> tuple[MeanTimes, MeanTimes]:
    return means(tasks), means([by_fixed_polling(one) for one in tasks])


def spread(tasks: list[TimedTask]) -> float:
    """Return the largest difference between the mean delays of the parts."""
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
    worse, drift_s = BOUNDS.get((lasts, tells), (WORSE, DRIFT_S))

    assert ours.delay_s <= fixed.delay_s * worse
    assert ours.polls <= fixed.polls * (1.0 if lasts == "2 s" else 0.7)
    assert spread(tasks) < drift_s
