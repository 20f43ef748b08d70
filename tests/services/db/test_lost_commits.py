"""The connection breaks during COMMIT: what was stored is not done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from services.db import Store
from services.db.connection import DbConnection
from services.errors import StoreUnavailable
from services.models import Limits
from services.settings.types import Secret
from tests.services.db.conftest import DAY, StoreHarness
from tests.support.database_proxy import DatabaseProxy, Loss
from tests.support.postgresql import Server
from tests.support.requests import a_request

NAME = "emptied_for_each_test"


@dataclass
class ProxiedStore:
    """A store at one end of a proxy, and the server at the other."""

    store: Store
    proxy: DatabaseProxy
    server: Server
    begun: list[int] = field(default_factory=list[int])

    async def write(self) -> None:
        """Count how often this was started."""

        def work(db: DbConnection) -> None:
            self.begun.append(len(self.begun) + 1)
            db.execute("INSERT INTO note (name, text) VALUES (?, '')", [f"try {len(self.begun)}"])

        await self.store._thread.transact(work, writes=True)

    def kept(self) -> list[str]:
        rows = self.server.ask("SELECT name FROM note ORDER BY name", name=NAME)
        return [name for (name,) in rows]


@pytest.fixture
async def line(postgresql: Server, postgresql_place: Secret) -> AsyncIterator[ProxiedStore]:
    async with DatabaseProxy(postgresql.port).started() as proxy:
        place = postgresql_place.reveal().replace(str(postgresql.port), str(proxy.port))
        async with Store(Secret(place), provider="provider") as store:
            yield ProxiedStore(store, proxy, postgresql)


async def test_transact_with_a_lost_commit_answer_is_not_repeated(line: ProxiedStore) -> None:
    line.proxy.lose("answer")

    await line.write()

    assert line.proxy.lost == ["answer"]
    assert line.kept() == ["try 1"]
    assert line.begun == [1]


async def test_transact_whose_commit_never_arrived_is_repeated_once(line: ProxiedStore) -> None:
    line.proxy.lose("question")

    await line.write()

    assert line.proxy.lost == ["question"]
    assert line.begun == [1, 2]
    assert line.kept() == ["try 2"]


@pytest.mark.parametrize("losses", [["question", "question", "answer"], ["question", "answer"]])
async def test_transact_survives_several_lost_commits(
    line: ProxiedStore, losses: list[Loss]
) -> None:
    line.proxy.lose(*losses)

    await line.write()

    assert line.proxy.lost == losses
    assert line.kept() == [f"try {len(losses)}"]


async def test_transact_cut_every_time_gives_up_and_stores_nothing(
    line: ProxiedStore,
) -> None:
    line.proxy.lose(*["question"] * 9)

    with pytest.raises(StoreUnavailable):
        await line.write()
    assert line.begun == [1, 2, 3, 4, 5]
    assert line.kept() == []


async def test_transact_with_unknown_commit_raises_and_is_not_repeated(
    line: ProxiedStore,
) -> None:
    line.proxy.lose("answer")
    line.proxy.shuts_with_loss = True

    with pytest.raises(StoreUnavailable, match="unknown whether the transaction was committed"):
        await line.write()
    assert line.begun == [1]
    assert line.kept() == ["try 1"]
    line.proxy.is_shut = False
    await line.store.notes.put("on again", "")


@pytest.mark.parametrize("loss", ["question", "answer"])
async def test_accept_with_a_lost_commit_accepts_once(line: ProxiedStore, loss: Loss) -> None:
    harness = StoreHarness(line.store, limits=Limits(user_daily=3))
    line.proxy.lose(loss)

    job = (await harness.accept(a_request(count=3))).job

    assert line.proxy.lost == [loss]
    usage = await line.store.admission.usage(user_id=1, guild_id=5, day=DAY.day)
    assert usage.user == 3
    line.proxy.lose(loss)
    assert [one.id for one in await harness.take()] == [job.id]
    line.proxy.lose(loss)
    assert await line.store.jobs.mark_sent(job.id, now=harness.now)
    assert line.proxy.lost == [loss] * 3
    assert line.server.ask("SELECT COUNT(*) FROM job", name=NAME) == [(1,)]
