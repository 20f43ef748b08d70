"""Rows of the moderation tests: what exists before, then the wrong and the right user's actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.system.moderation.harness import ModerationHarness

Before = Callable[[ModerationHarness], Awaitable[Any]]
Deed = Callable[[ModerationHarness, Any], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """A row; the bot may be restarted between `before` and `deed`."""

    name: str
    before: Before
    deed: Deed


class Table(list[Row]):
    """Rows in their order."""

    def row(self, before: Before) -> Callable[[Deed], Deed]:
        """Return a decorator that adds an action to the table, with its preparation."""

        def put(deed: Deed) -> Deed:
            self.append(Row(deed.__name__, before, deed))
            return deed

        return put


async def nothing(_: ModerationHarness) -> None:
    """Prepare nothing."""
