"""Connection to Discord: the client, its command tree, its shards and the process life cycle."""

from cogs.client.bot import RepaintBot
from cogs.client.factory import Connection, make_client
from cogs.client.gateway import login
from cogs.client.lifecycle import BotApp, serve

__all__ = [
    "BotApp",
    "Connection",
    "RepaintBot",
    "login",
    "make_client",
    "serve",
]
