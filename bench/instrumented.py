"""A bot as it is, with a watch on its loop: `python -m bench.instrumented SCRIPT ARGUMENTS...`.

The script runs as `python SCRIPT` would run it. On SIGUSR1 and SIGUSR2 one JSON object goes to
stdout: what the process used since the last one, and how late its loop was. The loop is watched
from SIGUSR1 to SIGUSR2, so that a bot whose turn has not come leaves the cores alone. Peak memory
is Linux's, reset each time.
"""

from __future__ import annotations

import asyncio
import json
import resource
import runpy
import signal
import sys
import time
from pathlib import Path

from bench.loop_lag import Stalls
from bench.machine import memory_bytes
from bench.report import percentile

_ALL_PEAKS = "5"
"""What /proc/self/clear_refs takes for: forget the peak (man proc)."""


class Account:
    """What the process used since it was last asked."""

    def __init__(self) -> None:
        """Begin now, unwatched."""
        self.stalls = Stalls()
        self._watching: asyncio.Task[None] | None = None
        self._begin()

    def watch(self) -> None:
        """Print what was used before, and watch the loop from now on."""
        self.tell()
        if self._watching is None:
            self._watching = asyncio.create_task(self.stalls.watch())

    def rest(self) -> None:
        """Print what was used, and leave the loop alone."""
        self.tell()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def tell(self) -> None:
        """Print it, and begin anew."""
        late = self.stalls.late_s
        told = {
            "seconds": time.perf_counter() - self._began,
            "cpu_s": time.process_time() - self._cpu,
            "stall_p99_s": percentile(late, 0.99),
            "stall_max_s": max(late, default=0.0),
            "memory": self._memory,
            "growth": max(peak_bytes() - self._memory, 0),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        self._begin()

    def _begin(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self.stalls.late_s.clear()
        forget_peak()
        self._memory = memory_bytes()


def forget_peak() -> None:
    """Let the peak of memory be counted from now on, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text(_ALL_PEAKS, "ascii")
    except OSError:
        return


def peak_bytes() -> int:
    """Return the most memory that was resident since the peak was forgotten."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Watched(asyncio.DefaultEventLoopPolicy):
    """Gives out loops with a watch."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop that listens to both signals from its first round on."""
        loop = super().new_event_loop()
        loop.call_soon(_listen, loop)
        return loop


def _listen(loop: asyncio.AbstractEventLoop) -> None:
    account = Account()
    loop.add_signal_handler(signal.SIGUSR1, account.watch)
    loop.add_signal_handler(signal.SIGUSR2, account.rest)


def main() -> None:
    """Run the script."""
    del sys.argv[0]
    asyncio.set_event_loop_policy(Watched())
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
