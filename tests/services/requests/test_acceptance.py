"""Acceptance: checks in memory, defaults that are filled in, and the estimated start."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from services.engine.eta import Forecast
from services.errors import (
    CountTooHigh,
    ImageTooLarge,
    LinkNotAllowed,
    PromptMissing,
    PromptTooLong,
    QuotaExceeded,
    StoreUnavailable,
    TooManyPictures,
    UnknownModel,
)
from services.models import Limits, Source, State
from services.requests.acceptance import ANSWER_HOLD_S, ANSWERS_WITHIN_S, PROMPT_LIMIT
from tests.services.requests.harness import here
from tests.support.requests import NOON, a_request

MODEL = "kling-v3"


@pytest.mark.parametrize(
    ("max_count", "concurrency", "asked", "allowed"), [(4, 9, 5, 4), (9, 3, 4, 3), (2, 2, 3, 2)]
)
async def test_count_over_the_operators_or_the_providers_is_refused(
    tmp_path: Path, max_count: int, concurrency: int, asked: int, allowed: int
) -> None:
    async with here(tmp_path, max_count=max_count, concurrency=concurrency) as now:
        with pytest.raises(CountTooHigh) as refusal:
            await now.accept(a_request(count=asked))
        assert (refusal.value.found, refusal.value.allowed) == (asked, allowed)
        assert (await now.accept(a_request(count=allowed))).job.units == allowed


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
async def test_repaint_needs_words_and_a_blend_does_not(tmp_path: Path, prompt: str) -> None:
    async with here(tmp_path) as now:
        with pytest.raises(PromptMissing):
            await now.accept(a_request(prompt=prompt))
        source = replace(a_request().source, role="subject")
        blend = a_request(prompt=prompt, kind="blend", model="kling-blend", more=(source,))
        assert (await now.accept(blend)).job.state is State.QUEUED


async def test_prompt_with_its_style_has_a_longest(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        accepted = await now.accept(a_request(prompt="x" * PROMPT_LIMIT))
        assert len(accepted.job.request.prompt) == PROMPT_LIMIT
        with pytest.raises(PromptTooLong) as refusal:
            await now.accept(a_request(prompt="x" * (PROMPT_LIMIT + 1)))
        assert (refusal.value.found, refusal.value.allowed) == (PROMPT_LIMIT + 1, PROMPT_LIMIT)
        with pytest.raises(PromptTooLong):
            await now.accept(a_request(prompt="x" * PROMPT_LIMIT, style="oil"))


async def test_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        with pytest.raises(UnknownModel):
            await now.accept(a_request(model="kling-blend"))
        with pytest.raises(UnknownModel):
            await now.accept(a_request(kind="blend"))


@pytest.mark.parametrize(("subjects", "is_taken"), [(4, True), (5, False)])
async def test_blend_has_as_many_subjects_as_its_model_takes(
    tmp_path: Path, subjects: int, is_taken: bool
) -> None:
    """A scene and a style come on top."""
    source = a_request().source
    more = [replace(source, role="subject")] * (subjects - 1)
    more += [replace(source, role="scene"), replace(source, role="style")]
    request = a_request(kind="blend", model="kling-blend", source=source, more=tuple(more))
    async with here(tmp_path) as now:
        if is_taken:
            assert len((await now.accept(request)).job.request.sources) == subjects + 2
        else:
            with pytest.raises(TooManyPictures) as refusal:
                await now.accept(request)
            assert (refusal.value.found, refusal.value.allowed) == (subjects, 4)


async def test_every_picture_is_judged_by_what_is_claimed_of_it(tmp_path: Path) -> None:
    good = a_request().source
    large = Source(url=good.url, name="large.png", size=1 << 40)
    async with here(tmp_path) as now:
        for request in (
            a_request(source=large),
            a_request(kind="blend", model="kling-blend", more=(good, large)),
        ):
            with pytest.raises(ImageTooLarge):
                await now.accept(request)


async def test_typed_address_is_judged_by_its_look_and_stored_as_judged(tmp_path: Path) -> None:
    typed = Source(url=" <https://pictures.site/a.png#part> ", origin="link", size=1 << 40)
    inside = Source(url="https://127.0.0.1/a.png", origin="link")
    async with here(tmp_path) as now:
        stored = (await now.accept(a_request(source=typed))).job.request
        assert stored.source.url == "https://pictures.site/a.png"
        assert stored.options.ratio is not None  # its shape is unknown here
        with pytest.raises(LinkNotAllowed):
            await now.accept(a_request(source=inside))
        with pytest.raises(LinkNotAllowed):
            await now.accept(a_request(kind="blend", model="kling-blend", more=(inside,)))


async def test_servers_defaults_fill_in_what_was_left_out(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        rules = {"default_model": "kling-v2-1", "default_style": "oil", "spoiler": True}
        await now.community.change(5, by=1, **rules, private_only=True)

        job = (await now.accept(a_request(model=""))).job
        assert (job.request.options.model, job.request.options.style) == ("kling-v2-1", "oil")
        assert job.request.options.style_words
        assert job.request.options.spoiler
        assert job.request.options.private
        assert job.request.place.ephemeral

        named = (await now.accept(a_request(model=MODEL, style="ink"))).job.request.options
        assert (named.model, named.style) == (MODEL, "ink")
        elsewhere = (await now.accept(a_request(model="", guild_id=6))).job.request
        assert elsewhere.options.style is None
        assert not elsewhere.options.private
        assert not elsewhere.place.ephemeral


@pytest.mark.parametrize("wanted", [False, True])
async def test_member_may_want_it_private_and_hidden_where_the_server_does_not(
    tmp_path: Path, wanted: bool
) -> None:
    async with here(tmp_path) as now:
        request = (await now.accept(a_request(private=wanted, spoiler=wanted))).job.request
        assert (request.options.private, request.options.spoiler) == (wanted, wanted)
        assert request.place.ephemeral == wanted


async def test_refused_request_holds_nothing_and_tells_once_that_a_cap_is_reached(
    tmp_path: Path,
) -> None:
    async with here(tmp_path, limits=Limits(bot_daily=2)) as now:
        await now.accept(a_request(count=2))
        for _ in range(2):
            with pytest.raises(QuotaExceeded):
                await now.accept()
        assert (await now.acceptance.usage(user_id=1, guild_id=5)).bot == 2
        assert len(await now.take()) == 1


async def test_job_is_held_until_its_member_was_answered(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        job = (await now.accept(answer=False)).job
        now.clock.move_to(job.created_at + ANSWER_HOLD_S - 0.1)
        assert await now.take() == []
        assert now.woken == []
        await now.acceptance.mark_acknowledged(job.id, 77)
        assert await now.take() == [job.id]
        assert now.woken == [now.clock.now()]
        stored = await now.store.jobs.get(job.id)
        assert stored is not None
        assert stored.request.place.message_id == 77


async def test_answer_is_begun_only_while_the_job_is_surely_held(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        job = (await now.accept(answer=False)).job
        last = job.created_at + ANSWER_HOLD_S - ANSWERS_WITHIN_S
        now.clock.move_to(last - 0.01)
        assert now.acceptance.may_answer(job)
        now.clock.move_to(last)
        assert not now.acceptance.may_answer(job)


async def test_withdrawn_job_counts_nothing_and_one_taken_up_stays(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        job = (await now.accept(answer=False)).job
        assert await now.acceptance.withdraw(job.id)
        assert (await now.acceptance.usage(user_id=1, guild_id=5)).user == 0
        taken = (await now.accept()).job
        await now.run(taken.id)
        assert not await now.acceptance.withdraw(taken.id)


async def test_start_is_foretold_where_it_must_wait_and_times_are_known(tmp_path: Path) -> None:
    async with here(tmp_path, concurrency=1) as now:
        await now.teach(40.0)
        first = await now.accept(a_request(user_id=1))
        assert first.starts_at is None  # it starts at once
        await now.run(first.job.id)
        second = await now.accept(a_request(user_id=2))
        assert second.starts_at == pytest.approx(NOON + 40, abs=1)
        third = await now.accept(a_request(user_id=3))
        assert third.starts_at == pytest.approx(NOON + 80, abs=1)


async def test_own_job_that_runs_is_waited_for_though_units_are_free(tmp_path: Path) -> None:
    limits = Limits(user_running=1, user_queued=3)
    async with here(tmp_path, limits=limits, max_count=1) as now:
        await now.teach(40.0)
        await now.run((await now.accept(a_request(user_id=1))).job.id)
        assert (await now.accept(a_request(user_id=2))).starts_at is None
        again = await now.accept(a_request(user_id=1))
        assert again.others == 1
        assert again.starts_at == pytest.approx(NOON + 40, abs=1)


async def test_without_a_limit_of_running_jobs_an_own_one_is_not_waited_for(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        await now.teach(40.0)
        await now.run((await now.accept(a_request(user_id=1))).job.id)
        assert (await now.accept(a_request(user_id=1))).starts_at is None


async def test_start_within_seconds_is_not_worth_a_word(tmp_path: Path) -> None:
    async with here(tmp_path, concurrency=1) as now:
        await now.teach(40.0)
        first = await now.accept(a_request(user_id=1))
        await now.run(first.job.id)
        now.clock.move_to(now.clock.now() + 36.0)
        assert (await now.accept(a_request(user_id=2))).starts_at is None


async def test_database_that_fails_after_the_acceptance_undoes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with here(tmp_path, concurrency=1) as now:
        await now.run((await now.accept(a_request(user_id=1))).job.id)

        async def is_away(**_: float) -> None:
            raise StoreUnavailable("gone")

        monkeypatch.setattr(now.store.outlooks, "read", is_away)
        accepted = await now.accept(a_request(user_id=2))
        assert accepted.starts_at is None
        assert await now.store.jobs.get(accepted.job.id) is not None


async def test_nothing_is_foretold_while_times_are_unknown(tmp_path: Path) -> None:
    async with here(tmp_path, concurrency=1) as now:
        await now.teach(40.0, tasks=4)
        await now.run((await now.accept(a_request(user_id=1))).job.id)
        assert (await now.accept(a_request(user_id=2))).starts_at is None


async def test_start_after_a_users_own_running_job_is_foretold_though_nobody_else_waits(
    tmp_path: Path,
) -> None:
    async with here(tmp_path, limits=Limits(user_running=1, user_queued=3)) as now:
        await now.teach(40.0)
        await now.run((await now.accept(a_request(user_id=1))).job.id)
        again = await now.accept(a_request(user_id=1))
        assert again.starts_at == pytest.approx(NOON + 40, abs=1)


async def test_start_is_foretold_for_the_first_fifty_in_line(tmp_path: Path) -> None:
    async with here(tmp_path, concurrency=1) as now:
        await now.teach(40.0)
        await now.run((await now.accept(a_request(user_id=1))).job.id)
        for user in range(2, 62):
            await now.accept(a_request(user_id=user))
        forecast = Forecast(now.store, units=1, per_user=0, clock=now.clock)

        assert len(await forecast.starts()) == 50


async def test_acceptance_that_can_not_be_written_has_the_places_checked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise other users would be promised something for up to a minute."""
    async with here(tmp_path) as now:
        checking = asyncio.create_task(now.writing.run())
        await now.clock.next_sleep()

        async def is_away(*_: object, **__: object) -> None:
            raise StoreUnavailable("gone")

        monkeypatch.setattr(now.store.admission, "accept", is_away)
        monkeypatch.setattr(now.store.notes, "put", is_away)
        with pytest.raises(StoreUnavailable):
            await now.accept()
        async with asyncio.timeout(60):
            while not now.channel.alerts:  # noqa: ASYNC110 -- the check does not say when it ends
                await asyncio.sleep(0)
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)

        assert now.channel.alerts == ["unwritable"]
        assert now.writing.trouble is not None
