"""`bot.py invite`: the links, exact to the bit."""

from __future__ import annotations

import contextlib
import io
from urllib.parse import parse_qs, urlsplit

import discord as library
import pytest

from bot import main
from cogs.ui.context import NEEDED
from sandbox import discord
from sandbox.discord.core.options import Options
from services.cli.invite import PERMISSIONS, Application, fetch_application, links
from services.errors import ConfigError
from services.settings.loading import Secret, rows
from tests.services.kling.scripted_provider import Script, says, serve
from tests.support.tokens import TOKEN

SILENT = "http://127.0.0.1:9/api/v10"


def asked_for(text: str) -> list[dict[str, list[str]]]:
    addresses = [line.strip() for line in text.splitlines() if "https://" in line]
    return [parse_qs(urlsplit(each).query) for each in addresses]


def test_both_links_ask_for_exactly_what_the_bot_needs() -> None:
    server, member = asked_for(links(Application(id="5")))

    assert server == {
        "client_id": ["5"],
        "integration_type": ["0"],
        "scope": ["bot applications.commands"],
        "permissions": ["274877959168"],
    }
    assert member == {
        "client_id": ["5"],
        "integration_type": ["1"],
        "scope": ["applications.commands"],
    }


def test_the_permissions_are_those_that_the_bot_checks_before_it_accepts() -> None:
    granted = library.Permissions(sum(PERMISSIONS.values()))
    needed = {*NEEDED, "send_messages", "send_messages_in_threads"}

    assert granted == library.Permissions(**dict.fromkeys(needed, True))


async def test_discord_is_asked_whose_token_it_is() -> None:
    async with discord.serve(Options()) as served:
        found = await fetch_application(
            Secret(served.addresses["token"]), api_url=served.addresses["api"]
        )

    assert found.id.isdigit()
    assert found.name
    assert found.may_be_installed_by == {"0", "1"}
    assert "First tick" not in links(found)


async def test_where_nobody_answers_the_token_itself_tells() -> None:
    found = await fetch_application(Secret(TOKEN), api_url=SILENT)

    assert found == Application(id="123456789012345678")


async def test_what_is_no_token_is_told_without_showing_it() -> None:
    with pytest.raises(ConfigError) as raised:
        await fetch_application(Secret("nonsense"), api_url=SILENT)

    assert "nonsense" not in str(raised.value)


async def test_a_token_that_discord_refuses_makes_no_link() -> None:
    async with serve(Script()) as script:
        script.say(says({"message": "401: Unauthorized", "code": 0}, status=401))
        with pytest.raises(ConfigError, match="does not accept"):
            await fetch_application(Secret(TOKEN), api_url=script.url)


async def test_an_install_that_the_portal_does_not_allow_is_told() -> None:
    async with serve(Script()) as script:
        script.say(says({"id": "7", "name": "R", "integration_types_config": {"0": {}}}))
        found = await fetch_application(Secret(TOKEN), api_url=script.url)

    assert "First tick User Install" in links(found)


def test_the_command_prints_them(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    for _, row in rows():
        monkeypatch.delenv(row.name, raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("DISCORD_API_URL", SILENT)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["invite"]) == 0

    assert len(asked_for(printed.getvalue())) == 2
    assert TOKEN not in printed.getvalue()
