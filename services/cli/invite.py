"""`bot.py invite`: the links that add the bot to a server, or to a user's own apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from services.cli.check import application_id, asked, make_session
from services.common.json_reading import Layer, mapping, text
from services.common.net import NO_ANSWER
from services.errors import ConfigError
from services.settings import Secret

AUTHORIZE = "https://discord.com/oauth2/authorize"

PERMISSIONS: Mapping[str, int] = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Send Messages in Threads": 1 << 38,
}
"""The permissions that posting with the bot's own token needs (Discord, permissions); no others."""

_GUILD, _USER = "0", "1"
"""Discord's integration types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The Discord application of a token."""

    id: str
    name: str = ""
    owner_id: str | None = None
    """The user who owns it; None for a team, or if Discord did not answer."""
    may_be_installed_by: frozenset[str] | None = None
    """Integration types (server, user) that the Developer Portal allows; None if unknown."""


async def fetch_application(token: Secret, *, api_url: str) -> Application:
    """Ask Discord for the token's application. Without an answer, use the id in the token.

    Raises ConfigError for a token that Discord does not accept, or that contains no id.
    """
    try:
        async with make_session(token) as session:
            status, found = await asked(session, f"{api_url}/oauth2/applications/@me")
    except NO_ANSWER:
        status, found = None, {}
    if status == HTTPStatus.UNAUTHORIZED:
        raise ConfigError(["DISCORD_TOKEN: Discord does not accept this token"])
    if text(found.get("id")):
        return _application(found)
    known = application_id(token.reveal())
    if known is None:
        raise ConfigError(
            ["DISCORD_TOKEN: Discord did not answer, and the value does not have a token's format"]
        )
    return Application(id=str(known))


def links(application: Application) -> str:
    """Return a text with the links, and the permissions that they request."""
    value = sum(PERMISSIONS.values())
    server = _link(application.id, _GUILD, scope="bot applications.commands", permissions=value)
    member = _link(application.id, _USER, scope="applications.commands")
    lines = [
        "Add the bot to a server (you need Manage Server there):",
        f"  {server}",
        f"  It asks for {', '.join(PERMISSIONS)}: {value}.",
        "",
        "Let members install it for themselves, to use it in other servers and direct messages:",
        f"  {member}",
    ]
    allowed = application.may_be_installed_by
    if allowed is not None and _USER not in allowed:
        lines.append("  First tick User Install: Developer Portal, page Installation.")
    if allowed is not None and _GUILD not in allowed:
        lines.append("  Guild Install is off: tick it on the Developer Portal's page Installation.")
    return "\n".join(lines) + "\n"


def _link(client_id: str, integration_type: str, **asked_for: str | int) -> str:
    words = {"client_id": client_id, "integration_type": integration_type, **asked_for}
    return f"{AUTHORIZE}?{urlencode(words)}"


def _application(found: Layer) -> Application:
    types, owner = found.get("integration_types_config"), mapping(found.get("owner"))
    return Application(
        id=text(found.get("id")),
        name=text(found.get("name")),
        owner_id=None if found.get("team") else text(owner.get("id")) or None,
        may_be_installed_by=frozenset(mapping(types)) if isinstance(types, dict) else None,
    )
