"""Background work of commands reports its failures and keeps no user waiting."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from cogs.client.event_reader import EventReader
from cogs.ui import member_names
from cogs.ui.member_names import Names
from tests.support.bot_harness import BotHarness


async def test_failed_answer_to_an_unreadable_event_is_counted(
    world: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is missing too: no response is possible, and the failure has to be counted."""
    state = world.bot.client._connection

    reader = next(
        cell.cell_contents
        for cell in state.parsers["INTERACTION_CREATE"].__closure__ or ()
        if isinstance(cell.cell_contents, EventReader)
    )
    nobody: Any = SimpleNamespace()

    await reader._answer_error(nobody, KeyError("x"))

    assert "interaction failed and will be retried" in caplog.text
    world.traces.clear()


class MalformedUserClient:
    """A client whose answers about users are not Discord's."""

    async def fetch_user(self, user_id: int) -> discord.User:
        if user_id == 1:
            raise ZeroDivisionError
        bob: Any = SimpleNamespace(id=user_id, display_name="Bob", global_name=None, name="bob")
        return bob


async def test_name_that_cannot_be_fetched_is_the_id_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client: Any = MalformedUserClient()

    assert await Names(client).fetch([1, 2]) == {1: "1", 2: "Bob"}

    [record] = caplog.records
    assert (record.levelno, record.exc_info is not None) == (logging.ERROR, True)


async def test_member_not_fetched_in_time_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(member_names, "MEMBER_S", 0.001)
    silent: Any = SimpleNamespace(fetch_member=lambda _id: asyncio.Event().wait())
    client: Any = MalformedUserClient()

    assert await Names(client).member(silent, 1) is None


async def test_names_cache_keeps_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(member_names, "MAX_CACHED", 2)
    client: Any = MalformedUserClient()
    known = Names(client)

    await known.fetch([2, 3, 4, 5])

    assert len(known._known) == 2
