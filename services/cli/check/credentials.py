"""Checks of the format of credentials; no finding contains a credential's text."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from services.cli.check.findings import Area
from services.kling import is_official
from services.settings import Settings

_WHERE = "Developer Portal, page Bot, Reset Token"
_OFFICIAL_KEY, _GATEWAY_KEY = "api-key-", "sk-"
_SHORT = 10
"""Characters of a key that is too short; every known key has more."""

_NOT_A_TOKEN = {
    r"[0-9]{15,20}": "the application's id",
    r"[0-9a-f]{64}": "the application's public key",
    r"[\w-]{32}": "the application's client secret",
}


def check_token(area: Area, settings: Settings) -> None:
    """Check the format of the Discord token: three parts, of which the first is the bot's id."""
    token = settings.discord_token
    if token is None:
        area.warn(
            "token", "DISCORD_TOKEN is not set; the bot needs one, `try` does not", f"see {_WHERE}"
        )
        return
    text = token.reveal()
    found = application_id(text)
    mistaken = next((what for form, what in _NOT_A_TOKEN.items() if re.fullmatch(form, text)), None)
    if found is not None:
        area.ok("token", f"DISCORD_TOKEN has the right format, of application {found}")
    elif mistaken is not None:
        area.bad("token", f"DISCORD_TOKEN contains {mistaken}", f"copy the token: {_WHERE}")
    else:
        area.warn("token", "DISCORD_TOKEN does not look like a bot's token", f"compare: {_WHERE}")


def check_key(area: Area, settings: Settings) -> bool:
    """Check the format of the provider's key; return False if no key is set."""
    key, host = settings.kling_api_key, urlsplit(settings.kling_base_url).hostname
    official = is_official(settings.kling_base_url)
    if key is None and settings.kling_access_key is None:
        area.bad(
            "key",
            "KLING_API_KEY is not set",
            f"put the key of {host} into .env, or KLING_ACCESS_KEY and KLING_SECRET_KEY",
        )
        return False
    if key is None:
        area.ok("key", "an access key and a secret key, with which the bot signs tokens")
        return True
    text = key.reveal()
    if len(text) < _SHORT:
        area.warn(
            "key", f"KLING_API_KEY has only {len(text)} characters", "check that it is complete"
        )
    elif official and text.startswith(_GATEWAY_KEY):
        area.warn(
            "key",
            f"KLING_API_KEY looks like a gateway's key ({_GATEWAY_KEY}…)",
            "see KLING_BASE_URL",
        )
    elif not official and text.startswith(_OFFICIAL_KEY):
        area.warn(
            "key",
            f"KLING_API_KEY looks like a key of Kling itself ({_OFFICIAL_KEY}…)",
            f"for this key, set KLING_BASE_URL to Kling's host; now it is {host}",
        )
    else:
        area.ok("key", f"KLING_API_KEY, {len(text)} characters")
    if settings.kling_access_key is not None:
        area.warn(
            "key pair",
            "the bot uses KLING_API_KEY and ignores the pair",
            "remove the key or the pair",
        )
    return True


def application_id(token: str) -> int | None:
    """Return the bot's id in a token's first part; None if it has none."""
    parts = token.split(".")
    if len(parts) != len(("id", "time", "secret")) or not all(map(len, parts)):
        return None
    try:
        decoded = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return int(decoded) if re.fullmatch(r"[0-9]{1,20}", decoded) else None
