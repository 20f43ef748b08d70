"""`python sandbox/child_guard.py PID words...`: run `python words...` until process PID ends.

Linux sends us SIGTERM then, also when that process was killed and could not tell anybody. What we
become keeps the wish and knows nothing of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>; kept over an exec, as prctl(2) says."""


def main(parent: int, words: list[str]) -> None:
    """Ask for the signal and go on as the program; end at once if the parent is gone already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 -- ourselves, anew


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
