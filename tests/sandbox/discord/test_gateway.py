"""The gateway as the real client lives with it: login, loss, RESUME, a fresh start."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import discord
import pytest

from sandbox.discord import Options, Served
from sandbox.discord.client import Member
from sandbox.discord.place import Place
from sandbox.discord.shapes import Json
from tests.sandbox.discord.robot import Robot


@pytest.fixture
async def paint(robot: Robot) -> object:
    """A connected robot with one command."""

    @robot.tree.command(description="Paint")
    async def paint(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("painted")

    await robot.open()
    return paint


async def control(web: aiohttp.ClientSession, **order: Json) -> None:
    async with web.post("/sandbox/gateway", json=order) as response:
        assert response.status == 200


async def test_the_client_finds_the_studio_as_it_is(paint: object, robot: Robot) -> None:
    guild = robot.guilds[0]
    assert guild.name == "Sandbox studio"
    assert [channel.name for channel in guild.text_channels] == ["repaint", "lounge", "read-only"]
    assert [thread.name for thread in guild.threads] == ["Portraits"]
    silent = guild.text_channels[2].permissions_for(guild.me)
    assert (silent.view_channel, silent.send_messages) == (True, False)


async def test_a_wrong_token_is_refused_at_login(served: Served, robot: Robot) -> None:
    with pytest.raises(discord.LoginFailure):
        await robot.login("wrong")


@pytest.mark.parametrize(
    "order", [{"action": "close", "code": 4000}, {"action": "close"}, {"action": "reconnect"}]
)
async def test_a_lost_connection_is_resumed(
    paint: object, robot: Robot, ada: Member, web: aiohttp.ClientSession, place: Place, order: Json
) -> None:
    resumed = asyncio.create_task(robot.until("resumed"))
    await asyncio.sleep(0)
    await control(web, **order)
    await resumed
    await ada.command("paint")
    assert (place.hub.identified, place.hub.resumed) == (1, 1)


async def test_what_was_missed_while_away_is_replayed(
    paint: object, robot: Robot, ada: Member, place: Place
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
    robot: Robot,
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
    robot: Robot,
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
    paint: object, robot: Robot, ada: Member
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
        self, place: Place, robot: Robot, ada: Member
    ) -> None:
        @robot.tree.command(description="Where")
        async def where(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(interaction.guild.name)

        await robot.open()
        other = list(place.world.guilds.values())[-1]
        await ada.command("where", channel=other.channels[0])
        assert (await ada.next_message())["content"] == "Guild 299"


async def test_two_processes_with_one_token_both_hear_an_interaction(
    paint: object, robot: Robot, served: Served, ada: Member
) -> None:
    second = Robot(served)

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
