"""Processes that share shards: each shard has one holder, whichever process starts or stops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.db import Store
from services.db import fleet as fleet_rows
from services.db.connection import DbConnection, Row
from services.db.fleet import Fleet
from services.db.shard_assignment import FleetView, Heartbeat, ShardLease
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON

LEASE_S = 15.0


@dataclass
class FleetTables:
    """A fleet on a database whose time is moved by hand."""

    store: Store
    now: float = NOON
    fleet: Fleet = field(init=False)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.store.fleet._thread, now=lambda _db: self.now)

    async def report(
        self, process: str, *ready: int, room: int = 99, leaving: bool = False
    ) -> FleetView:
        self.now += 0.1
        return await self.fleet.report(
            Heartbeat(process=process, lease_s=LEASE_S, ready=ready, room=room, leaving=leaving)
        )

    async def held(self, process: str, *ready: int) -> set[int]:
        return {post.number for post in (await self.report(process, *ready)).posts if post.holds}

    async def settled(self, *processes: str) -> dict[str, set[int]]:
        """Have all processes report, and connect the shards they are heirs to, 20 times."""
        ready: dict[str, set[int]] = {one: set() for one in processes}
        views: dict[str, FleetView] = {}
        for _ in range(20):
            views = {one: await self.report(one, *ready[one]) for one in processes}
            for one, view in views.items():
                ready[one] = {post.number for post in view.posts if not post.holds}
                await self.give(one, view)
        return {
            one: {post.number for post in view.posts if post.holds} for one, view in views.items()
        }

    async def give(self, process: str, mine: FleetView) -> None:
        """Hand over every shard that has an heir, and try to with the others."""
        for post in mine.posts:
            await self.fleet.hand_over(process, post, (), lease_s=LEASE_S)

    async def pass_time(self, seconds: float, *processes: str) -> None:
        """Move time on by whole seconds while these processes go on reporting."""
        for _ in range(int(seconds)):
            self.now += 1
            for one in processes:
                await self.report(one)


@pytest.fixture
async def town(store: Store) -> FleetTables:
    town = FleetTables(store)
    await town.fleet.join(8, lease_s=LEASE_S)
    return town


async def test_shards_are_divided_evenly_among_processes(town: FleetTables) -> None:
    assert await town.held("a") == set(range(8))
    both = await town.settled("a", "b")
    assert [len(one) for one in both.values()] == [4, 4]
    three = await town.settled("a", "b", "c")
    assert sorted(len(one) for one in three.values()) == [2, 3, 3]
    assert set().union(*three.values()) == set(range(8))


async def test_report_claims_no_more_shards_than_can_connect(town: FleetTables) -> None:
    assert len((await town.report("a", room=2)).posts) == 2
    assert len((await town.report("a", room=0)).posts) == 2
    assert len((await town.report("a", room=1)).posts) == 3


async def test_shard_moves_only_after_its_next_owner_is_ready_and_hand_over(
    town: FleetTables,
) -> None:
    await town.report("a")
    await town.report("b")
    await town.report("a")
    heir = await town.report("b")
    assert {post.holds for post in heir.posts} == {False}
    assert len(heir.posts) == 4
    number = heir.posts[0].number
    assert not any(post.heir_is_ready for post in (await town.report("a")).posts)

    await town.report("b", number)
    view = await town.report("a")
    (post,) = [post for post in view.posts if post.heir_is_ready]
    assert post.number == number
    assert view.moving
    assert await town.fleet.hand_over("a", post, [7, 5], lease_s=LEASE_S)

    (mine,) = [post for post in (await town.report("b", number)).posts if post.holds]
    assert (mine.number, mine.answered, mine.fence) == (number, {5, 7}, post.fence + 1)
    again = await town.fleet.hand_over("a", post, [9], lease_s=LEASE_S)
    assert not again, "it was given away before"


async def with_an_heir(town: FleetTables) -> ShardLease:
    """Connect b as heir to a shard of a's, after which b stops reporting."""
    await town.report("a")
    await town.report("b")
    await town.report("a")
    number = (await town.report("b")).posts[0].number
    await town.report("b", number)
    return next(post for post in (await town.report("a")).posts if post.heir_is_ready)


