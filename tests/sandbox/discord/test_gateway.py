"""The gateway with the real client: login, lost connections, RESUME, new sessions."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import discord
import pytest

from sandbox.discord import Options, Served
from sandbox.discord.core.json_types import Json
from sandbox.discord.state.server_state import Place
from sandbox.discord.testclient.member import Member
from tests.sandbox.discord.library_bot import LibraryBot


@pytest.fixture
async def paint(robot: LibraryBot) -> object:
    """A connected robot with one command."""

    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("painted")

    await robot.open()
    return paint


async def control(web: aiohttp.ClientSession, **order: Json) -> None:
    async with web.post("/sandbox/gateway", json=order) as response:
        assert response.status == 200


async def test_the_client_finds_the_studio_as_it_is(paint: object, robot: LibraryBot) -> None:
    guild = robot.guilds[0]
    assert guild.name == "Sandbox studio"
    assert [channel.name for channel in guild.text_channels] == ["repaint", "lounge", "read-only"]
    assert [thread.name for thread in guild.threads] == ["Portraits"]
    silent = guild.text_channels[2].permissions_for(guild.me)
    assert (silent.view_channel, silent.send_messages) == (True, False)


async def test_a_wrong_token_is_refused_at_login(served: Served, robot: LibraryBot) -> None:
    with pytest.raises(discord.LoginFailure):
        await robot.login("wrong")


@pytest.mark.parametrize(
    "order", [{"action": "close", "code": 4000}, {"action": "close"}, {"action": "reconnect"}]
)
async def test_a_lost_connection_is_resumed(
    paint: object,
    robot: LibraryBot,
    ada: Member,
    web: aiohttp.ClientSession,
    place: Place,
    order: Json,
) -> None:
    resumed = asyncio.create_task(robot.until("resumed"))
    await asyncio.sleep(0)
    await control(web, **order)
    await resumed
    await ada.command("paint")
    assert (place.hub.identified, place.hub.resumed) == (1, 1)


async def test_what_was_missed_while_away_is_replayed(
    paint: object, robot: LibraryBot, ada: Member, place: Place
) -> None:
    line = next(iter(place.hub.lines))
    session = next(iter(place.hub.sessions.values()))
    session.line = None
    session.left_at = place.clock.now()
    asking = asyncio.create_task(ada.command("paint"))
    await ada.until(
        lambda: any(one.state == "pending" for one in place.interactions.by_id.values())
    )
    line.close(4000)
    await asking
    assert robot.heard == ["connect", "resumed"]


async def test_an_invalid_session_begins_anew(
    paint: object,
    robot: LibraryBot,
    ada: Member,
    web: aiohttp.ClientSession,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real_sleep = asyncio.sleep
    monkeypatch.setattr("discord.gateway.asyncio.sleep", lambda *_, **__: real_sleep(0))
    connected = asyncio.create_task(robot.until("connect"))
    await real_sleep(0)
    await control(web, action="invalidate")
    await connected
    await ada.command("paint")
    assert (place.hub.identified, place.hub.resumed) == (2, 0)


async def test_an_invalid_session_that_can_be_resumed_is_resumed(
    paint: object,
    robot: LibraryBot,
    ada: Member,
    web: aiohttp.ClientSession,
    place: Place,
) -> None:
    resumed = asyncio.create_task(robot.until("resumed"))
    await asyncio.sleep(0)
    await control(web, action="invalidate", resumable=True)
    await resumed
    await ada.command("paint")
    assert (place.hub.identified, place.hub.resumed) == (1, 1)


async def test_the_page_hears_when_the_bot_comes_and_goes(
    paint: object, robot: LibraryBot, ada: Member
) -> None:
    await ada.online()
    await robot.stop()
    await ada.until(lambda: not ada.bot_online)


async def test_refused_connections_are_counted_down(
    served: Served, place: Place, web: aiohttp.ClientSession
) -> None:
    await control(web, action="refuse", times=1)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await web.ws_connect("/gateway/")
    async with web.ws_connect("/gateway/") as line:
        assert (await line.receive_json())["op"] == 10


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 2, "d": {"intents": 1, "shard": [1, 1]}}, 4010),
        ({"op": 2, "d": {"intents": 1 << 15}}, 4014),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 99}, 4001),
        ({"op": 3, "d": {}}, 4003),
        ({"no": "op"}, 4002),
    ],
)
async def test_a_bad_frame_closes_with_discords_code(
    web: aiohttp.ClientSession, options: Options, frame: Json, code: int
) -> None:
    async with web.ws_connect("/gateway/") as line:
        frame.get("d", {}).setdefault("token", options.token)
        await line.receive_json()
        await line.send_json(frame)
        assert (await line.receive()).type is aiohttp.WSMsgType.CLOSE
        assert line.close_code == code


async def test_heartbeats_are_acknowledged_and_unknown_sessions_are_invalid(
    web: aiohttp.ClientSession, options: Options
) -> None:
    async with web.ws_connect("/gateway/") as line:
        await line.receive_json()
        await line.send_json({"op": 1, "d": None})
        assert (await line.receive_json())["op"] == 11
        told = {"token": options.token, "session_id": "gone", "seq": 5}
        await line.send_json({"op": 6, "d": told})
        answer = await line.receive_json()
        assert (answer["op"], answer["d"]) == (9, False)


async def test_frames_come_compressed_only_when_asked(web: aiohttp.ClientSession) -> None:
    async with web.ws_connect("/gateway/?compress=zlib-stream") as line:
        assert (await line.receive()).type is aiohttp.WSMsgType.BINARY
    async with web.ws_connect("/gateway/?compress=zstd-stream") as line:
        assert json.loads((await line.receive()).data)["op"] == 10


class TestManyGuilds:
    @pytest.fixture
    def options(self) -> Options:
        return Options(guilds=300, shards=2)

    async def test_guilds_are_dealt_to_shards(self, here: Served) -> None:
        class Hasty(discord.AutoShardedClient):
            async def before_identify_hook(
                self, shard_id: int | None, *, initial: bool = False
            ) -> None:
                """Do not space the shards out by five seconds."""

        client = Hasty(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        await client.login(here.place.options.token)
        running = asyncio.create_task(client.connect())
        await asyncio.wait_for(client.wait_until_ready(), 20)
        assert (client.shard_count, len(client.guilds)) == (2, 300)
        await client.close()
        await running

    async def test_a_command_works_in_any_of_them(
        self, place: Place, robot: LibraryBot, ada: Member
    ) -> None:
        @robot.tree.command(description="Where")
        async def where(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(interaction.guild.name)

        await robot.open()
        other = list(place.world.guilds.values())[-1]
        await ada.command("where", channel=other.channels[0])
        assert (await ada.next_message())["content"] == "Guild 299"


IDENTIFY = 2


async def identify(
    web: aiohttp.ClientSession, options: Options, *shard: int
) -> tuple[aiohttp.ClientWebSocketResponse, Json]:
    """Identify over a connection of one's own; return it and the answer's frame."""
    line = await web.ws_connect("/gateway/")
    await line.receive_json()
    said: Json = {"token": options.token, "intents": 1} | ({"shard": shard} if shard else {})
    await line.send_json({"op": IDENTIFY, "d": said})
    answer = await line.receive()
    return line, json.loads(answer.data) if answer.type is aiohttp.WSMsgType.TEXT else {}


async def guilds_told(line: aiohttp.ClientWebSocketResponse, count: int) -> set[str]:
    return {(await line.receive_json())["d"]["id"] for _ in range(count)}


class TestShards:
    @pytest.fixture
    def options(self) -> Options:
        return Options(guilds=40, shards=4, guilds_a_shard=25, identifies_at_once=2)

    async def test_each_is_told_its_own_servers_and_which_it_is(
        self, web: aiohttp.ClientSession, options: Options, place: Place
    ) -> None:
        seen: list[str] = []
        for number in range(4):
            line, ready = await identify(web, options, number, 4)
            assert ready["d"]["shard"] == [number, 4]
            mine = {one["id"] for one in ready["d"]["guilds"]}
            assert mine == await guilds_told(line, len(mine))
            assert {(int(one) >> 22) % 4 for one in mine} <= {number}
            seen += mine
        assert sorted(seen) == sorted(place.world.guilds)
        assert len(place.hub.sessions) == 4

    async def test_too_many_servers_for_a_session_require_shards(
        self, web: aiohttp.ClientSession, options: Options
    ) -> None:
        line, answer = await identify(web, options)
        assert (answer, line.close_code) == ({}, 4011)

    async def test_an_event_goes_to_its_shard_and_a_direct_message_to_the_first(
        self, web: aiohttp.ClientSession, options: Options, place: Place
    ) -> None:
        lines = [(await identify(web, options, number, 4))[0] for number in range(4)]
        guild = next(one for one in place.world.guilds if (int(one) >> 22) % 4 == 2)
        for line, number in zip(lines, range(4), strict=True):
            await guilds_told(
                line, sum((int(one) >> 22) % 4 == number for one in place.world.guilds)
            )
        place.hub.dispatch("TO_A_SERVER", {}, guild_id=guild)
        place.hub.dispatch("TO_A_PERSON", {}, guild_id=None)
        assert (await lines[2].receive_json())["t"] == "TO_A_SERVER"
        assert (await lines[0].receive_json())["t"] == "TO_A_PERSON"

    async def test_a_second_session_of_a_shard_lives_beside_the_first(
        self, web: aiohttp.ClientSession, options: Options, place: Place
    ) -> None:
        lines = [(await identify(web, options, 0, 4))[0] for _ in range(2)]
        place.hub.dispatch("TO_A_PERSON", {}, guild_id=None)
        for line in lines:
            while (await line.receive_json())["t"] != "TO_A_PERSON":
                pass

    async def test_one_shard_can_be_lost_and_resumed_alone(
        self, web: aiohttp.ClientSession, options: Options
    ) -> None:
        _, ready = await identify(web, options, 1, 4)
        other, _ = await identify(web, options, 2, 4)
        await control(web, action="close", code=4000, shard=1)
        line = await web.ws_connect("/gateway/")
        await line.receive_json()
        told = {"token": options.token, "session_id": ready["d"]["session_id"], "seq": 1}
        await line.send_json({"op": 6, "d": told})
        assert (await line.receive_json())["t"] in {"GUILD_CREATE", "RESUMED"}
        assert not other.closed

    async def test_it_says_how_many_and_how_many_at_once(
        self, web: aiohttp.ClientSession, options: Options
    ) -> None:
        await identify(web, options, 0, 4)
        authorized = {"Authorization": f"Bot {options.token}"}
        async with web.get("/api/v10/gateway/bot", headers=authorized) as answer:
            told = await answer.json()
        assert told["shards"] == 4
        limit = told["session_start_limit"]
        assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1000, 999, 2)


class TestIdentifyLimit:
    @pytest.fixture
    def options(self) -> Options:
        return Options(shards=4, rate_limits=True, identifies_at_once=2)

    async def test_two_of_a_bucket_within_five_seconds_are_one_too_many(
        self, web: aiohttp.ClientSession, options: Options
    ) -> None:
        answers = [(await identify(web, options, number, 4))[1] for number in (0, 1, 2)]
        assert [one["t"] for one in answers] == ["READY", "READY", None]
        assert (answers[2]["op"], answers[2]["d"]) == (9, False)


async def test_two_processes_with_one_token_both_hear_an_interaction(
    paint: object, robot: LibraryBot, served: Served, ada: Member
) -> None:
    second = LibraryBot(served)

    @second.tree.command(name="paint", description="Paint")
    async def also(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("painted")

    await second.open()
    await ada.command("paint")
    await asyncio.wait(
        [asyncio.create_task(one.until_failed()) for one in (robot, second)],
        return_when=asyncio.FIRST_COMPLETED,
    )
    await second.stop()
    assert [one.code for one in robot.failures + second.failures] == [40060]
