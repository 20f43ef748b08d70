"""The database of a simulated world: a file of its own, or a PostgreSQL by the clock in hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing

from services.settings import Settings
from tests.support.postgresql import Server
from tests.support.time import HandClock

BOOK = "SELECT id, told_at FROM job ORDER BY "
Book = Callable[[], list[tuple[str, float | None]]]
"""Reads what the bot has committed of its Jobs, the oldest first, and when each was answered for
good; asked at every turn of the loop."""
NAME = "simulated"


def in_hand(stack: AsyncExitStack, server: Server, clock: HandClock) -> str:
    """Make a database that goes by the clock; return its address."""
    place = server.make(NAME)
    hand = server.hand_over_clock(NAME)
    stack.callback(hand.close)
    hand.set(clock.now())
    clock.on_move = lambda seconds: hand.set(clock.now() + seconds)
    return place.reveal()


def book_of(stack: AsyncExitStack, settings: Settings) -> Book:
    """Open what is committed, for reading."""
    if settings.database_url is not None:
        import psycopg  # noqa: PLC0415  whoever has no PostgreSQL needs it not

        shared = psycopg.connect(settings.database_url.reveal(), autocommit=True)
        stack.enter_context(closing(shared))
        return lambda: shared.execute(f"{BOOK} number".encode()).fetchall()
    file = stack.enter_context(closing(sqlite3.connect(settings.database_path)))
    return lambda: file.execute(f"{BOOK} rowid").fetchall()
