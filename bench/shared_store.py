"""Processes that share only a store: what a claim and a job's life cost there.

`python -m bench.shared_store ADDRESS FIRST LIVES` is one of them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from bench.datasets import NOW, PROVIDER, WINDOW, a_request
from bench.report import in_ms
from sandbox.processes import running
from services.db import DbConnection, Queue, Store, Values
from services.models import Limits, Result
from services.settings import Secret

FIRST = 20
"""Jobs that each process completes before measuring."""

R = TypeVar("R")


async def at_the_store(address: str, processes: int, lives: int) -> dict[str, float]:
    """Run jobs in `processes` processes; return each figure's mean, and `lives` of all."""
    async with AsyncExitStack() as stack:
        children = [
            await stack.enter_async_context(
                running("-m", "bench.shared_store", address, str(number * 10**6 + 1), str(lives))
            )
            for number in range(processes)
        ]
        results = await asyncio.gather(*(child.first_line() for child in children))
    figures = {name: [float(one[name]) for one in results] for name in results[0]}
    means = {name: statistics.fmean(values) for name, values in figures.items()}
    return means | {"lives": sum(figures["lives"])}


@dataclass
class Counter:
    """Number of statements and transactions of a store."""

    statements: int = 0
    transactions: int = 0


@dataclass
class CountedDb:
    """A database that counts statements."""

    db: DbConnection
    counter: Counter

    @property
    def process_id(self) -> int:
        """Return the process id of the wrapped database."""
        return self.db.process_id

    def execute(self, sql: str, parameters: Values = (), /) -> Any:  # noqa: ANN401
        """Count the statement and execute it."""
        self.counter.statements += 1
        return self.db.execute(sql, parameters)

    def lock(self, queue: Queue, /) -> None:
        """Count the lock if it is a statement, which it is on PostgreSQL only."""
        self.counter.statements += self.db.process_id > 1
        self.db.lock(queue)

    def notify(self) -> None:
        """Count the notification if it is a statement, which it is on PostgreSQL only."""
        self.counter.statements += self.db.process_id > 1
        self.db.notify()

    def tables_with(self, column: str, /) -> set[str]:
        """Return the tables with that column; not counted."""
        return self.db.tables_with(column)


def counted(store: Store) -> Counter:
    """Count the store's statements and transactions from now on."""
    counter, thread = Counter(), store.fleet._thread  # noqa: SLF001
    transact = thread.transact

    async def counting(
        work: Callable[[DbConnection], R], *, writes: bool, queue: Queue | None = None
    ) -> R:
        """Count a transaction and its statements."""
        counter.transactions += 1
        return await transact(lambda db: work(CountedDb(db, counter)), writes=writes, queue=queue)

    thread.transact = counting  # type: ignore[method-assign]
    return counter


async def take_part(address: str, first: int, lives: int) -> dict[str, float]:
    """Run `lives` jobs through all states, own or not; return figures per job."""
    is_file = not address.startswith("postgresql:")
    place = Path(address) if is_file else Secret(address)
    claims, claim_statements, done = list[float](), 0, 0
    async with Store(place, provider=PROVIDER) as store:
        counter, began = counted(store), time.perf_counter()
        for number in itertools.count(first):
            if done == FIRST:
                counter.statements = counter.transactions = claim_statements = 0
                claims, began = [], time.perf_counter()
            if done >= FIRST + lives:
                break
            await _accept(store, number)
            before, at = counter.statements, time.perf_counter()
            taken = await store.jobs.fetch_due(
                now=NOW, lease_s=600, units=10**6, per_user=0, limit=1
            )
            claims.append(time.perf_counter() - at)
            claim_statements += counter.statements - before
            for job in taken.jobs:
                await _live(store, job.id)
                done += 1
        took = time.perf_counter() - began
    return {
        "claim_ms": in_ms(statistics.median(claims)),
        "claim_statements": claim_statements / len(claims),
        "life_ms": in_ms(took / lives),
        "statements": counter.statements / lives,
        "transactions": counter.transactions / lives,
        "lives": lives / took,
    }


async def _accept(store: Store, number: int) -> None:
    asked = a_request(user_id=number)
    await store.admission.accept(
        replace(asked, place=replace(asked.place, interaction_id=number)),
        job_id=f"1{number:021d}",
        limits=Limits(),
        window=WINDOW,
        now=NOW,
    )


async def _live(store: Store, job_id: str) -> None:
    jobs = store.jobs
    await jobs.mark_sent(job_id, now=NOW)
    await jobs.mark_running(job_id, task_id=f"task-{job_id}", now=NOW, next_at=NOW + 10**6)
    await jobs.durations(model="kling-v3", units=1)
    result = Result(position=0, path=Path("x.png"), url="u", width=1, height=1, size=1)
    await jobs.mark_ready(job_id, [result], now=NOW)
    await jobs.mark_notified(job_id, posted=True, now=NOW)


if __name__ == "__main__":
    results = asyncio.run(take_part(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps(results) + "\n")
    sys.stdout.flush()
