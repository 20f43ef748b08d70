"""One bot per token: a second process on this computer is refused before it connects.

Two processes with one token both receive every interaction, and both would generate and pay. The
lock works on one machine only. On two machines both bots respond; the one whose response Discord
rejects withdraws its job (cogs/requests).
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from services.common.file_lock import FileLock, Held
from services.errors import ConfigError
from services.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def only_bot(settings: Settings) -> Generator[None]:
    """Hold the token's lock during the block; ConfigError if another process here holds it.

    Processes that share a PostgreSQL database are one bot and take no lock.
    """
    if settings.database_url is not None:
        yield
        return
    lock = FileLock(_path(settings))
    try:
        lock.acquire()
    except Held as holder:
        words = f"another bot on this computer runs with it ({holder}); stop it first"
        raise ConfigError([f"DISCORD_TOKEN: {words}"]) from None
    except OSError as error:
        log.info("unknown whether another bot runs with this token: %s", error.strerror)
    try:
        yield
    finally:
        lock.release()


def _path(settings: Settings) -> Path:
    """Return the lock file's path, named by a digest of user, token and Discord's address."""
    assert settings.discord_token is not None
    user = getattr(os, "getuid", str)()  # Windows: the temp folder is the user's own
    whole = f"{user} {settings.discord_token.reveal()} {settings.discord_api_url}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:20]
    return Path(tempfile.gettempdir()) / f"repaint-{digest}.lock"
