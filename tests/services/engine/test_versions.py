"""Databases of released versions: each is opened, and its open jobs are finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kling.request_parsing import Order
from services.db import Store
from services.models import State
from services.settings.types import Secret
from tests.support.engine_harness import EngineHarness, detailed_image, running_engine
from tests.support.postgresql import Server
from tests.support.requests import NOON
from tests.support.versions import (
    GUILD,
    JOBS,
    SENT,
    job_id_of,
    make_postgresql,
    make_sqlite,
    request_of,
    task_id_of,
    text_of,
    versions,
    write,
)

OPEN = (State.QUEUED, State.SUBMITTING, SENT, State.RUNNING, State.READY)
ENDED = tuple(State(name) for name in JOBS if name not in {*OPEN, State.UNCERTAIN})
BEFORE = {name: State.SUBMITTING if name == SENT else State(name) for name in JOBS}


@pytest.fixture(params=versions("sqlite"))
def sqlite_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "repaint.db"
    make_sqlite(text_of(request.param, "sqlite").read_text("utf-8"), path)
    return path


@pytest.fixture(params=versions("postgresql"))
def postgresql_version(request: pytest.FixtureRequest, postgresql: Server) -> Secret:
    text = text_of(request.param, "postgresql").read_text("utf-8")
    return make_postgresql(text, postgresql, "version")


async def test_sqlite_file_of_a_version_opens_with_all_its_rows(sqlite_place: Path) -> None:
    async with Store(sqlite_place, provider="provider", exclusive=True) as store:
        await judge_rows(store)


async def test_postgresql_database_of_a_version_opens_with_all_its_rows(
    postgresql_version: Secret,
) -> None:
    async with Store(postgresql_version, provider="provider") as store:
        await judge_rows(store)


async def judge_rows(store: Store) -> None:
    """Read through the store what an earlier version wrote through its own."""
    for name in JOBS:
        job = await store.jobs.get(job_id_of(name))
        assert job is not None
        assert job.state is BEFORE[name]
        assert job.request.prompt == request_of(name).prompt
        assert job.request.options == request_of(name).options
    rules = await store.community.rules(GUILD)
    assert (rules.user_daily, rules.channels, rules.words) == (7, (50,), ("Bad",))
    assert [style.key for style in rules.styles] == ["ink"]
    assert [grant.user_id for grant in await store.community.grants(GUILD, now=NOON)] == [3]
    assert [block.user_id for block in await store.community.blocks(GUILD, now=NOON)] == [99]
    assert len(await store.community.audit(GUILD, limit=50)) == 10
    assert (await store.preferences.get(3)).model == "kling-v3"
    assert await store.notes.get("word") == "kept"
    [posting] = await store.member_jobs.postings(job_id_of(State.DELIVERED))
    assert posting.message_id == 9_000
    assert set((await store.providers.state()).closed_models) == {"kling-v1"}


@pytest.mark.usefixtures("sqlite_place")
async def test_engine_finishes_open_jobs_of_a_versions_sqlite_file(tmp_path: Path) -> None:
    fill_folder(tmp_path)
    async with running_engine(tmp_path) as here:
        await judge_finished(here)


async def test_engine_finishes_open_jobs_of_a_versions_postgresql_database(
    postgresql_version: Secret, tmp_path: Path
) -> None:
    fill_folder(tmp_path)
    async with running_engine(tmp_path, place=postgresql_version) as here:
        await judge_finished(here)


def fill_folder(folder: Path) -> None:
    """Put the sources of all jobs, and the result of the one that is ready, on the disk."""
    for name in JOBS:
        mine = folder / "pictures" / job_id_of(name)
        mine.mkdir(parents=True)
        (mine / "source").write_bytes(detailed_image())
    ready = job_id_of(State.READY)
    (folder / "pictures" / ready / f"{ready}_1.png").write_bytes(detailed_image())


async def judge_finished(here: EngineHarness) -> None:
    """Start the tasks that were submitted; check that every open job is delivered and paid once."""
    for name in (State.RUNNING, SENT):
        begin_task(here, name)
    for name in OPEN:
        job = await here.until_state(await here.job(job_id_of(name)), State.DELIVERED)
        assert not job.given_back
    for state in ENDED:
        assert (await here.job(job_id_of(state))).state is state
    assert sorted(job.id for job, _ in here.channel.posted) == sorted(map(job_id_of, OPEN))
    paid = [task.order.external_task_id for task in here.kling.book.tasks.values()]
    assert sorted(paid) == sorted(job_id_of(name) for name in OPEN if name != State.READY)
    assert here.channel.notified == []
    usage = await here.store.admission.usage(user_id=1, guild_id=GUILD, day="2026-11-22")
    assert usage.guild == len(OPEN) + len((State.DELIVERED, State.UNDELIVERED, State.REFUSED))


def begin_task(here: EngineHarness, name: str) -> None:
    """Make the provider accept a job's submission before the old version ended."""
    order = Order(resource="generations", model="kling-v3", external_task_id=job_id_of(name))
    now = here.clock.now()
    task = here.kling.book.accept(
        order, origin=here.kling.url, now=now, make_id=lambda: task_id_of(name)
    )
    here.kling.api.life.begin(task, sources=[detailed_image()])


def test_versions_have_texts_for_both_databases() -> None:
    assert versions("sqlite") == versions("postgresql")
    assert versions("sqlite")[0] == "m010_fleet"


async def test_script_writes_the_texts_of_the_version_at_hand(
    postgresql: Server, tmp_path: Path
) -> None:
    for path in await write(tmp_path, postgresql):
        text = path.read_text("utf-8")
        assert all(job_id_of(name) in text for name in JOBS)
