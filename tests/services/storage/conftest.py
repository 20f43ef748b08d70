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
    Door,
    Stand,
    bucket_settings,
    called,
    door_of,
    machine,
    s3_server,
)
from tests.support.time import HandClock

_NUMBERS = itertools.count(1)

Machines = Callable[[str], S3Storage]


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    with s3_server() as stand:
        yield stand


@pytest.fixture
def s3(stand: Stand) -> str:
    return stand.address


@pytest.fixture
def bucket(s3: str) -> str:
    name = f"paintings-{next(_NUMBERS)}"
    called(f"{s3}/{name}", "PUT")
    return name


@pytest.fixture
async def door(s3: str) -> AsyncIterator[Door]:
    async with door_of(s3) as door:
        yield door


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the time-out: a busy computer may answer more slowly than a data centre."""
    monkeypatch.setattr(shared, "ANSWER_S", 20.0)


@pytest.fixture
async def machines(
    tmp_path: Path, bucket: str, door: Door, clock: HandClock
) -> AsyncIterator[Machines]:
    """Machines by their names, each with a folder of its own over one bucket."""
    made: dict[str, S3Storage] = {}

    def named(name: str) -> S3Storage:
        if name not in made:
            settings = bucket_settings(tmp_path / name, bucket=bucket, endpoint=door.address)
            made[name] = machine(settings, clock)
        return made[name]

    yield named
    for vault in made.values():
        await vault.close()
