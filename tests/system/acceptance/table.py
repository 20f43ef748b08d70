"""Every feature in a row: what exists before, the right user's action, the wrong user's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import simcord

from tests.support.messages import text
from tests.system.acceptance.harness import AcceptanceHarness, Answer

Who = simcord.MemberActor
Before = Callable[[AcceptanceHarness], Awaitable[Any]]
Deed = Callable[[AcceptanceHarness, Any], Awaitable[None]]


@dataclass(frozen=True)
class Feature:
    """A row. It `covers` commands as `/name`, and buttons and forms by their verb."""

    covers: str
    right: Deed
    wrong: Deed
    before: Before


FEATURES: list[Feature] = []


def feature(covers: str, *, wrong: Deed, before: Before) -> Callable[[Deed], Deed]:
    """Return a decorator that adds a row with this action of the right user."""

    def put(right: Deed) -> Deed:
        FEATURES.append(Feature(covers, right, wrong, before))
        return right

    return put


async def nothing(_stage: AcceptanceHarness) -> None:
    """Prepare nothing."""


async def nobody(_stage: AcceptanceHarness, _given: Any) -> None:
    """Do nothing: every user may use this feature."""


async def shown_to_all(stage: AcceptanceHarness) -> Any:
    """Return a result of Ann's, the same for all steps that only read it."""
    if stage.result is None:
        stage.result = await stage.generate(stage.ann, count=2, style="ink")
    return stage.result


def refusing(key: str, deed: Callable[[AcceptanceHarness, Any], Awaitable[Answer]]) -> Deed:
    """Return an action that expects a private answer with this sentence, and no new job."""

    async def refused(stage: AcceptanceHarness, given: Any) -> None:
        jobs = len(await stage.world.jobs())
        answer = await deed(stage, given)
        assert answer.ephemeral
        assert stage.says(answer.response, key), text(answer.response)
        assert len(await stage.world.jobs()) == jobs

    return refused


def hidden(verb: str) -> Deed:
    """Expect that a forged button in another server discloses nothing."""
    return refusing("job_forgotten", lambda stage, given: stage.forged(verb, given[0]))


async def exported(stage: AcceptanceHarness, who: Who) -> str:
    answer = await who.slash(stage.channel, "my-data")
    assert answer.ephemeral
    assert answer.response is not None
    [file] = answer.response.attachments
    return (stage.world.env.backend.cdn.get(file.url) or b"").decode()
