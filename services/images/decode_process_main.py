"""Main program of the decoding process: `python -m services.images.decode_process_main BYTES`."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from typing import BinaryIO

from PIL import AvifImagePlugin

from services.images.decode_messages import AnyStep, read_step, write_answer
from services.images.memory_estimate import IN_CHILD


def main() -> None:
    """Run decoding steps one after the other until the bot has ended."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the bot, which ends this process
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # library output must not mix with results
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread has frames of its own
    steps: queue.SimpleQueue[AnyStep] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, steps), daemon=True).start()
    _limit(int(sys.argv[1]))
    while True:
        write_answer(answers, steps.get(), IN_CHILD)


def _listen(stream: BinaryIO, steps: queue.SimpleQueue[AnyStep]) -> None:
    """Queue incoming steps; end the process when the bot ends, even while an image is open."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            steps.put(read_step(stream))
    os._exit(0)


def _limit(most: int) -> None:
    """Limit the growth of the address space to `most` bytes, where the system supports it."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 -- one read
            size = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + most, size + most))
    except (ImportError, OSError, ValueError):
        return  # only the estimated budget applies


if __name__ == "__main__":
    main()
