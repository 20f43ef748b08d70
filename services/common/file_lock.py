"""A lock on a file that ends with the process that holds it, however that process ends.

The operating system keeps it (flock on POSIX, a locked byte on Windows), so a crash leaves nothing
to clean up; the file itself stays, and means nothing while nobody holds it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
"""What both systems say when another process was first."""

_FAR = 1 << 20
"""Windows keeps a locked byte from readers too: the one that is locked lies beyond the words."""

_WORDS = 100


class Held(Exception):
    """Another process holds the lock; `str` names it as far as it said."""


class FileLock:
    """One lock; `take` and `release` in either order, as often as one likes."""

    def __init__(self, path: Path) -> None:
        """Take the file, made when missing."""
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock or raise Held; OSError where files can not be made or locked at all."""
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
        """Let the next one have it."""
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
