"""How long the sandbox's Kling may paint, where that is what a test is about."""

from __future__ import annotations

from sandbox.kling.options import Options as KlingOptions


def painting_for(seconds: float) -> KlingOptions:
    """Let every task take exactly so long, and give back what was sent."""
    return KlingOptions(painter="copy", min_seconds=seconds, max_seconds=seconds)


FIVE_MINUTES = painting_for(300)
PAST_ITS_TOKEN = painting_for(960)
"""An interaction's token lives for 15 minutes (Discord)."""
