"""Features of a job under way: for its requester and for moderators."""

from __future__ import annotations

from typing import Any

from tests.support.job_buttons import click
from tests.system.acceptance.harness import AcceptanceHarness, Answer
from tests.system.acceptance.table import (
    feature,
    hidden,
    nobody,
    nothing,
    refusing,
)  # fmt: skip

FOR_LONG_S = 6000.0


async def at_work(stage: AcceptanceHarness) -> Any:
    """Start two jobs of Cyd's: one that generates for long, and one that waits for it."""
    with stage.tasks_lasting(FOR_LONG_S):
        first = await stage.asks(stage.cyd)
        await stage.world.until(lambda: stage.says(first.response, "painting", publicly=True))
        second = await stage.asks(stage.cyd, count=2)
    return first, second


async def bob_cancels(stage: AcceptanceHarness, given: Any) -> Answer:
    return await click(stage.bob, given[1].response, "rp:cancel")


@feature("cancel, withhold", wrong=refusing("not_yours", bob_cancels), before=at_work)
async def cancel(stage: AcceptanceHarness, given: Any) -> None:
    first, second = given
    told = await click(stage.cyd, second.response, "rp:cancel")
    assert stage.says(told.response, "cancelled")
    await stage.world.at_rest()
    assert stage.says(second.response, "outcome_cancelled", publicly=True)
    late = await click(stage.cyd, first.response, "rp:cancel")
    assert stage.says(late.response, "cancel_too_late")
    await click(stage.cyd, late.response, "rp:withhold")
    assert stage.says(late.response, "withheld_done")
    await stage.world.at_rest()
    assert stage.says(first.response, "withheld", publicly=True)


async def left_behind(stage: AcceptanceHarness) -> Any:
    """Start a private job of Dee's that takes longer than its token is valid."""
    with stage.tasks_lasting(FOR_LONG_S):
        answer = await stage.asks(stage.dee, private=True)
        await stage.world.at_rest()
        stage.world.pass_time(61)
        await stage.world.until(lambda: stage.says(answer.response, "late"))
    return await stage.newest(stage.dee), answer


@feature("fetch", wrong=hidden("fetch"), before=left_behind)
async def fetch(stage: AcceptanceHarness, given: Any) -> None:
    early = await click(stage.dee, given[1].response, "rp:fetch")
    assert stage.says(early.response, "fetch_too_early")


@feature("ping", wrong=nobody, before=nothing)
async def ping(stage: AcceptanceHarness, _: Any) -> None:
    """A user who waited for over a minute is mentioned, and no other user is."""
    with stage.tasks_lasting(70):
        await stage.asks(stage.fay)
        await stage.world.at_rest()
        stage.world.pass_time(70)
        await stage.settled(stage.fay)
    said = stage.channel.history()
    [called] = [one for one in said if stage.says(one, "ping_ready", publicly=True)]
    assert [user.id for user in called.mentions] == [stage.fay.id]
