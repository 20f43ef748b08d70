"""A lock on a file that the operating system releases when the process ends, even by a crash.

The lock is `flock` on POSIX and a locked byte on Windows, so a crash leaves nothing to clean up.
The file itself stays; it means nothing while no process holds the lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
"""Error numbers by which both systems report that another process holds the lock."""

_FAR = 1 << 20
"""Offset of the locked byte on Windows. Windows blocks reads of a locked byte, so it lies beyond
the text in the file."""

_WORDS = 100


class Held(Exception):
    """Raised if another process holds the lock; the message is the file's text, which names it."""


class FileLock:
    """One lock; `acquire` and `release` may each be called repeatedly and in any order."""

    def __init__(self, path: Path) -> None:
        """Create the lock for a path; `acquire` creates the file if it is missing."""
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Acquire the lock without waiting.

        Raises Held if another process has it, and OSError if the file cannot be created or locked
        at all.
        """
        if self._descriptor is not None:
            return
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(self.path, flags, 0o600)
        try:
            _lock(descriptor)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()}".encode())
        except OSError as error:
            words = os.pread(descriptor, _WORDS, 0) if hasattr(os, "pread") else b""
            os.close(descriptor)
            if error.errno in _HELD:
                raise Held(words.decode("ascii", "replace") or "another process") from None
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Release the lock; do nothing if it is not held."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
