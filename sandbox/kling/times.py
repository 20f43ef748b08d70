"""Ways in which a provider reports when a task was created and updated; some are wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.kling.contract import Json

HOURS_MS = 8 * 3_600_000

WAYS: Mapping[str, Callable[[int, int, int], tuple[int, int]]] = {
    "true": lambda created, updated, _now: (created, updated),
    "none": lambda _created, _updated, _now: (0, 0),
    "same": lambda created, _updated, _now: (created, created),
    "reversed": lambda created, updated, _now: (updated, created),
    "hours": lambda created, updated, _now: (created, updated + HOURS_MS),
    "late": lambda created, updated, _now: (created, updated + 5_000),
    "behind": lambda created, updated, _now: (created - HOURS_MS, updated - HOURS_MS),
    "seconds": lambda created, updated, _now: (created // 1000, updated // 1000),
    "mixed": lambda created, updated, _now: (created // 1000, updated),
    "answer": lambda created, _updated, now: (created, now),
}
"""From a task's two instants and the present (Unix milliseconds) to what is reported.

`late`: the end is taken from a clock that is five seconds ahead. `answer`: the end is the time of
the query.
"""


def reported_times(content: Json, way: str, *, now: float) -> Json:
    """Return `data` of a query with its times reported in the given way."""
    instants = content["created_at"], content["updated_at"], int(now * 1000)
    created, updated = WAYS[way](*instants)
    return content | {"created_at": created, "updated_at": updated}
