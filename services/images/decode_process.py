"""The process that opens one large image at a time, as the bot sees it.

It is started as a new program (never forked) with an empty environment, limits its own address
space, and ends when the bot does. Decoding steps are written to its standard input and results read
from its standard output, each as a length in four bytes and JSON.
"""

from __future__ import annotations

import logging
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TypeVar

from services.images.decode_messages import DecodeReply, read_answer, write_step
from services.images.decode_step import Step
from services.images.memory_estimate import CHILD_BYTES, CHILD_S

log = logging.getLogger(__name__)

R = TypeVar("R")

IDLE_S = 30.0
"""Seconds for which the process stays after the last image; starting one takes a quarter of a
second."""

IMAGES_A_LIFE = 100
"""Images that one process opens: memory that a library leaks is freed when it ends."""

_ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = {
    "PYTHONPATH": str(_ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    # Large freed blocks are returned to the system at once (glibc, mallopt).
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


class ChildDied(Exception):
    """The decoding process ended without a result: killed, crashed, or too slow."""


class Child:
    """The decoding process, started when it is needed; `run` serves one thread at a time."""

    def __init__(self, *, most: int = CHILD_BYTES, patience_s: float = CHILD_S) -> None:
        """Take the bytes by which the process's memory may grow, and the seconds for one image."""
        self._most, self._patience_s = most, patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._images = 0
        self._lock = threading.Lock()
        self._rest: threading.Timer | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id; None while there is no process."""
        return None if self._process is None else self._process.pid

    def run(self, step: Step[R]) -> R:
        """Run a decoding step in the process; raise the step's errors, or ChildDied."""
        with self._lock:
            self._disturb()
            process = self._living()
            watch = threading.Timer(self._patience_s, process.kill)
            watch.daemon = True
            watch.start()
            try:
                answer = _exchange(process, step)
            except (OSError, EOFError, struct.error):
                self._end()
                raise ChildDied(f"status {process.returncode}") from None
            finally:
                watch.cancel()
            self._images += 1
            self._leave(answer)
        return answer.value(step)

    def close(self) -> None:
        """End the process at once, and start no other."""
        self._closed = True
        self._disturb()
        process = self._process
        if process is not None:
            process.kill()  # so that a thread waiting for it releases the lock
        with self._lock:
            self._end()

    def _living(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise ChildDied("closed")
        if self._process is None or self._process.poll() is not None:
            self._process, self._images = _started(self._most), 0
        return self._process

    def _leave(self, answer: DecodeReply) -> None:
        """End the process if it may have leaked memory; else keep it for the next image."""
        if self._images >= IMAGES_A_LIFE or answer.is_out_of_memory:
            self._end()
            return
        self._rest = threading.Timer(IDLE_S, self._end_idle)
        self._rest.daemon = True
        self._rest.start()

    def _disturb(self) -> None:
        if self._rest is not None:
            self._rest.cancel()

    def _end_idle(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _closed(pipe)


def _started(most: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-P", "-m", "services.images.decode_process_main", str(most)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_ENVIRONMENT,
        close_fds=True,
    )


def _exchange(process: subprocess.Popen[bytes], step: Step[R]) -> DecodeReply:
    assert process.stdin is not None
    assert process.stdout is not None
    write_step(process.stdin, step)
    return read_answer(process.stdout)


def _closed(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        try:
            pipe.close()
        except OSError:  # unwritten data of a broken pipe
            log.debug("a pipe to a child process was broken")
