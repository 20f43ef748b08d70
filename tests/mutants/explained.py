"""Faults that no test can notice, each with the reason: the change has no effect.

Names are as in a report, without the line's number. A fault that has an effect gets a test instead.
"""

from __future__ import annotations

EXPLAINED = {
    "services/common/json_reading.py parse_events: lines -> True": "no data means nothing either",
    "services/common/file_lock.py _lock: 1 -> 2": "this one runs on Windows alone",
    "services/db/jobs.py _HOLD_NO_LONGER: > -> >=": "an instant that is equal stays as it is",
    "services/policy/blocked_words.py _TWINS: True -> False": "both alphabets are equally long",
    "services/policy/blocked_words.py _bare: apart.isascii() -> False": "a shortcut: no marks",
    "services/engine/batching.py PollBatcher.__init__: 0.0 -> 1.0": "both are long ago",
    "services/db/queue.py jobs_in_flight: 1 -> (1 + 1)": "only the rows are counted",
    "services/db/jobs.py _LOOK_AT_ALL: > -> >=": "an instant that is equal stays as it is",
}


def name_of(mutant: str) -> str:
    """Return the name that a fault has here, from the line of a report."""
    path, _, rest = mutant.partition(":")
    return f"{path} {rest.partition(' ')[2]}"


def reason_of(mutant: str) -> str:
    """Return why a fault cannot be noticed; empty if it can."""
    return EXPLAINED.get(name_of(mutant), "")
