"""`python sandbox/child_guard.py PID words...`: run `python words...` until process PID ends.

Linux sends this process SIGTERM when its parent ends, even if the parent was killed. The request
for that signal survives the exec; the program does not have to know of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>; it stays in effect over an exec, as prctl(2) says."""


def main(parent: int, words: list[str]) -> None:
    """Request the signal and exec the program; end at once if the parent has already ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 -- this program again


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
