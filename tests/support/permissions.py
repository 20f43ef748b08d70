"""An unprivileged user, also where the tests run as root."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

STRANGER = "nobody"


@contextmanager
def unprivileged() -> Generator[str]:
    """Become a user without special rights while the block runs; yields their name."""
    if os.geteuid() != 0:
        yield pwd.getpwuid(os.geteuid()).pw_name
        return
    os.seteuid(pwd.getpwnam(STRANGER).pw_uid)
    try:
        yield STRANGER
    finally:
        os.seteuid(0)


@contextmanager
def open_folder() -> Generator[Path]:
    """Make a folder that every user may enter: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
