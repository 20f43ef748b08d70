"""Runs all code that opens images: small ones in two threads, a large one in a process of its own.

All images that are open together stay within a budget of bytes (memory_estimate.py). Small images
never wait for large ones, and large ones are opened in the order in which they came.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from services.errors import ImageTooHeavy, StoreUnavailable
from services.images.decode_step import Step
from services.images.memory_estimate import IN_THREAD, THREADS, Outgrown
from services.images.open_counter import UNCOUNTED, Opening

if TYPE_CHECKING:
    from services.images.decode_process import Child

log = logging.getLogger(__name__)

R = TypeVar("R")

LIVES = 2
"""How often an image is tried if the process dies on it: something else may have killed the
process."""


class Decoder:
    """Runs decoding steps; starts threads and the process when they are first needed."""

    def __init__(self, *, child: Child | None = None) -> None:
        """Take a decoding process to use instead of the default one."""
        self._child, self._is_closed = child, False
        self._executor: Executor | None = None
        self._small = asyncio.Semaphore(THREADS)
        self._large = asyncio.Semaphore(1)

    @property
    def child_pid(self) -> int | None:
        """The id of the process that opens large images, while there is one."""
        return None if self._child is None else self._child.pid

    async def run(self, step: Step[R], *, opening: Opening = UNCOUNTED) -> R:
        """Run a decoding step; raises the step's errors, and ImageTooHeavy.

        `opening` counts that an image is opened; its `begin` may raise too.
        """
        try:
            return await self._take(self._small, partial(step.run, IN_THREAD), opening)
        except Outgrown:
            return await self._take(self._large, partial(self._in_child, step), opening)

    def close(self) -> None:
        """End the process; waiting calls raise StoreUnavailable, so that they are retried later."""
        self._is_closed = True
        if self._child is not None:
            self._child.close()
        if isinstance(self._executor, ThreadPoolExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)

    async def _take(self, slot: asyncio.Semaphore, work: Callable[[], R], opening: Opening) -> R:
        """Run work in a thread, with a slot and a counted opening.

        The slot is held until the thread is done, even if the caller is cancelled: its memory is
        used until then.
        """
        await slot.acquire()
        with ExitStack() as failing:
            failing.callback(slot.release)
            await opening.begin()
            done = asyncio.get_running_loop().run_in_executor(self._threads(), work)
            failing.pop_all()
        done.add_done_callback(lambda over: _free_slot(slot, over))
        try:
            return await asyncio.shield(done)
        finally:
            await opening.finish()

    def _threads(self) -> Executor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(THREADS + 1, thread_name_prefix="pictures")
        return self._executor

    def _in_child(self, step: Step[R]) -> R:
        from services.images.decode_process import Child, ChildDied  # noqa: PLC0415 -- at a start of use

        if self._child is None:
            self._child = Child()
        for life in range(LIVES):
            if self._is_closed:
                break
            try:
                return self._child.run(step)
            except ChildDied as death:
                log.warning(
                    "a child process ended while it opened an image (%s, try %d)", death, life + 1
                )
        if self._is_closed:
            raise StoreUnavailable("the bot is stopping")
        raise ImageTooHeavy


def _free_slot(slot: asyncio.Semaphore, done: asyncio.Future[R]) -> None:
    slot.release()
    if not done.cancelled():
        done.exception()  # mark as retrieved, as the caller may be gone