@pytest.mark.parametrize("silent_s", [4, 9, 14])
async def test_hand_over_to_a_silent_next_owner_is_refused(
    town: FleetTables, silent_s: int
) -> None:
    post = await with_an_heir(town)
    await town.pass_time(silent_s, "a")

    assert not any(one.heir_is_ready for one in (await town.report("a")).posts)
    assert not await town.fleet.hand_over("a", post, (), lease_s=LEASE_S)
    assert await town.held("a") == set(range(8))


async def test_hand_over_after_one_missed_report_succeeds(town: FleetTables) -> None:
    post = await with_an_heir(town)
    await town.pass_time(2, "a")

    assert await town.fleet.hand_over("a", post, (), lease_s=LEASE_S)


async def test_shard_with_silent_owner_and_next_owner_goes_to_a_live_process(
    town: FleetTables,
) -> None:
    post = await with_an_heir(town)
    await town.pass_time(4, "c", "a")
    await town.fleet.leave("a")

    held = await town.held("c")
    await town.pass_time(LEASE_S, "c")
    assert post.number not in held, "it is of the share of b, which may still come back"
    assert await town.held("c") == set(range(8))


async def test_leaving_process_hands_over_all_shards_and_claims_none(town: FleetTables) -> None:
    await town.settled("a", "b")
    await town.report("a", leaving=True)
    heir = await town.report("b")
    assert len(heir.posts) == 8
    waiting = {post.number for post in heir.posts if not post.holds}
    await town.report("b", *waiting)
    for post in (await town.report("a", leaving=True)).posts:
        assert await town.fleet.hand_over("a", post, [], lease_s=LEASE_S)
    assert (await town.report("a", leaving=True)).posts == ()
    assert await town.held("b") == set(range(8))


async def test_leave_frees_shards_at_once(town: FleetTables) -> None:
    await town.settled("a", "b")
    await town.fleet.leave("a")
    assert await town.held("b") == set(range(8))


async def test_killed_process_keeps_its_shards_for_the_lease(town: FleetTables) -> None:
    shares = await town.settled("a", "b")
    fences = {(post.number, post.fence) for post in (await town.report("b")).posts if post.holds}
    await town.pass_time(LEASE_S - 2, "b")
    assert await town.held("b") == shares["b"]
    await town.pass_time(3, "b")
    assert await town.held("b") == set(range(8))
    assert fences <= {(post.number, post.fence) for post in (await town.report("b")).posts}


async def test_suspended_process_has_lost_its_shards_after_the_lease(town: FleetTables) -> None:
    await town.settled("a", "b")
    old = (await town.report("a")).posts
    await town.pass_time(LEASE_S + 2, "b")
    assert await town.held("b") == set(range(8))
    assert await town.held("a") == set()
    assert not await town.fleet.hand_over("a", old[0], [], lease_s=LEASE_S)


