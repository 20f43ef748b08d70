"""The first response: in time, once, and none of its failures loses an accepted job."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest

from cogs.posting import delivery
from cogs.posting.delivery import ChannelDelivery
from services.engine.message_throttle import ThrottledDelivery
from services.errors import ChannelGone, DiscordUnreachable, StoreUnavailable
from services.models import State
from services.requests.acceptance import Acceptance
from tests.support.bot_harness import BotHarness, simulated_bot
from tests.support.messages import gallery, text
from tests.support.sqlite import thread_of

CALLBACK = "/interactions/*/callback"
WEBHOOK = "/webhooks/*"


def hold_up(world: BotHarness, calls: object, name: str = "accept") -> asyncio.Event:
    """Delay a call to the store, as a busy disk would, until the event is set."""
    world.env.settle_timeout = 0.9  # simcord waits out whatever is due in this time
    go, call = asyncio.Event(), getattr(calls, name)

    async def held(*args: Any, **kwargs: Any) -> Any:
        await world.env.external_wait(go.wait(), reason="a busy disk")
        return await call(*args, **kwargs)

    setattr(calls, name, held)
    return go


@pytest.mark.parametrize("private", [False, True])
async def test_slow_acceptance_defers_and_edits_the_same_message(
    world: BotHarness, private: bool
) -> None:
    go = hold_up(world, world.store.admission)

    answer = await world.repaint(private=private)
    assert not answer.acknowledged
    await world.env.advance_time(2)
    assert answer.deferred
    await world.env.advance_time(5)
    go.set()
    await world.env.settle()

    assert "next in line" in text(answer.response)
    assert answer.ephemeral is private
    assert answer.followups == []
    await world.until_settled()
    assert len(gallery(answer.response)) == 1


async def test_acceptance_beyond_its_hold_leaves_the_message_alone(
    world: BotHarness,
) -> None:
    """Another process may have delivered by then: no queue place may replace its image."""
    go = hold_up(world, world.store.admission)

    answer = await world.repaint()
    await world.env.advance_time(2)
    world.pass_time(16)
    go.set()
    await world.env.settle()
    assert "next in line" not in text(answer.response)

    world.pass_time(5)
    await world.until_settled()
    assert len(gallery(answer.response)) == 1
    assert [one for one in world.channel.history() if "in line" in text(one)] == []


async def test_slow_refusal_deletes_the_public_message(tmp_path: Path) -> None:
    async with simulated_bot(tmp_path, USER_DAILY_IMAGES=1) as world:
        go = hold_up(world, world.store.admission)

        answer = await world.repaint(count=2)
        await world.env.advance_time(2)
        go.set()
        await world.env.settle()

        [refusal] = answer.followups
        assert answer.response is None
        assert refusal.ephemeral
        assert "You have 1 of 1 pictures left today" in text(refusal)


async def test_failed_defer_loses_no_job(world: BotHarness) -> None:
    go = hold_up(world, world.store.admission)
    world.env.inject_error("POST", CALLBACK, status=404, code=10062, times=2)

    await world.repaint()
    await world.env.advance_time(2)
    go.set()
    await world.env.settle()
    await world.until_settled()

    [message] = world.channel.history()
    assert len(gallery(message)) == 1


async def test_defer_that_raises_unexpectedly_loses_no_job(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = hold_up(world, world.store.admission)

    async def odd(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(discord.InteractionResponse, "defer", odd)

    answer = await world.repaint()
    await world.env.advance_time(2)
    go.set()
    await world.env.settle()
    await world.until_settled()

    assert len(gallery(answer.response)) == 1
    world.traces.clear()


async def test_acceptance_that_fails_after_its_command_was_cancelled_is_logged(
    world: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """The process ends in the middle: asyncio would call the error never retrieved."""
    go = hold_up(world, world.store.admission)
    held = world.store.admission.accept

    async def fails(*args: Any, **kwargs: Any) -> Any:
        await held(*args, **kwargs)
        raise RuntimeError("cannot schedule new futures after shutdown")

    world.store.admission.accept = fails  # type: ignore[method-assign]
    await world.repaint()
    [command] = [one for one in asyncio.all_tasks() if one.get_name() == "CommandTree-invoker"]
    command.cancel()
    go.set()
    await world.env.settle()
    del command
    gc.collect()

    assert "after its command was cancelled: cannot schedule" in caplog.text
    assert "never retrieved" not in caplog.text


async def test_rules_that_can_not_be_read_in_time_are_an_answer_too(world: BotHarness) -> None:
    hold_up(world, world.store.community, "rules")

    answer = await world.repaint()
    await world.env.advance_time(2)

    assert answer.ephemeral
    assert "my storage" in text(answer.response)
    assert await world.jobs() == []


async def test_nothing_is_delivered_before_the_first_answer(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ANSWER_WAIT_S", 0.001)
    await world.repaint()
    [job] = await world.until_settled()
    pace = world.bot.engine._parts.delivery
    assert isinstance(pace, ThrottledDelivery)
    channel = pace._delivery
    assert isinstance(channel, ChannelDelivery)

    async with channel.first_answer(job.id):
        with pytest.raises(DiscordUnreachable):  # the engine retries it later
            await channel.notify_outcome(job)


async def test_interaction_received_twice_is_one_job(world: BotHarness) -> None:
    await world.repaint()
    [payload] = [
        payload for _, name, payload in world.env.backend.transcript if name == "INTERACTION_CREATE"
    ]

    world.env.backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    await world.until_settled()

    assert len(await world.jobs()) == len(world.orders) == 1
    assert await world.used() == 1
    [message] = world.channel.history()
    assert len(gallery(message)) == 1


async def test_request_while_stopping_is_refused(world: BotHarness) -> None:
    world.stop.ask()

    answer = await world.repaint()

    assert answer.ephemeral
    assert "restarting" in text(answer.response)
    assert await world.jobs() == []


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (400, 40060), (500, 0)])
async def test_lost_first_response_loses_no_job(world: BotHarness, status: int, code: int) -> None:
    world.env.inject_error("POST", CALLBACK, status=status, code=code)

    answer = await world.repaint()
    [job] = await world.until_settled()

    assert answer.response is None
    assert job.state is State.DELIVERED
    [message] = world.channel.history()
    assert job.place.message_id == message.id
    assert len(gallery(message)) == 1


@pytest.mark.parametrize("code", [200000, 240000])
async def test_first_response_blocked_by_automod_omits_the_prompt(
    world: BotHarness, code: int
) -> None:
    world.env.inject_error("POST", CALLBACK, status=400, code=code)

    answer = await world.repaint(prompt="a duck")

    assert not answer.ephemeral
    assert "a duck" not in text(answer.response)
    assert "next in line" in text(answer.response)


async def test_dismissed_private_message_is_followed_by_another(
    world: BotHarness,
) -> None:
    answer = await world.repaint(private=True)
    await world.until(lambda: "Painting" in text(answer.response))
    assert answer.response is not None
    world.env.backend.delete_message(world.channel.id, answer.response.id)

    await world.until_settled()

    [followup] = answer.followups
    assert followup.ephemeral
    assert len(gallery(followup)) == 1


@pytest.mark.parametrize(
    "trouble", [ZeroDivisionError("a secret of the house"), ChannelGone("a secret of the house")]
)
async def test_unexpected_error_is_answered_with_a_reference(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def broken(_self: Acceptance) -> None:
        raise trouble

    monkeypatch.setattr(Acceptance, "new_id", broken)

    answer = await world.repaint()

    trace = world.traces.pop()
    [reference] = trace.args or ()
    assert answer.ephemeral
    assert f"(reference {reference})" in text(answer.response)
    assert "secret" not in text(answer.response)
    assert "Traceback" not in text(answer.response)
    assert trace.exc_info is not None
    assert trace.exc_info[1] is trouble


@pytest.mark.parametrize(
    ("status", "code"), [(404, 10003), (404, 10004), (404, 10015), (401, 50027)]
)
async def test_command_whose_place_is_gone_before_its_answer_is_no_unforeseen_error(
    world: BotHarness, status: int, code: int
) -> None:
    for method, path in (("PATCH", f"{WEBHOOK}/messages/*"), ("POST", WEBHOOK)):
        world.env.inject_error(method, path, status=status, code=code, times=9)

    await world.ann.slash(world.channel, "jobs")

    assert world.traces == []


async def test_click_on_a_deleted_message_is_answered(world: BotHarness) -> None:
    world.env.inject_error("PATCH", f"{WEBHOOK}/messages/*", status=404, code=10008)

    answer = await world.ann.slash(world.channel, "jobs")

    assert [text(one) for one in answer.followups] == [
        "That message is no longer there: somebody has deleted it."
    ]
    assert world.traces == []


@pytest.mark.one_process("locks SQLite's file")
async def test_request_with_a_locked_database_is_refused_with_a_reason(world: BotHarness) -> None:
    thread = thread_of(world.store)
    await thread.run(lambda: thread.db.execute("PRAGMA busy_timeout = 0"))
    with closing(sqlite3.connect(world.settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = await world.repaint()
    world.traces.clear()  # the engine met the error too, and waits

    assert answer.ephemeral
    assert "my storage" in text(answer.response)


async def test_message_whose_id_was_not_stored_is_still_edited(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(_job_id: str, _message_id: int) -> None:
        raise StoreUnavailable("database is locked")

    with monkeypatch.context() as locked:
        locked.setattr(world.store.jobs, "place_message", failing)
        answer = await world.repaint()

    assert answer.followups == []
    await world.until_settled()
    assert len(gallery(answer.response)) == 1
