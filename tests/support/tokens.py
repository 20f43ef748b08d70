"""Made-up credentials, assembled here so that secret scanners ignore them."""

from __future__ import annotations

_PARTS = ("MTIzNDU2Nzg5MDEyMzQ1Njc4", "GabcdE", "abcdefghijklmnopqrstuvwxyz0123456789")

TOKEN = ".".join(_PARTS)
"""Has the shape of a Discord bot's token."""
