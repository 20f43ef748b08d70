"""Fixtures of the state machine test of accounting: a real store, its ledger, and a clock."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from services.common.ids import new_job_id
from services.db import Store
from services.db.rows import Row
from services.errors import BotError, QuotaExceeded
from services.models import AuditEntry, Limits, MemberContext, Window
from tests.support.ledger import Ask, Entry, Ledger
from tests.support.requests import NOON, a_request
from tests.support.sqlite import thread_of

R = TypeVar("R")

DAY_S = 86_400.0


class InlineExecutor(Executor):
    """Runs work at once in the caller's thread: threads are not tested here."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  the future carries it on
            done.set_exception(error)
        return done


class MachineBase(RuleBasedStateMachine):
    """Opens a store of its own and maintains the ledger with it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.now = NOON
        self.day = 0
        self.interactions = 0
        self.ledger = Ledger(Limits())
        self.store = self.open()

    def teardown(self) -> None:
        self.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    @property
    def window(self) -> Window:
        starts_at = NOON + (self.day - 0.5) * DAY_S
        return Window(day=f"day {self.day}", starts_at=starts_at, resets_at=starts_at + DAY_S)

    def open(self) -> Store:
        store = Store(self.folder / "repaint.db", provider="provider", executor=InlineExecutor())
        self.do(store.__aenter__())
        thread_of(store).db.execute("PRAGMA synchronous=OFF")  # no power failure is simulated
        return store

    def close(self) -> None:
        self.do(self.store.__aexit__(None, None, None))

    def do(self, call: Coroutine[Any, Any, R]) -> R:
        return self.loop.run_until_complete(call)

    def tick(self) -> None:
        """Move the clock on by a second: no two actions happen at the same instant."""
        self.now += 1.0

    def verdict(self, ask: Ask) -> tuple[str, Entry | None]:
        """Submit a request to the store; return the result in the ledger's words."""
        request = a_request(
            user_id=ask.user,
            count=ask.units,
            guild_id=ask.guild,
            channel_id=ask.channel,
            interaction_id=ask.interaction_id,
        )
        job_id = new_job_id(self.now)
        try:
            self.do(
                self.store.admission.accept(
                    request,
                    job_id=job_id,
                    limits=self.ledger.limits,
                    window=self.window,
                    now=self.now,
                    visitor=MemberContext(role_ids=tuple(ask.roles)),
                    cost_micro=ask.cost,
                )
            )
        except QuotaExceeded as refusal:
            of = refusal.source if refusal.side == "member" else refusal.unit
            return f"{refusal.side} {of}", None
        except BotError as refusal:
            return type(refusal).__name__, None
        return "accepted", self._entry(job_id, ask)

    def decide(
        self,
        action: str,
        guild: int | None,
        target: int | None = None,
        *,
        lasts: float | None = None,
        **details: Any,
    ) -> float | None:
        """Carry out a moderator's change; return when it expires if it `lasts`."""
        self.tick()
        until = None if lasts is None else self.now + lasts
        if action in {"grant", "block"}:
            details["until"] = until
        entry = AuditEntry(
            guild_id=guild, at=self.now, by=99, action=action, target=target, details=details
        )
        before = len(self.do(self.store.community.audit(guild, limit=10_000)))
        changed = self.do(self.store.community.apply(entry))
        trail = self.do(self.store.community.audit(guild, limit=10_000))
        assert len(trail) == before + changed
        assert not changed or trail[0] == entry
        return until

    def rows(self, query: str) -> list[Row]:
        db = thread_of(self.store).db
        return list(db.query(query))

    def _entry(self, job_id: str, ask: Ask) -> Entry:
        return Entry(
            id=job_id,
            interaction_id=ask.interaction_id,
            user=ask.user,
            guild=ask.guild,
            day=self.window.day,
            units=ask.units,
            cost=ask.cost,
            at=self.now,
        )
