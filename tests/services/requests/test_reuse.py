"""The sources of a repeated request, and the options that it copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.catalog.models import ModelTable
from services.common.ids import new_job_id
from services.db import Store
from services.errors import SourceNotKept, UnknownModel
from services.history.access import JobAccess, JobWithResults
from services.models import Job, Options, Result, Source, State
from services.requests.reuse import Repeats, fitted
from services.storage import LocalStorage
from services.storage.sources import source_path
from tests.support.requests import NOON, a_request
from tests.support.time import HandClock

DATA = Path(__file__).resolve().parent.parent.parent.parent / "data"
LINK = Source(origin="link", url="https://example.com/cat.png")
ALIVE = f"https://cdn.example/cat.png?ex={int(NOON) + 60:x}&is=1&hm=ab"
LAPSED = f"https://cdn.example/cat.png?ex={int(NOON) - 60:x}&is=1&hm=ab"


@pytest.fixture
def archive(tmp_path: Path) -> JobAccess:
    return JobAccess(
        store=Store(tmp_path / "unused.db", provider="x"), storage=LocalStorage(tmp_path)
    )


@pytest.fixture
def repeats(archive: JobAccess) -> Repeats:
    return Repeats(archive=archive, clock=HandClock(NOON))


def opened(
    archive: JobAccess, *sources: Source, on_disk: bool = False, results: int = 0
) -> JobWithResults:
    request = replace(a_request(source=sources[0]), more=tuple(sources[1:]))
    job = Job(
        id=new_job_id(NOON),
        request=request,
        state=State.DELIVERED,
        units=1,
        day="2026-11-22",
        created_at=NOON,
    )
    if on_disk:
        archive.folder(job).mkdir()
        for number in range(len(sources)):
            source_path(archive.folder(job), number).write_bytes(b"x")
    painted = [result(archive, job, position) for position in range(results)]
    return JobWithResults(job=job, painted=painted, results=painted)


def result(archive: JobAccess, job: Job, position: int) -> Result:
    path = archive.folder(job) / f"{job.id}_{position + 1}.png"
    return Result(position=position, path=path, url="u", width=8, height=6, size=9)


async def test_what_lies_on_the_disk_is_taken_from_there(
    archive: JobAccess, repeats: Repeats
) -> None:
    sources = [Source(url=ALIVE, name="a.png", width=4), Source(url=LAPSED, role="style")]
    kept = opened(archive, *sources, on_disk=True)

    first, second = await repeats.sources(kept)

    assert first == replace(sources[0], url="", origin="job", job_id=kept.job.id)
    assert (second.origin, second.role, second.position) == ("job", "style", None)


@pytest.mark.parametrize("url", [ALIVE, "https://cdn.example/cat.png"])
async def test_what_never_got_to_the_disk_is_asked_of_discord_while_its_link_lives(
    archive: JobAccess, repeats: Repeats, url: str
) -> None:
    assert await repeats.sources(opened(archive, Source(url=url))) == (Source(url=url),)


@pytest.mark.parametrize("url", [LAPSED, "", "https://cdn.example/cat.png?ex=soon"])
async def test_a_lapsed_link_is_not_kept(archive: JobAccess, repeats: Repeats, url: str) -> None:
    with pytest.raises(SourceNotKept):
        await repeats.sources(opened(archive, Source(url=url)))


async def test_one_missing_picture_of_several_is_one_too_many(
    archive: JobAccess, repeats: Repeats
) -> None:
    kept = opened(archive, Source(url=LAPSED), Source(url=LAPSED), on_disk=True)
    source_path(archive.folder(kept.job), 1).unlink()

    with pytest.raises(SourceNotKept):
        await repeats.sources(kept)


async def test_a_typed_link_stays_what_it_is(archive: JobAccess, repeats: Repeats) -> None:
    assert await repeats.sources(opened(archive, LINK)) == (LINK,)


async def test_a_link_of_deleted_pictures_does_not(archive: JobAccess, repeats: Repeats) -> None:
    with pytest.raises(SourceNotKept):
        await repeats.sources(opened(archive, replace(LINK, url="")))


async def test_another_jobs_picture_that_was_never_taken_over_is_asked_for_again(
    archive: JobAccess, repeats: Repeats
) -> None:
    source = Source(origin="job", job_id=new_job_id(NOON), position=2)

    assert await repeats.sources(opened(archive, source)) == (source,)


def test_a_result_becomes_a_source(archive: JobAccess, repeats: Repeats) -> None:
    parent = opened(archive, LINK, results=2)

    source = repeats.result(parent, 1, posted=ALIVE)

    assert (source.origin, source.job_id, source.position) == ("job", parent.job.id, 1)
    assert (source.url, source.width, source.height, source.size) == (ALIVE, 8, 6, 9)


def test_a_result_that_is_neither_here_nor_there_does_not(
    archive: JobAccess, repeats: Repeats
) -> None:
    parent = opened(archive, LINK, results=2)
    tidied = replace(parent, results=())
    deleted = replace(parent, results=(), painted=())

    assert repeats.result(tidied, 0, posted=ALIVE).url == ALIVE
    for one, position, posted in ((tidied, 0, ""), (deleted, 0, ALIVE), (parent, 7, ALIVE)):
        with pytest.raises(SourceNotKept):
            repeats.result(one, position, posted=posted)


def test_options_that_no_form_shows_are_left_out_where_the_model_can_not_take_them() -> None:
    models = ModelTable.load(DATA / "models.toml")
    chosen = Options(
        model="kling-v3", reference="subject", fidelity=0.5, human_fidelity=0.5, ratio="1:1"
    )

    options, left_out = fitted(chosen, models)

    assert options == Options(model="kling-v3", ratio="1:1")
    assert sorted(left_out) == ["fidelity", "human_fidelity", "reference"]


def test_options_that_were_chosen_are_not() -> None:
    models = ModelTable.load(DATA / "models.toml")
    chosen = Options(model="kling-v2-1", ratio="21:9", count=9)

    assert fitted(chosen, models) == (chosen, [])
    with pytest.raises(UnknownModel):
        fitted(replace(chosen, model="kling-v0"), models)
