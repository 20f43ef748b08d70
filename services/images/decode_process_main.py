"""The decoding process: `python -m services.images.decode_process_main BYTES`."""

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
    """Take steps one after the other until the bot is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the bot, which ends this one
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's words are no answer
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread holds frames of its own
    steps: queue.SimpleQueue[AnyStep] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, steps), daemon=True).start()
    _limit(int(sys.argv[1]))
    while True:
        write_answer(answers, steps.get(), IN_CHILD)


def _listen(stream: BinaryIO, steps: queue.SimpleQueue[AnyStep]) -> None:
    """Hand steps on; end the process with the bot, even amid an image."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            steps.put(read_step(stream))
    os._exit(0)


def _limit(most: int) -> None:
    """Let the address space grow by so many bytes, where the system knows such a limit."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 -- one read
            size = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + most, size + most))
    except (ImportError, OSError, ValueError):
        return  # the budget of bytes alone


if __name__ == "__main__":
    main()
