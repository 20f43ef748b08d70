"""Drafts of open forms: stored for a day, readable by their user alone, kept over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.common.ids import new_job_id
from services.db import Store
from services.db.members import LIFE_S
from services.errors import FormForgotten
from services.models import OpenForm, Options, Padding, Source
from services.requests.form_drafts import FormDrafts
from services.storage import LocalStorage
from services.storage.retention import EVERY_S, RetentionPolicy, run_retention
from tests.support.time import HandClock

ABOUT = OpenForm(
    user_id=1,
    pictures=(
        Source(url="https://a/1?ex=2&is=3", name="猫.png", size=4, width=5, height=6),
        Source(url="https://b/", role="style", origin="job", job_id="j", position=2),
    ),
    options=Options(count=3, style="", sides=Padding(left=0.5), spoiler=True, format="jpg"),
    left_open=frozenset({"model", "ratio"}),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        yield store


async def test_it_comes_back_whole_from_another_store(tmp_path: Path) -> None:
    clock = HandClock()
    async with Store(tmp_path / "a.db", provider="provider") as store:
        key = await FormDrafts(store=store, clock=clock).save(ABOUT)
    async with Store(tmp_path / "a.db", provider="provider") as store:
        forms = FormDrafts(store=store, clock=clock)
        assert await forms.get(key, 1) == await forms.get(key, 1) == ABOUT


@pytest.mark.parametrize("asked", ["another member", "another key", "no key", "a day later"])
async def test_nobody_gets_what_is_not_theirs_or_too_old(store: Store, asked: str) -> None:
    clock = HandClock()
    forms = FormDrafts(store=store, clock=clock)
    key, user_id = await forms.save(ABOUT), 1
    match asked:
        case "another member":
            user_id = 2
        case "another key":
            key = new_job_id(clock.now())
        case "no key":
            key = "../etc/passwd"
        case _:
            clock.move_to(clock.now() + LIFE_S)

    with pytest.raises(FormForgotten):
        await forms.get(key, user_id)


async def test_old_ones_are_dropped_and_young_ones_stay(store: Store, tmp_path: Path) -> None:
    clock = HandClock()
    forms = FormDrafts(store=store, clock=clock)
    old = await forms.save(ABOUT)
    clock.move_to(clock.now() + LIFE_S - EVERY_S)
    young = await forms.save(ABOUT)
    storage = LocalStorage(tmp_path)
    tidying = asyncio.create_task(
        run_retention(store, storage, keeping=RetentionPolicy(), clock=clock)
    )
    async with asyncio.timeout(60):
        while clock.next_at() is None:  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.01)
        assert await store.open_forms.get(old) == ABOUT
        clock.move_to(clock.now() + EVERY_S + 1)
        while await store.open_forms.get(old):  # noqa: ASYNC110 -- no event to wait for
            await asyncio.sleep(0.01)
    tidying.cancel()

    assert await store.open_forms.get(young) == ABOUT


async def test_it_goes_with_its_member(store: Store) -> None:
    clock = HandClock()
    forms = FormDrafts(store=store, clock=clock)
    key = await forms.save(ABOUT)
    assert (await store.personal.read_rows(1))["open_form"]
    await store.personal.erase(1, now=clock.now())

    with pytest.raises(FormForgotten):
        await forms.get(key, 1)
