"""An S3-like server for all tests of a process, and a bucket for each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services.storage import s3 as shared
from services.storage.s3 import S3Storage
from tests.support.requests import NOON
from tests.support.s3_server import (
    S3Proxy,
    S3ServerProcess,
    bucket_settings,
    called,
    machine,
    open_s3_proxy,
    s3_server,
)
from tests.support.time import HandClock

_NUMBERS = itertools.count(1)

Machines = Callable[[str], S3Storage]


@pytest.fixture(scope="session")
def s3_process() -> Iterator[S3ServerProcess]:
    with s3_server() as s3_process:
        yield s3_process


@pytest.fixture
def s3(s3_process: S3ServerProcess) -> str:
    return s3_process.address


@pytest.fixture
def bucket(s3: str) -> str:
    name = f"paintings-{next(_NUMBERS)}"
    called(f"{s3}/{name}", "PUT")
    return name


@pytest.fixture
async def s3_proxy(s3: str) -> AsyncIterator[S3Proxy]:
    async with open_s3_proxy(s3) as s3_proxy:
        yield s3_proxy


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture(autouse=True)
def longer_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the time-out: a busy computer may answer more slowly than a data centre."""
    monkeypatch.setattr(shared, "ANSWER_S", 20.0)


@pytest.fixture
async def machines(
    tmp_path: Path, bucket: str, s3_proxy: S3Proxy, clock: HandClock
) -> AsyncIterator[Machines]:
    """Machines by their names, each with a folder of its own over one bucket."""
    made: dict[str, S3Storage] = {}

    def named(name: str) -> S3Storage:
        if name not in made:
            settings = bucket_settings(tmp_path / name, bucket=bucket, endpoint=s3_proxy.address)
            made[name] = machine(settings, clock)
        return made[name]

    yield named
    for storage in made.values():
        await storage.close()
