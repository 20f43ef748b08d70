"""Compatibility of migration steps with older versions: one rule for both databases.

The first letter of a step's name expresses it, so that older versions can read it too. `e`
(expands): versions that do not know the step may run alongside. Any other letter: only versions
that know the step may run. So the newest step without an `e` names the oldest version that may use
the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

EXPANDS = "e"


def expands(step: str) -> bool:
    """Return whether versions that do not know a step may run alongside."""
    return step.startswith(EXPANDS)


def number(step: str) -> int:
    """Return a step's number; each is higher than all before it."""
    return int(step[1:4])


def needed(steps: Iterable[str]) -> list[str]:
    """Return the steps that every version has to know once they are applied."""
    return [step for step in steps if not expands(step)]


def refused(taken: Collection[str], known: Collection[str]) -> list[str]:
    """Return the applied steps because of which a version with these known steps must not run."""
    return sorted(needed(set(taken) - set(known)))
