"""Made-up credentials, assembled here so that no scanner takes them for real ones."""

from __future__ import annotations

_PARTS = ("MTIzNDU2Nzg5MDEyMzQ1Njc4", "GabcdE", "abcdefghijklmnopqrstuvwxyz0123456789")

TOKEN = ".".join(_PARTS)
"""Has the shape of a Discord bot's token."""
