"""One way to generate images, as its own process: `python -m bench.client_variants WAY N URL`.

Prints one JSON object: seconds until all results were known, calls, delays, CPU seconds. Each way
runs in its own process, so that CPU time and memory are not mixed.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from threading import Thread

from bench.reference_client import Account, paint
from bench.report import percentile
from sandbox.kling.options import KEY
from services.common.clock import SystemClock
from services.kling import BearerKey, ImageGeneration, KlingClient, PollSchedule, Provider, Task

PROMPT = "a quiet harbour"
FIRST_S = 1.5
"""Duration of one task in twenty in this run; the bot detects it after a few tasks."""

WHOLE_S = 1.0
LIST_PAGE = 500


def inline(count: int, url: str, account: Account) -> None:
    """Run the reference client, one task after the other."""
    for _ in range(count):
        paint(url, KEY, PROMPT, account)


def pool(count: int, url: str, account: Account) -> None:
    """Run the reference client in asyncio's default thread pool, as `to_thread` does."""

    async def all_of_them() -> None:
        """Run all tasks at once, each in a thread."""
        tasks = (asyncio.to_thread(paint, url, KEY, PROMPT, account) for _ in range(count))
        await asyncio.gather(*tasks)

    asyncio.run(all_of_them())


def thread_each(count: int, url: str, account: Account) -> None:
    """Run the reference client with one thread per task."""
    threads = [Thread(target=paint, args=(url, KEY, PROMPT, account)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ours(count: int, url: str, account: Account) -> None:
    """Run our client; every task is polled separately."""
    asyncio.run(_with_client(url, partial(_each_waits, count, account)))


def ours_listed(count: int, url: str, account: Account) -> None:
    """Run our client with one list call a second for all tasks, as the engine does with many."""
    asyncio.run(_with_client(url, partial(_one_list, count, account)))


async def _with_client(url: str, work: Callable[[KlingClient], Awaitable[None]]) -> None:
    provider = Provider(base_url=url, credential=BearerKey(KEY))
    async with KlingClient(provider, clock=SystemClock()) as kling:
        await work(kling)


async def _each_waits(count: int, account: Account, kling: KlingClient) -> None:
    async def one() -> None:
        """Submit, poll on schedule, and count the calls."""
        task = await kling.submit(ImageGeneration(model="kling-v3", prompt=PROMPT))
        rhythm = PollSchedule(first_s=FIRST_S)
        done = await kling.wait(task.task_id, rhythm=rhythm, on_look=lambda _: _count(account))
        account.calls += 1
        _known(account, done)

    await asyncio.gather(*(one() for _ in range(count)))


async def _one_list(count: int, account: Account, kling: KlingClient) -> None:
    form = ImageGeneration(model="kling-v3", prompt=PROMPT)
    tasks = await asyncio.gather(*(kling.submit(form) for _ in range(count)))
    account.calls += count
    missing = {task.task_id for task in tasks}
    await asyncio.sleep(FIRST_S)
    while missing:
        for page in range(1, -(-count // LIST_PAGE) + 1):
            account.calls += 1
            for task in await kling.list_tasks(page=page, size=LIST_PAGE):
                if task.task_id in missing and task.status.is_terminal:
                    missing.discard(task.task_id)
                    _known(account, task)
        await asyncio.sleep(WHOLE_S)


def _count(account: Account) -> None:
    account.calls += 1


def _known(account: Account, task: Task) -> None:
    if task.updated_at is not None:
        account.delays_s.append(max(time.time() - task.updated_at, 0.0))


VARIANTS: dict[str, Callable[[int, str, Account], None]] = {
    "inline": inline,
    "pool": pool,
    "thread_each": thread_each,
    "ours": ours,
    "ours_listed": ours_listed,
}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run one way once."""
    variant, count, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    account, began, used = Account(), time.monotonic(), _cpu_s()
    VARIANTS[variant](count, url, account)
    figures = {
        "makespan_s": time.monotonic() - began,
        "calls": account.calls / count,
        "delay_mean_s": sum(account.delays_s) / max(len(account.delays_s), 1),
        "delay_p95_s": percentile(account.delays_s, 0.95),
        "cpu_ms": (_cpu_s() - used) * 1000 / count,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
