"""The unchanged bot, with a probe on its loop: `python -m bench.instrumented SCRIPT ARGUMENTS...`.

The script runs as `python SCRIPT` would run it. On SIGUSR1 and SIGUSR2 it prints one JSON object to
stdout: the resources used since the last one, and the delay of its loop. The loop is probed from
SIGUSR1 to SIGUSR2 only, so that a bot that is not measured leaves the cores idle. Peak memory is
Linux's, reset each time.
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
"""Written to /proc/self/clear_refs it resets the peak (man proc)."""


class Account:
    """Resource use of this process since the last report."""

    def __init__(self) -> None:
        """Start the first period, without probing the loop."""
        self.stalls = Stalls()
        self._watching: asyncio.Task[None] | None = None
        self._begin()

    def watch(self) -> None:
        """Print the previous resource use, and probe the loop from now on."""
        self.report()
        if self._watching is None:
            self._watching = asyncio.create_task(self.stalls.watch())

    def rest(self) -> None:
        """Print the resource use, and stop probing the loop."""
        self.report()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def report(self) -> None:
        """Print the resource use, and start a new period."""
        late = self.stalls.late_s
        figures = {
            "seconds": time.perf_counter() - self._began,
            "cpu_s": time.process_time() - self._cpu,
            "stall_p99_s": percentile(late, 0.99),
            "stall_max_s": max(late, default=0.0),
            "memory": self._memory,
            "growth": max(peak_bytes() - self._memory, 0),
        }
        sys.stdout.write(json.dumps(figures) + "\n")
        sys.stdout.flush()
        self._begin()

    def _begin(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self.stalls.late_s.clear()
        forget_peak()
        self._memory = memory_bytes()


def forget_peak() -> None:
    """Reset the peak of memory, if the system supports it."""
    try:
        Path("/proc/self/clear_refs").write_text(_ALL_PEAKS, "ascii")
    except OSError:
        return


def peak_bytes() -> int:
    """Return the maximum resident memory since the peak was reset."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Watched(asyncio.DefaultEventLoopPolicy):
    """Event loop policy whose loops handle the probe's signals."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop that handles both signals from its first iteration on."""
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
