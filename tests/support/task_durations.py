"""Settings of how long the sandbox's Kling takes to generate."""

from __future__ import annotations

from sandbox.kling.options import Options as KlingOptions


def painting_for(seconds: float) -> KlingOptions:
    """Make every task take exactly that many seconds and return its source image."""
    return KlingOptions(painter="copy", min_seconds=seconds, max_seconds=seconds)


FIVE_MINUTES = painting_for(300)
PAST_ITS_TOKEN = painting_for(960)
"""An interaction's token lives for 15 minutes (Discord)."""
