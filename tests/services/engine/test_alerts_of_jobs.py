"""Operators are sent the id of every job whose images are lost, in few messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.common.durations import HOUR_S
from services.engine import EngineConfig, worker
from services.monitoring.alerts import GATHER_S, MOST_NAMED, Alerts
from tests.services.engine.test_fetch_images import MINUTE_S, away
from tests.support.engine_harness import Channel, running_engine
from tests.support.requests import a_request
from tests.support.time import HandClock

RULES = EngineConfig(concurrency=20, user_running=20, give_up_s=HOUR_S)


async def test_alert_each_sends_the_first_at_once_and_the_others_together() -> None:
    clock, channel = HandClock(), Channel()
    alerts = Alerts(channel, clock)
    for name in ("a", "b", "c"):
        await alerts.each("images_lost", reason=name)
    assert (channel.reasons, alerts.has_gathered) == (["a"], False)

    clock.move_to(clock.now() + GATHER_S)
    assert alerts.has_gathered
    await alerts.send_gathered()
    await alerts.send_gathered()

    assert channel.reasons == ["a", "b; c"]
    assert not alerts.has_gathered


async def test_alert_each_after_ten_minutes_sends_at_once_again() -> None:
    clock, channel = HandClock(), Channel()
    alerts = Alerts(channel, clock)
    for name in ("a", "b"):
        await alerts.each("images_lost", reason=name)
        clock.move_to(clock.now() + GATHER_S)

    assert channel.reasons == ["a", "b"]


async def test_alert_each_gathers_by_kind() -> None:
    channel = Channel()
    alerts = Alerts(channel, HandClock())
    await alerts.each("images_lost", reason="a")
    await alerts.each("other", reason="b")

    assert channel.alerts == ["images_lost", "other"]


async def test_alert_each_names_a_bounded_number_and_counts_the_rest() -> None:
    channel = Channel()
    alerts = Alerts(channel, HandClock())
    for number in range(MOST_NAMED + 4):
        await alerts.each("images_lost", reason=str(number))
    await alerts.send_gathered(early=True)

    assert channel.reasons[-1].split("; ")[-2:] == [str(MOST_NAMED), "3 more, see the log"]


async def test_lost_jobs_are_all_reported_within_minutes(tmp_path: Path) -> None:
    """The limit of one notice in six hours is per problem; each lost job is its own problem."""
    async with running_engine(tmp_path, rules=RULES) as here:
        away(here)
        jobs = [await here.ask(a_request(user_id=user)) for user in range(4)]
        for job in jobs:
            await here.until_over(job)
        over_at = here.clock.now()

        def named() -> bool:
            lost = zip(here.channel.alerts, here.channel.reasons, strict=True)
            words = "".join(reason for key, reason in lost if key == "images_lost")
            return all(job.id in words for job in jobs)

        await here.until(named)

        assert here.clock.now() - over_at < 12 * MINUTE_S
        assert here.channel.alerts.count("images_lost") == 2


async def test_drain_sends_gathered_alerts(tmp_path: Path) -> None:
    async with running_engine(tmp_path, rules=RULES) as here:
        for name in ("a", "b"):
            await here.parts.provider.alerts.each("images_lost", reason=name)
        await here.engine.drain(1.0)

        assert here.channel.reasons == ["a", "b"]


class UnansweredChannel(Channel):
    """Operators who cannot be notified: Discord does not answer."""

    async def alert(self, key: str, **facts: str) -> None:
        await super().alert(key, **facts)
        if len(self.alerts) > 1:
            await asyncio.Event().wait()


async def test_drain_does_not_wait_long_for_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SEND_REST_S", 0.01)
    async with running_engine(tmp_path, rules=RULES) as here:
        alerts = here.parts.provider.alerts
        alerts._operators = UnansweredChannel()
        for name in ("a", "b"):
            await alerts.each("images_lost", reason=name)

        async with asyncio.timeout(30):
            await here.engine.drain(0.0)
