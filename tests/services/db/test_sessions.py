"""The thread that listens for other processes survives every error."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator

import pytest

from services.db import Store
from services.db.postgresql import sessions
from services.db.postgresql.sessions import wait_for_any
from services.settings.types import Secret

ABOVE = 1100
"""More than the 1,024 descriptors that `select` knows."""


@pytest.fixture
def many_files() -> Iterator[None]:
    """Use up the low descriptors, as a busy bot does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(ABOVE)]
    yield
    for file in files:
        os.close(file)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_waiting_works_above_1023_descriptors() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert near.fileno() > 1023
        far.send(b"x")

        wait_for_any(near)


async def heard(place: Secret, wanted: int = 1) -> int:
    """Count how often one process is notified that another one made something due."""
    calls = 0

    def wake() -> None:
        nonlocal calls
        calls += 1

    async with Store(place, provider="p") as one, Store(place, provider="p") as other:
        listening = asyncio.create_task(one.listen(wake))
        async with asyncio.timeout(20):
            while calls < wanted and not listening.done():
                await other.jobs.make_due("nobody", now=0.0)
                await asyncio.sleep(0.05)
        if listening.done():
            listening.result()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return calls


@pytest.mark.proof
@pytest.mark.usefixtures("many_files")
async def test_notifications_come_with_many_files_open(postgresql_place: Secret) -> None:
    assert await heard(postgresql_place) >= 1


@pytest.mark.proof
@pytest.mark.parametrize("error", [OSError(9, "bad"), ValueError("filedescriptor"), KeyError("x")])
async def test_listener_reconnects_after_an_unexpected_error(
    postgresql_place: Secret, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listener is notified, so that the failure is counted; the thread stays and reconnects."""
    real = sessions.wait_for_any

    def failing(*_ends: sessions.HasFileno) -> None:
        raise error

    async with Store(postgresql_place, provider="p") as one:
        listening = asyncio.create_task(one.listen(lambda: None))
        await asyncio.sleep(0)
        monkeypatch.setattr(sessions, "wait_for_any", failing)
        async with Store(postgresql_place, provider="p") as other:
            await other.jobs.make_due("nobody", now=0.0)  # wakes the thread, into its next wait
            async with asyncio.timeout(20):
                with pytest.raises(type(error)):
                    await listening
            monkeypatch.setattr(sessions, "wait_for_any", real)
        again = asyncio.Event()
        listening = asyncio.create_task(one.listen(again.set))
        async with asyncio.timeout(20):
            await again.wait()  # the new connection catches up
        listening.cancel()
