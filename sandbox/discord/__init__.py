"""A Discord on this computer: REST, gateway, CDN and a page, for the unmodified bot to live in."""

from __future__ import annotations

from sandbox.discord.core.options import Options
from sandbox.discord.server import Served, create_app, serve

__all__ = ["Options", "Served", "create_app", "serve"]
