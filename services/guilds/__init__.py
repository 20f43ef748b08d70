"""Servers' settings and the decisions of moderators and operators, with an audit log."""

from services.guilds.service import GuildService

__all__ = [
    "GuildService",
]