async def test_report_writes_only_its_own_shards(
    town: FleetTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = await town.settled("a", "b")
    written: list[int] = []
    write = fleet_rows._write

    def noted(db: DbConnection, shard: Row) -> None:
        written.append(shard["number"])
        write(db, shard)

    monkeypatch.setattr(fleet_rows, "_write", noted)
    await town.report("a")
    assert sorted(written) == sorted(shares["a"])


async def test_database_outage_moves_no_shard(town: FleetTables) -> None:
    shares = await town.settled("a", "b", "c")
    town.now += 600
    for one in ("b", "c", "a"):
        assert await town.held(one) == shares[one]
    await town.pass_time(20, *shares)
    assert await town.settled(*shares) == shares


async def test_dead_next_owner_is_replaced_and_dead_owner_is_succeeded(
    town: FleetTables,
) -> None:
    await town.report("a")
    await town.report("b")
    await town.report("a")
    assert len((await town.report("b")).posts) == 4
    await town.pass_time(LEASE_S + 2, "a")
    assert await town.held("a") == set(range(8))

    await town.report("c")
    await town.report("a")
    waits = {post.number for post in (await town.report("c")).posts}
    assert len(waits) == 4
    await town.pass_time(LEASE_S + 2, "c")
    assert await town.held("c") == set(range(8))


async def test_join_changes_the_shard_count_only_without_live_processes(town: FleetTables) -> None:
    await town.report("a")
    assert await town.fleet.join(16, lease_s=LEASE_S) == 8
    town.now += LEASE_S + 1
    assert await town.fleet.join(16, lease_s=LEASE_S) == 16
    assert len(await town.held("b")) >= 8


async def test_reserve_spaces_identifies_of_a_bucket(town: FleetTables) -> None:
    waits = [await town.fleet.reserve("identify 0", every_s=5) for _ in range(3)]
    assert waits == pytest.approx([0, 5, 10])
    assert await town.fleet.reserve("identify 1", every_s=5) == 0
    town.now += 12
    assert await town.fleet.reserve("identify 0", every_s=5) == pytest.approx(3)


async def test_begin_gives_a_shared_task_to_one_process_at_a_time(town: FleetTables) -> None:
    fleet = town.fleet
    assert await fleet.begin("commands", "a", lease_s=60)
    assert not await fleet.begin("commands", "b", lease_s=60)
    await fleet.finish("commands", "b")
    assert not await fleet.begin("commands", "b", lease_s=60)
    await fleet.finish("commands", "a")
    assert await fleet.begin("commands", "b", lease_s=60)
    town.now += 61
    assert await fleet.begin("commands", "a", lease_s=60), "b has died over it"


async def test_fetch_due_claims_jobs_of_a_process_that_left(town: FleetTables) -> None:
    harness = StoreHarness(town.store)
    await town.report("a")
    job = (await harness.accept()).job
    assert [one.id for one in await harness.take()] == [job.id]
    harness.now += 1
    assert await harness.take() == []
    await town.fleet.leave("a")
    harness.now += 1
    assert [one.id for one in await harness.take()] == [job.id]


async def test_processes_with_configured_shards_share_jobs(town: FleetTables) -> None:
    def report(process: str) -> Heartbeat:
        return Heartbeat(process=process, lease_s=LEASE_S, divides=False)

    fleet, harness = town.fleet, StoreHarness(town.store)
    town.now += LEASE_S + 1
    assert await fleet.join(0, lease_s=LEASE_S) == 0
    await fleet.report(report("a"))
    assert await fleet.join(0, lease_s=LEASE_S) == 0
    assert await fleet.join(8, lease_s=LEASE_S) == 0, "others were told theirs"
    job = (await harness.accept()).job
    assert [one.id for one in await harness.take()] == [job.id]
    for _ in range(int(LEASE_S) + 2):  # a is killed
        town.now += 1
        assert (await fleet.report(report("b"))).posts == ()
    harness.now += 1
    assert [one.id for one in await harness.take()] == [job.id]


async def test_report_without_a_time_uses_the_database_clock(store: Store) -> None:
    await store.fleet.join(1, lease_s=LEASE_S)
    (post,) = (await store.fleet.report(Heartbeat(process="a", lease_s=LEASE_S))).posts
    assert post == ShardLease(number=0, fence=1, holds=True)


def held_by(views: Mapping[str, FleetView]) -> Iterator[tuple[str, ShardLease]]:
    """Yield the shards that processes believe to hold."""
    for holder, view in views.items():
        yield from ((holder, post) for post in view.posts if post.holds)


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from(["report", "give", "end", "leave", "stand still"])
    ),
    max_size=40,
)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
async def test_shard_never_has_two_owners_after_any_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    path: Path = tmp_path_factory.mktemp("fleet") / "repaint.db"
    async with Store(path, provider="provider") as store:
        town, fences = FleetTables(store), dict[tuple[int, int], str]()
        await town.fleet.join(4, lease_s=LEASE_S)
        views: dict[str, FleetView] = {}
        for process, what in steps:
            mine = views.get(process, FleetView())
            match what:
                case "give":
                    await town.give(process, mine)
                case "leave":
                    await town.fleet.leave(process)
                    views.pop(process, None)
                case "stand still":
                    town.now += LEASE_S + 1
                case _:
                    ready = [post.number for post in mine.posts if not post.holds]
                    views[process] = await town.report(process, *ready, leaving=what == "end")
            for holder, post in held_by(views):
                assert fences.setdefault((post.number, post.fence), holder) == holder
        holders = [
            {post.number for post in (await town.report(one, room=0)).posts if post.holds}
            for one in views
        ]
        assert sum(map(len, holders)) == len(set().union(*holders))
