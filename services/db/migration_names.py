"""What a step of the tables asks of programs that do not know it: one rule for both databases.

The first letter of a step's name says it, so that an older program can read it too: `e` expands,
and programs that do not know the step go on beside it; any other letter is for programs alone that
know it. So the newest step without an `e` names the oldest program that may work there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

EXPANDS = "e"


def expands(step: str) -> bool:
    """Tell whether programs that do not know a step may go on beside it."""
    return step.startswith(EXPANDS)


def number(step: str) -> int:
    """Return a step's number: each is higher than all before it."""
    return int(step[1:4])


def needed(steps: Iterable[str]) -> list[str]:
    """Pick the steps that every program has to know once they are taken."""
    return [step for step in steps if not expands(step)]


def refused(taken: Collection[str], known: Collection[str]) -> list[str]:
    """Name the steps for whose sake a program that knows so many must not touch the tables."""
    return sorted(needed(set(taken) - set(known)))
