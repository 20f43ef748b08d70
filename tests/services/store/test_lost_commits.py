"""The connection is cut while COMMIT is under way: what was kept is not done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from services.errors import StoreUnavailable
from services.models import Limits
from services.setting_values import Secret
from services.store import Store
from services.store.db import Db
from tests.services.store.conftest import DAY, Desk
from tests.support.postgresql import Server
from tests.support.requests import a_request
from tests.support.severing import When, Wire, wire_to

NAME = "emptied_for_each_test"


@dataclass
class Line:
    """A store at the near end of a wire, and the server at the far one."""

    store: Store
    wire: Wire
    server: Server
    begun: list[int] = field(default_factory=list[int])

    async def write(self) -> None:
        """Note how often this was begun."""

        def work(db: Db) -> None:
            self.begun.append(len(self.begun) + 1)
            db.execute("INSERT INTO note (name, text) VALUES (?, '')", [f"try {len(self.begun)}"])

        await self.store._thread.transact(work, writes=True)

    def kept(self) -> list[str]:
        rows = self.server.ask("SELECT name FROM note ORDER BY name", name=NAME)
        return [name for (name,) in rows]


@pytest.fixture
async def line(postgresql: Server, postgresql_place: Secret) -> AsyncIterator[Line]:
    async with (
        wire_to(postgresql.port, postgresql_place.reveal().rpartition("/")[2]) as (wire, place),
        Store(place, provider="provider") as store,
    ):
        yield Line(store, wire, postgresql)


async def test_what_was_committed_is_not_done_again(line: Line) -> None:
    line.wire.cuts = ["after"]

    await line.write()

    assert line.wire.made == ["after"]
    assert line.kept() == ["try 1"]
    assert line.begun == [1]


async def test_what_never_arrived_is_done_again_once(line: Line) -> None:
    line.wire.cuts = ["before"]

    await line.write()

    assert line.wire.made == ["before"]
    assert line.begun == [1, 2]
    assert line.kept() == ["try 2"]


@pytest.mark.parametrize("cuts", [["before", "before", "after"], ["before", "after"]])
async def test_it_may_happen_more_than_once(line: Line, cuts: list[When]) -> None:
    line.wire.cuts = list(cuts)

    await line.write()

    assert line.wire.made == cuts
    assert line.kept() == [f"try {len(cuts)}"]


async def test_a_line_that_is_cut_every_time_is_given_up_with_nothing_kept(line: Line) -> None:
    line.wire.cuts = ["before"] * 9

    with pytest.raises(StoreUnavailable):
        await line.write()
    assert line.begun == [1, 2, 3, 4, 5]
    assert line.kept() == []


async def test_where_nobody_can_be_asked_it_is_refused_and_not_done_again(line: Line) -> None:
    line.wire.cuts, line.wire.down_after = ["after"], True

    with pytest.raises(StoreUnavailable, match="whether it was kept is not known"):
        await line.write()
    assert line.begun == [1]
    assert line.kept() == ["try 1"]
    line.wire.is_down = False
    await line.store.notes.put("on again", "")


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_request_is_accepted_once_whatever_is_cut(line: Line, cut: When) -> None:
    desk = Desk(line.store, limits=Limits(user_daily=3))
    line.wire.cuts = [cut]

    job = (await desk.accept(a_request(count=3))).job

    assert line.wire.made == [cut]
    usage = await line.store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert usage.user == 3
    line.wire.cuts = [cut]
    assert [one.id for one in await desk.take()] == [job.id]
    line.wire.cuts = [cut]
    assert await line.store.jobs.mark_sent(job.id, now=desk.now)
    assert line.wire.made == [cut] * 3
    assert line.server.ask("SELECT COUNT(*) FROM job", name=NAME) == [(1,)]
