"""`check` at Discord: the sandbox's real REST API, and other servers in its place."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import discord
from sandbox.discord.core.options import Options
from services.cli.check.findings import Verdict
from tests.services.cli.check.conftest import Examine
from tests.services.kling.scripted_provider import Script, says, says_raw, serve
from tests.support.tokens import TOKEN

NOBODY = {"KLING_BASE_URL": "http://127.0.0.1:9/kling"}


async def test_a_good_token_is_accepted_and_a_bad_one_is_not(examine: Examine) -> None:
    async with discord.serve(Options()) as served:
        api, token = served.addresses["api"], served.addresses["token"]
        good = await examine(DISCORD_TOKEN=token, DISCORD_API_URL=api, **NOBODY)
        bad = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL=api, **NOBODY)

    assert good.verdict("token") is Verdict.OK
    assert good.verdict("Discord") is Verdict.OK
    assert good["Discord"].found.startswith("accepts the token of ")
    assert "connections left today" in good["connections"].found
    assert bad.verdict("Discord") is Verdict.BAD
    assert TOKEN not in bad.text


async def test_without_a_token_discord_is_not_asked_and_nothing_is_wrong(
    examine: Examine,
) -> None:
    async with serve(Script()) as script:
        found = await examine(DISCORD_API_URL=script.url, **NOBODY)

    assert script.asked == []
    assert found.verdict("token") is Verdict.WARN
    assert "Discord" not in found


async def test_a_bot_that_is_restarted_again_and_again_is_noticed(examine: Examine) -> None:
    async with serve(Script()) as script:
        me = {"id": "1", "username": "Repaint"}
        limit = {"total": 1000, "remaining": 12}
        script.say(says(me), says({"url": "wss://x", "session_start_limit": limit}))
        found = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL=script.url, **NOBODY)

    assert found.verdict("connections") is Verdict.WARN
    assert script.asked[0].path == "/api/v10/users/@me"
    assert script.asked[0].headers["User-Agent"].startswith("DiscordBot (")


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (says({}, status=429), Verdict.WARN),
        (says_raw(b"<html>", status=503), Verdict.BAD),
        (says_raw(b"<html>A proxy's page"), Verdict.BAD),
    ],
)
async def test_what_is_not_discord_is_told(step: Any, verdict: Verdict, examine: Examine) -> None:
    async with serve(Script()) as script:
        script.say(step)
        found = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL=script.url, **NOBODY)

    assert found.verdict("Discord") is verdict
    assert "connections" not in found


async def test_a_discord_that_is_silent_is_told(examine: Examine) -> None:
    found = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL="http://127.0.0.1:9", **NOBODY)

    assert found.verdict("Discord") is Verdict.BAD
    assert "no answer from http://127.0.0.1:9/api/v10" in found["Discord"].found


@pytest.mark.parametrize(
    "step",
    [
        says_raw(b"<html><title>Just a moment...</title>", status=403),
        says_raw(b"error code: 1010", status=403),
        says_raw(b"", status=401),
        says({"message": "internal network error", "code": 40333}, status=403),
        says({"message": "Forbidden"}, status=403),
        says_raw(b"<html>Sign in", status=200),
    ],
)
async def test_block_on_the_way_to_discord_blames_no_token(step: Any, examine: Examine) -> None:
    async with serve(Script()) as script:
        script.say(step)
        found = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL=script.url, **NOBODY)

    assert found.verdict("Discord") is Verdict.BAD
    assert "blocked on the way to 127.0.0.1" in found["Discord"].found
    assert "Reset Token" not in found["Discord"].fix


async def test_discord_without_tls_names_host_and_remedy(examine: Examine) -> None:
    async with serve(Script()) as script:
        api = script.url.replace("http:", "https:")
        found = await examine(DISCORD_TOKEN=TOKEN, DISCORD_API_URL=api, **NOBODY)

    assert found["Discord"].found == "no secure connection"
    assert "127.0.0.1" in found["Discord"].fix
