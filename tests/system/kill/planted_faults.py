"""Guards for several processes, to be removed: the judge has to notice.

The guards of the engine are in tests.system.crash_simulation.planted_faults, and can be removed
here as well.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import PropertyMock, patch

from services.db import jobs, leases, queue, slots, unknown_tasks
from services.engine import message_throttle
from services.fleet.member import FleetMember
from services.storage import LocalStorage
from tests.system.crash_simulation import planted_faults

Plant = Callable[[], Any]


def _does_not_ask_whether_it_was_kept() -> Any:
    from services.db.postgresql.pool import DatabaseThreads  # noqa: PLC0415

    return patch.object(DatabaseThreads, "_was_kept", lambda *_: False)


def _is_always_fresh() -> Any:
    return patch.object(FleetMember, "lease_valid", PropertyMock(return_value=True))


@contextmanager
def _knows_no_fences() -> Generator[None]:
    with ExitStack() as stack:
        for module in (jobs, slots, unknown_tasks, leases):
            stack.enter_context(patch.object(module, "OURS", ""))
        yield


def _dies_before_it_deletes() -> Any:
    return patch.object(LocalStorage, "delete", lambda *_: os.kill(os.getpid(), signal.SIGKILL))


def _counts_its_own_units_alone() -> Any:
    query = (
        "SELECT COALESCE(SUM(job.units), 0) FROM job"
        " WHERE job.state IN ('submitting', 'running') AND job.leased_by = ?"
    )
    mine = lambda db: db.execute(query, [db.holder]).fetchone()[0]  # noqa: E731
    return patch.object(queue, "units_in_flight", mine)


def _lets_overwritten_ends_be() -> Any:
    return patch.object(message_throttle.ThrottledDelivery, "_watch", lambda *_: None)


FAULTS: Mapping[str, Plant] = {
    "does-not-ask-whether-it-was-kept": _does_not_ask_whether_it_was_kept,
    "is-always-fresh": _is_always_fresh,
    "knows-no-fences": _knows_no_fences,
    "dies-before-it-deletes": _dies_before_it_deletes,
    "counts-its-own-units-alone": _counts_its_own_units_alone,
    "lets-overwritten-ends-be": _lets_overwritten_ends_be,
}
ALL = sorted({*planted_faults.FAULTS, *FAULTS})


@contextmanager
def planted(name: str | None) -> Generator[None]:
    """Remove a guard while the block runs."""
    if name in FAULTS:
        with FAULTS[name]():
            yield
        return
    with planted_faults.planted(name):
        yield
