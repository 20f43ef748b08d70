"""A server's settings, with an audit log."""

from services.guilds.service import GuildService

__all__ = [
    "GuildService",
]
