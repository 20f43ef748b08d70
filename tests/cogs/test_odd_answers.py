"""Answers that are not Discord's, where discord.py raises what it does not document."""

from __future__ import annotations

import pytest

from cogs.discord_errors import ODD_ANSWER, translated
from services.errors import DiscordUnreachable


@pytest.mark.parametrize("kind", [KeyError, IndexError, TypeError, ValueError, AttributeError])
def test_an_answer_that_can_not_be_read_is_no_answer(kind: type[Exception]) -> None:
    assert issubclass(kind, ODD_ANSWER)
    with pytest.raises(DiscordUnreachable, match=f"odd answer, {kind.__name__}"), translated():
        raise kind("string indices must be integers")
