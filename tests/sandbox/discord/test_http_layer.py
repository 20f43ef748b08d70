"""The HTTP layer: headers, codes, limits, faults, and the processes that serve it."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys

import aiohttp
import discord
import pytest

from sandbox.discord import Options
from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot, file

API = "/api/v10"


@pytest.fixture
def as_bot(options: Options) -> dict[str, str]:
    return {"Authorization": f"Bot {options.token}"}


async def test_answers_are_exactly_application_json(
    web: aiohttp.ClientSession, as_bot: dict[str, str]
) -> None:
    async with web.get(f"{API}/users/@me", headers=as_bot) as response:
        assert response.headers["Content-Type"] == "application/json"
        assert (await response.json())["username"] == "Repaint"


@pytest.mark.parametrize("path", ["/users/@me", "/gateway/bot", "/channels/1", "/nowhere"])
async def test_without_the_token_everything_is_unauthorized(
    web: aiohttp.ClientSession, path: str, place: Place
) -> None:
    async with web.get(API + path) as response:
        assert response.status == 401
        assert await response.json() == {"message": "401: Unauthorized", "code": 0}
    assert place.ledger.breaks[0]["status"] == 401


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PUT", 404)])
async def test_an_unknown_route_is_a_rule_break(
    web: aiohttp.ClientSession, as_bot: dict[str, str], place: Place, method: str, status: int
) -> None:
    async with web.request(method, f"{API}/nowhere", headers=as_bot) as response:
        assert (response.status, (await response.json())["code"]) == (status, 0)
    assert place.ledger.breaks[0]["route"] == f"{method} {API}/nowhere"


async def test_a_body_that_is_no_json_is_refused(
    web: aiohttp.ClientSession, as_bot: dict[str, str], ada: Member
) -> None:
    url = f"{API}/channels/{ada.channel()}/messages"
    async with web.post(url, data=b"{", headers=as_bot) as response:
        assert (await response.json())["code"] == 50109


async def test_a_request_over_25_mib_is_too_large(
    web: aiohttp.ClientSession, as_bot: dict[str, str], ada: Member
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", "{}")
    for number in range(3):
        form.add_field(f"files[{number}]", io.BytesIO(b"x" * (9 * 1024 * 1024)), filename="a.bin")
    url = f"{API}/channels/{ada.channel()}/messages"
    async with web.post(url, data=form, headers=as_bot) as response:
        assert (response.status, (await response.json())["code"]) == (413, 40005)


async def test_a_callback_without_with_response_is_answered_204(
    robot: LibraryBot, ada: Member, web: aiohttp.ClientSession, place: Place
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        url = f"{API}/interactions/{interaction.id}/{interaction.token}/callback"
        async with web.post(url, json={"type": 4, "data": {"content": "x"}}) as response:
            assert response.status == 204

    await robot.open()
    await ada.command("paint")


async def test_an_order_of_faults_breaks_the_next_request(
    robot: LibraryBot, ada: Member, place: Place, web: aiohttp.ClientSession
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="done", attachments=[file()])

    await robot.open()
    rule = {"method": "PATCH", "path": "@original", "action": "status", "status": 502}
    async with web.post("/sandbox/faults", json=rule) as response:
        assert response.status == 200
    await ada.command("paint")
    message = await ada.next_message(lambda one: one["content"] == "done")
    assert message["attachments"][0]["size"] > 0, "the retry sent the file again"


async def test_the_state_tells_what_happened(
    robot: LibraryBot, ada: Member, web: aiohttp.ClientSession
) -> None:
    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("queued")
        await interaction.edit_original_response(content="done")

    await robot.open()
    await ada.command("paint")
    await ada.next_message(lambda one: one["content"] == "done")
    async with web.get("/sandbox/state") as response:
        state = await response.json()
    (interaction,) = state["interactions"]
    assert (interaction["name"], interaction["state"]) == ("paint", "acknowledged")
    assert interaction["acknowledged_at"] >= interaction["created_at"]
    assert len(interaction["edits"]) == 1
    assert state["messages"][0]["content"] == "done"
    assert state["requests"][f"GET {API}/users/@me"] == 1
    assert state["rule_breaks"] == []


@pytest.mark.parametrize(
    ("path", "order", "status"),
    [
        ("gateway", {"action": "dance"}, 400),
        ("remove", {"channel": "1"}, 404),
        ("remove", {"permission": "FLY"}, 404),
    ],
)
async def test_a_wrong_order_is_answered_with_words(
    web: aiohttp.ClientSession, path: str, order: Json, status: int
) -> None:
    async with web.post(f"/sandbox/{path}", json=order) as response:
        assert response.status == status


class TestRateLimits:
    @pytest.fixture
    def options(self) -> Options:
        return Options(rate_limits=True)

    async def test_the_sixth_message_in_five_seconds_is_one_too_many(
        self, web: aiohttp.ClientSession, as_bot: dict[str, str], ada: Member, place: Place
    ) -> None:
        url = f"{API}/channels/{ada.channel()}/messages"
        left = []
        for number in range(5):
            async with web.post(url, json={"content": str(number)}, headers=as_bot) as response:
                left.append(response.headers["X-RateLimit-Remaining"])
        async with web.post(url, json={"content": "6"}, headers=as_bot) as response:
            told = await response.json()
            assert (response.status, response.headers["X-RateLimit-Scope"]) == (429, "user")
            assert "Via" in response.headers
            assert 4 < told["retry_after"] <= 5
        assert left == ["4", "3", "2", "1", "0"]
        place.clock.advance(5)
        async with web.post(url, json={"content": "7"}, headers=as_bot) as response:
            assert response.status == 200

    async def test_the_whole_bot_has_fifty_requests_a_second(
        self, web: aiohttp.ClientSession, as_bot: dict[str, str]
    ) -> None:
        answers = [await _status(web, f"{API}/users/@me", as_bot) for _ in range(51)]
        assert answers.count(429) == 1


async def _status(web: aiohttp.ClientSession, path: str, headers: dict[str, str]) -> int:
    async with web.get(path, headers=headers) as response:
        return response.status


@pytest.mark.proof
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_prints_its_addresses_and_ends_cleanly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.discord", stdout=asyncio.subprocess.PIPE
    )
    line = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert line.keys() == {"api", "gateway", "page", "token", "application_id"}
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bot {line['token']}"}
        async with session.get(f"{line['api']}/users/@me", headers=headers) as response:
            assert (await response.json())["id"] == line["application_id"]
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), 30) == 0
