"""Responses that are not Discord's, on which discord.py raises undocumented errors."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from cogs.ui.discord_errors import ODD_ANSWER, translated
from services.errors import DiscordUnreachable
from tests.support.bot_harness import BotHarness
from tests.support.messages import text


@pytest.mark.parametrize("kind", [KeyError, IndexError, TypeError, ValueError, AttributeError])
def test_malformed_response_counts_as_unreachable(kind: type[Exception]) -> None:
    assert issubclass(kind, ODD_ANSWER)
    with (
        pytest.raises(DiscordUnreachable, match=f"malformed response, {kind.__name__}"),
        translated(),
    ):
        raise kind("string indices must be integers")


async def test_first_response_with_a_malformed_receipt_counts_as_sent(
    world: BotHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy's page comes back for the first response, which has arrived."""

    def read(*_: Any, **__: Any) -> None:
        raise TypeError("string indices must be integers, not 'str'")

    monkeypatch.setattr(discord.interactions, "InteractionCallbackResponse", read)

    answer = await world.repaint(prompt=" ")

    assert "what the picture should become" in text(answer.response)
    assert "Discord's response cannot be parsed" in caplog.text
