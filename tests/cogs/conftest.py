"""The simulated world that most tests of the cogs use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bot_harness import BotHarness, simulated_bot


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with simulated_bot(tmp_path) as world:
        yield world
