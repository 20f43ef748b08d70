"""Whether older versions may use migrated tables: one rule for SQLite and PostgreSQL.

The first letter of a migration step's name expresses it, so that older versions can read it too.
`e` (expands): versions that do not know the step may run alongside. Any other letter: only versions
that know the step may run. So the newest step without an `e` names the oldest version that may use
the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

EXPANDS = "e"


def expands(step: str) -> bool:
    """Return whether versions that do not know this step may run alongside."""
    return step.startswith(EXPANDS)


def number(step: str) -> int:
    """Return the number in a step's name; it is higher than those of all earlier steps."""
    return int(step[1:4])


def needed(steps: Iterable[str]) -> list[str]:
    """Return those of these steps that every version has to know once they are applied."""
    return [step for step in steps if not expands(step)]


def refused(taken: Collection[str], known: Collection[str]) -> list[str]:
    """Return the `taken` (applied) steps that a version must know and that are not in `known`.

    If there are any, the version with these known steps must not use the database.
    """
    return sorted(needed(set(taken) - set(known)))
