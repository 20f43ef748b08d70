"""Memory of a process and its children together, sampled by a thread of its own."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.02
MIB = 1024 * 1024


class MemorySampler:
    """Samples resident memory until the block ends; kills the process if it exceeds a limit."""

    def __init__(self, pid: int, *, kill_at_mib: int = 1024) -> None:
        self._pid, self._kill_at_mib = pid, kill_at_mib
        self.peak_mib = self.samples = 0
        self.killed = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            now = sum(map(resident, [self._pid, *children_of(self._pid)])) // MIB
            self.samples, self.peak_mib = self.samples + 1, max(self.peak_mib, now)
            if now > self._kill_at_mib and not self.killed:
                self.killed = True
                os.kill(self._pid, signal.SIGKILL)


def resident(pid: int) -> int:
    """Return the bytes of resident memory of a process; 0 after it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's living children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text("ascii").split())
        except OSError:
            continue
    return found
