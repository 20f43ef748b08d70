"""The whole bot at debug level: no logger prints a secret, token, signed link or prompt."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.demo import list_image_urls, sample_photo
from sandbox.discord.testclient.member import Member
from sandbox.kling.options import KEY
from sandbox.processes import ROOT, bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.test_http_server import free_port

pytestmark = pytest.mark.proof


TIMEOUT_S = 150.0
PROMPT = "canaryprompt as an oil painting"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"canary of the operator's").decode()

SHAPES = {
    "a signed link of Discord": r"[?&](ex|is|hm)=(?!\*\*\*)\w{4,}",
    "an interaction's token": r"aW50ZXJhY3Rpb2[\w-]{8,}",
    "a webhook's address": r"/webhooks/\d+/(?!\*\*\*)[^/\s\"']{8,}",
    "an interaction's address": r"/interactions/\d+/(?!\*\*\*)[^/\s\"']{8,}",
    "a bearer": r"(?i)bearer (?!\*\*\*)\S{4,}",
    "a signed token": r"\bey[\w-]{8,}\.[\w-]{4,}\.",
    "a callback's token": r"/kling/callback/\w+/(?!\*\*\*)[\w-]{8,}",
    "an authorization": r"(?i)authorization['\"]?\s*[:=]\s*['\"]?(?!\*\*\*)\w",
}


async def test_nothing_delicate_is_written_whatever_goes_wrong(tmp_path: Path) -> None:
    quick = ("--min-seconds", "1", "--max-seconds", "1", "--painter", "copy")
    port = free_port()
    async with running(
        "-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *quick, "--webhook-secret", WEBHOOK_SECRET
    ) as process:
        world = await process.first_line()
        env = bot_settings(world, tmp_path) | {
            "LOG_LEVEL": "debug",
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "KLING_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        async with (
            running(str(ROOT / "bot.py"), env=env, cwd=tmp_path) as bot,
            Member(world["page"]) as member,
            aiohttp.ClientSession() as web,
            asyncio.timeout(TIMEOUT_S),
        ):
            await member.online()
            first = await paint(member)
            for url, rule in troubles(world):
                async with web.post(f"{url}/sandbox/faults", json=rule) as answer:
                    assert answer.status == 200
            await paint(member, besides=first)
            state = await read(web, f"{world['page'].rstrip('/')}/sandbox/state")
        log = "\n".join(bot.lines)

    assert state["rule_breaks"] == []
    assert len(bot.lines) > 10
    assert "DEBUG" in log.upper()
    secrets = {
        "the bot's token": world["token"],
        "the provider's key": KEY,
        "the webhook secret": WEBHOOK_SECRET.removeprefix("whsec_"),
        "the prompt": "canaryprompt",
    }
    assert [name for name, text in secrets.items() if text in log] == []
    found = {name: re.search(shape, log) for name, shape in SHAPES.items()}
    assert {name: match[0] for name, match in found.items() if match} == {}


async def paint(member: Member, *, besides: str = "") -> str:
    """Generate an image; return its message's id."""
    upload = await member.upload(sample_photo())
    await member.command("repaint", image=upload, prompt=PROMPT, count=1)
    message = await member.next_message(
        lambda one: bool(list_image_urls(one)) and one["id"] != besides, timeout=TIMEOUT_S
    )
    return message["id"]


def troubles(world: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return the faults that make libraries and the bot quote the data they were handling."""
    discord, kling = world["page"].rstrip("/"), world["kling"].removesuffix("/kling")
    garbage = {"action": "garbage", "status": 502}
    return [
        (kling, {"path": "/v1/images/", "method": "GET", **garbage}),
        (kling, {"path": "/v1/images/", "method": "GET", "action": "reset"}),
        (discord, {"path": "/webhooks/", "method": "PATCH", **garbage}),
        (discord, {"path": "/attachments/", "method": "GET", "action": "reset"}),
        (discord, {"path": "/attachments/", "method": "GET", "action": "torn"}),
    ]


async def read(web: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with web.get(url) as answer:
        return json.loads(await answer.text())
