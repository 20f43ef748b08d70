"""Faults to plant into the store, one at a time, which the state machine test has to notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from services.db import admission, guilds, usage
from services.db import jobs as life
from services.db.job_queries import Costs
from tests.services.db.machine_base import MachineBase
from tests.support.sqlite import thread_of

Plant = Callable[[pytest.MonkeyPatch], None]

_GIVE_BACK = " AND job.given_back = 0"


def written(module: object, name: str, old: str, new: str) -> Plant:
    """Write a statement differently."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = getattr(module, name)
        assert old in right
        patch.setattr(module, name, right.replace(old, new))

    return plant


def put(module: object, name: str, wrong: Callable[..., Any]) -> Plant:
    """Replace a function by a wrong one, which receives the right one."""
    return lambda patch: patch.setattr(module, name, partial(wrong, getattr(module, name)))


def with_every_grant_for_ever(patch: pytest.MonkeyPatch) -> None:
    right = guilds._in_force

    def wrong(db: Any, table: str, record: Any, guild_id: int, now: float, *user: int) -> Any:
        return right(db, table, record, guild_id, 0.0 if table == "member_grant" else now, *user)

    patch.setattr(guilds, "_in_force", wrong)


def with_ends_that_end_again(patch: pytest.MonkeyPatch) -> None:
    """Plant a fault: a job can end twice, and the second end decides again about its units."""
    right = life.Jobs.finish

    async def wrong(self: Any, *args: Any, **more: Any) -> bool:
        return await right(self, *args, **more | {"from_states": tuple(life.State)})

    patch.setattr(life.Jobs, "finish", wrong)


def with_deductions_lost(patch: pytest.MonkeyPatch) -> None:
    async def wrong(*_args: Any, **_more: Any) -> None:
        return None

    patch.setattr(Costs, "record", wrong)


def with_resets_lost_at_a_restart(patch: pytest.MonkeyPatch) -> None:
    right = MachineBase.open

    def wrong(self: MachineBase) -> Any:
        store = right(self)
        thread_of(store).db.execute("DELETE FROM member_reset")
        return store

    patch.setattr(MachineBase, "open", wrong)


def one_too_many(right: Any, mine: Any, asked: int, window: Any) -> None:
    right(mine, asked - 1, window)


def the_worst_role(right: Any, grant: Any, roles: list[int], guild: Any, limits: Any) -> Any:
    return right(grant, [min(roles)] if roles else roles, guild, limits)


def the_server_before_the_role(
    right: Any, grant: Any, roles: list[int], guild: Any, limits: Any
) -> Any:
    return right(grant, roles if guild is None else [], guild, limits)


def everybodys_sums(right: Any, db: Any, day: str, _guild_id: int | None = None) -> Any:
    return right(db, day)


def the_higher_cap(_right: Any, operators: int, servers: int | None) -> Any:
    return max(operators, servers or 0), "operator"


def nobody(_right: Any, db: Any, guild_id: int, user_id: int, _now: float) -> None:
    """Return None, as if the user were not blocked."""


FAULTS: Mapping[str, Plant] = {
    "units are not given back to the member": written(usage, "_OF_MEMBER", _GIVE_BACK, ""),
    "units are not given back to the caps": written(
        usage, "_OF_ALL", "CASE WHEN job.given_back = 0 THEN job.units END", "job.units"
    ),
    "reserved units do not count before they are spent": written(
        usage, "_OF_MEMBER", _GIVE_BACK, f"{_GIVE_BACK} AND job.state NOT IN ('queued')"
    ),
    "images that never came count for the member": written(
        usage, "_REFUNDED", "refunded_units > 0", "refunded_units < 0"
    ),
    "a member without a slot counts as running": written(
        usage, "_OPEN", " AND job.holds_slot = 1", ""
    ),
    "yesterday counts too": written(usage, "_OF_MEMBER", "job.day = :day", "job.day <= :day"),
    "one unit too many is admitted": put(admission, "_check_member", one_too_many),
    "the lowest role limit counts": put(usage, "_resolve", the_worst_role),
    "the server's limit goes before a role's": put(usage, "_resolve", the_server_before_the_role),
    "other servers' units count against a cap": put(usage, "read_sums", everybodys_sums),
    "the higher of two caps counts": put(usage, "_lower", the_higher_cap),
    "a reset holds in every server": written(
        usage, "_RESET", "guild_id = :guild_id", ":guild_id IS NOT NULL"
    ),
    "grants never end": with_every_grant_for_ever,
    "the blocked are taken": put(admission, "read_block", nobody),
    "a job ends twice": with_ends_that_end_again,
    "what the provider deducted is lost": with_deductions_lost,
    "a restart forgets resets": with_resets_lost_at_a_restart,
}
