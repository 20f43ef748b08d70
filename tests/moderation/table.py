"""Every row: what is there before, and what the wrong and the right person then do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.moderation.scene import Scene

Before = Callable[[Scene], Awaitable[Any]]
Deed = Callable[[Scene, Any], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """One row; between `before` and `deed` the bot may have been restarted."""

    name: str
    before: Before
    deed: Deed


class Table(list[Row]):
    """Rows in their order."""

    def row(self, before: Before) -> Callable[[Deed], Deed]:
        """Put a deed into the table, with what is there before it."""

        def put(deed: Deed) -> Deed:
            self.append(Row(deed.__name__, before, deed))
            return deed

        return put


async def nothing(_: Scene) -> None:
    """There is nothing to do before."""
