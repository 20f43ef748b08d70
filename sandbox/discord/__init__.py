"""A sandbox Discord: REST, gateway, CDN and a web page, used by the unmodified bot."""

from __future__ import annotations

from sandbox.discord.core.options import Options
from sandbox.discord.server import Served, create_app, serve

__all__ = ["Options", "Served", "create_app", "serve"]
