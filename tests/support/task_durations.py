"""Settings of the sandbox Kling's generation times."""

from __future__ import annotations

from sandbox.kling.options import Options as KlingOptions


def tasks_lasting(seconds: float) -> KlingOptions:
    """Make every task take exactly that many seconds and return its source image."""
    return KlingOptions(painter="copy", min_seconds=seconds, max_seconds=seconds)


FIVE_MINUTES = tasks_lasting(300)
LONGER_THAN_TOKEN = tasks_lasting(960)
"""An interaction's token lives for 15 minutes (Discord)."""
