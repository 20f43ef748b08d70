"""Operators are notified of a cap and of the disk once, over restarts, and in the background."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.db import Store
from services.errors import QuotaExceeded
from services.monitoring.disk_space import DiskSpaceCheck, Room, measure_free_space
from services.monitoring.notices import OperatorNotices
from tests.support.time import HandClock

GIB = 1024**3


class RecordingOperators:
    """Operators that record their notices."""

    def __init__(self) -> None:
        self.alerts: list[tuple[str, dict[str, str]]] = []

    async def alert(self, key: str, **facts: str) -> None:
        self.alerts.append((key, facts))

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.alerts]


@pytest.fixture
def heard() -> RecordingOperators:
    return RecordingOperators()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield store


@pytest.fixture
def notices(heard: RecordingOperators, store: Store) -> OperatorNotices:
    return OperatorNotices(operators=heard, memory=store.notes)


def a_cap(side: str = "bot", unit: str = "images", source: str = "operator") -> QuotaExceeded:
    return QuotaExceeded(
        side=side,  # type: ignore[arg-type]
        unit=unit,  # type: ignore[arg-type]
        source=source,
        limit=100,
        used=99,
        asked=2,
        resets_at=0.0,
    )


async def test_a_cap_is_told_once_a_day(
    notices: OperatorNotices, heard: RecordingOperators
) -> None:
    for day in ("2026-11-22", "2026-11-22", "2026-11-23"):
        notices.cap_reached(a_cap(), 5, day)
        await notices.settle()

    assert heard.alerts == [("cap_reached", {"where": "bot", "used": "99", "limit": "100"})] * 2


async def test_of_many_refused_at_once_one_is_told(
    notices: OperatorNotices, heard: RecordingOperators
) -> None:
    for _ in range(50):
        notices.cap_reached(a_cap(), 5, "2026-11-22")
    await notices.settle()

    assert heard.keys == ["cap_reached"]


async def test_a_restart_tells_nothing_again(
    notices: OperatorNotices, heard: RecordingOperators, store: Store
) -> None:
    for each in (notices, OperatorNotices(operators=heard, memory=store.notes)):
        each.cap_reached(a_cap(), 5, "2026-11-22")
        await each.settle()
        await each.disk_full(full=True, free="1 MiB")

    assert heard.keys == ["cap_reached", "disk_full"]


async def test_each_cap_is_told_by_itself(
    notices: OperatorNotices, heard: RecordingOperators
) -> None:
    for guild_id in (5, 6):
        for unit in ("images", "usd"):
            notices.cap_reached(a_cap("server", unit), guild_id, "2026-11-22")
    notices.cap_reached(a_cap(), 5, "2026-11-22")
    await notices.settle()

    assert sorted((facts["where"], facts["limit"]) for _, facts in heard.alerts) == [
        ("5", "$100.00"),
        ("5", "100"),
        ("6", "$100.00"),
        ("6", "100"),
        ("bot", "100"),
    ]


@pytest.mark.parametrize(
    "refusal", [a_cap("member"), a_cap("server", source="server")], ids=["member", "own cap"]
)
async def test_what_operators_did_not_set_is_not_told(
    notices: OperatorNotices, heard: RecordingOperators, refusal: QuotaExceeded
) -> None:
    notices.cap_reached(refusal, 5, "2026-11-22")
    await notices.settle()

    assert heard.alerts == []


async def test_a_disk_is_told_when_it_fills_and_when_that_is_over(
    notices: OperatorNotices, heard: RecordingOperators, tmp_path: Path
) -> None:
    room = Room(total=100 * GIB, free=2 * GIB)
    watch = DiskSpaceCheck(
        [tmp_path], notices=notices, clock=HandClock(), measure=lambda _path: room
    )
    for free in (2.0, 0.9, 0.8, 1.2, 0.9, 1.6, 1.6, 0.5):
        room = Room(total=100 * GIB, free=int(free * GIB))
        await watch.look()

    assert heard.keys == ["disk_full", "disk_over", "disk_full"]
    assert heard.alerts[0][1] == {"free": "922 MiB"}


async def test_of_several_disks_the_scarcest_counts(
    notices: OperatorNotices, heard: RecordingOperators, tmp_path: Path
) -> None:
    rooms = {"large": Room(900 * GIB, 800 * GIB), "small": Room(4 * GIB, GIB // 4)}
    watch = DiskSpaceCheck(
        [tmp_path / name for name in rooms],
        notices=notices,
        clock=HandClock(),
        measure=lambda path: rooms[path.name],
    )

    await watch.look()

    assert heard.keys == ["disk_full"]


def test_a_folder_that_is_not_there_yet_is_measured_by_the_disk_it_will_be_on(
    tmp_path: Path,
) -> None:
    assert (
        measure_free_space(tmp_path / "not" / "yet" / "there").total
        == measure_free_space(tmp_path).total
        > 0
    )
