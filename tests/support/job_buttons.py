"""Helpers for the tests of users' own jobs: buttons by their verb, and outdated messages."""

from __future__ import annotations

from collections.abc import Sequence

import simcord

from tests.support.bot_harness import BotHarness
from tests.support.messages import Shown, parts


def ids_of(message: Shown | None) -> list[str]:
    """Return the custom ids of a message's buttons and menus."""
    return [part["custom_id"] for part in parts(message) if "custom_id" in part]


async def click(
    who: simcord.MemberActor, message: Shown | None, verb: str
) -> simcord.InteractionResult:
    """Click the button of a verb."""
    assert message is not None
    [custom_id] = [one for one in ids_of(message) if one.startswith(verb)]
    return await who.click(message, custom_id=custom_id)


async def pick(
    who: simcord.MemberActor, message: Shown | None, values: Sequence[str]
) -> simcord.InteractionResult:
    """Pick from the menu of /jobs."""
    assert message is not None
    [custom_id] = [one for one in ids_of(message) if one.startswith("rpj:open:")]
    return await who.select(message, values, custom_id=custom_id)


async def click_stale(
    world: BotHarness, who: simcord.MemberActor, message: Shown | None, custom_id: str
) -> simcord.InteractionResult:
    """Click a button that a client still shows although the message no longer has it."""
    assert isinstance(message, simcord.ResponseMessage)
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": custom_id}]}
    world.env.backend.get_message(message.channel_id, message.id).components.append(row)
    return await who.click(message, custom_id=custom_id)


def menu(message: Shown | None) -> list[str]:
    """Return the values that the menu of /jobs offers."""
    return [one["value"] for part in parts(message) for one in part.get("options", ())]
