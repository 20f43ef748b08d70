"""The proxy loses the ordered COMMITs, and the store finds out whether they were stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.db import Store
from services.db.connection import DbConnection
from services.settings.types import Secret
from tests.support.database_proxy import DatabaseProxy, Loss
from tests.support.postgresql import Server

NAME = "emptied_for_each_test"


@pytest.fixture
async def proxy(postgresql: Server, postgresql_place: Secret) -> AsyncIterator[DatabaseProxy]:
    async with DatabaseProxy(postgresql.port).started() as proxy:
        yield proxy


@pytest.fixture
async def store(proxy: DatabaseProxy) -> AsyncIterator[Store]:
    place = Secret(f"postgresql://repaint@127.0.0.1:{proxy.port}/{NAME}")
    async with Store(place, provider="p") as store:
        yield store


def count(db: DbConnection) -> None:
    db.execute(
        "INSERT INTO note (name, text) VALUES ('n', '1') ON CONFLICT (name)"
        " DO UPDATE SET text = CAST(CAST(note.text AS INTEGER) + 1 AS TEXT)"
    )


@pytest.mark.parametrize("loss", ["answer", "question", "both"])
async def test_lost_commit_is_done_once(store: Store, proxy: DatabaseProxy, loss: Loss) -> None:
    for number in range(1, 13):  # psycopg prepares frequent statements
        proxy.lose(loss)
        await store._thread.transact(count, writes=True)
        assert await store.notes.get("n") == str(number)

    assert proxy.lost == [loss] * 12


async def test_cut_connection_is_opened_again(store: Store, proxy: DatabaseProxy) -> None:
    await store._thread.transact(count, writes=True)

    assert proxy.cut() >= 2

    await store._thread.transact(count, writes=True)
    assert await store.notes.get("n") == "2"


async def test_held_bytes_arrive_later(store: Store, proxy: DatabaseProxy) -> None:
    proxy.hold()
    counting = asyncio.ensure_future(store._thread.transact(count, writes=True))
    await asyncio.sleep(0.1)
    assert not counting.done()

    proxy.resume()

    await counting
    assert await store.notes.get("n") == "1"


async def test_commit_arrives_while_its_answer_is_held(
    store: Store, proxy: DatabaseProxy, postgresql: Server
) -> None:
    proxy.hold_at_commit()
    counting = asyncio.ensure_future(store._thread.transact(count, writes=True))
    async with asyncio.timeout(20):
        query = "SELECT text FROM note"
        while not postgresql.ask(query, name=NAME):  # noqa: ASYNC110  the server's own
            await asyncio.sleep(0.02)
    assert not counting.done()

    proxy.cut()
    proxy.resume()

    await counting
    assert await store.notes.get("n") == "1"
