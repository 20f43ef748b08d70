"""One edit of a message at a time, and no memory is used for messages without edits."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from cogs.posting.delivery import ChannelDelivery
from tests.support.time import HandClock


def a_delivery() -> ChannelDelivery:
    nobody = cast("Any", None)
    return ChannelDelivery(nobody, fit=nobody, remember=nobody, clock=HandClock())


async def test_delivery_keeps_no_lock_of_a_message_that_others_finish() -> None:
    delivery = a_delivery()
    for number in range(1000):
        async with delivery._turn(f"job-{number}"):
            assert len(delivery._locks) == 1

    assert len(delivery._locks) == 0


async def test_delivery_edits_one_at_a_time() -> None:
    delivery, inside, most = a_delivery(), 0, 0

    async def edit() -> None:
        nonlocal inside, most
        async with delivery._turn("job"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(edit() for _ in range(20)))

    assert most == 1
    assert len(delivery._locks) == 0
