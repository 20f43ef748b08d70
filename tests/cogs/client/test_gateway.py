"""The gateway connection: failures that discord.py does not survive, and Discord's daily limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import discord
import pytest
import yarl
from aiohttp import web
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket
from discord.http import Route

from cogs.client.bot import RepaintBot
from cogs.client.gateway import (
    IDENTIFIES_AN_HOUR,
    WAITS_S,
    IdentifiesSpent,
    IdentifyBudget,
    log_in,
    run_gateway,
)
from sandbox.discord import Options, Served, serve
from services.db import Store
from services.errors import ConfigError
from tests.sandbox.discord.library_bot import point_discord_at
from tests.services.kling import scripted_provider as scripted
from tests.support.requests import NOON

TIMEOUT_S = 20.0
IDENTIFY = 2
DAY_S = 24 * 3600.0
HELLO = {"op": 10, "d": {"heartbeat_interval": 41_250}}
NEW_SESSION = {"op": 9, "d": False}
READY_WITHOUT_WORDS = {"op": 0, "t": "READY", "s": 1, "d": {"session_id": "1"}}

Socket = web.WebSocketResponse
Play = Callable[[Socket], Awaitable[None]]


@dataclass
class InstantClock:
    """A clock on which every wait is over at once; waits are recorded."""

    at: float = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@dataclass
class ScriptedGateway:
    """A gateway that plays one script per connection; after the last one it stays silent."""

    parts: list[Play | None]
    """None refuses the connection."""
    open: int = 0
    all_played: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        last = not self.parts
        part = hello if last else self.parts.pop(0)
        if part is None:
            return web.Response(status=503)
        socket = Socket(compress=False)
        await socket.prepare(request)
        self.open += 1
        try:
            await part(socket)
            async for frame in socket:
                if last and json.loads(frame.data)["op"] == IDENTIFY:
                    self.all_played.set()
        finally:
            self.open -= 1
        return socket


async def hello(socket: Socket) -> None:
    await socket.send_json(HELLO)


def says(*payloads: object) -> Play:
    """Send this after the client has identified; text as it is."""

    async def play(socket: Socket) -> None:
        await socket.send_json(HELLO)
        await socket.receive_json()
        for payload in payloads:
            await socket.send_str(payload if isinstance(payload, str) else json.dumps(payload))

    return play


def hangs_up(code: int) -> Play:
    async def play(socket: Socket) -> None:
        await socket.send_json(HELLO)
        await socket.receive_json()
        await socket.close(code=code)

    return play


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve(Options()) as served:
        yield served


@pytest.fixture
async def bot(
    served: Served, store: Store, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RepaintBot]:
    point_discord_at(served, monkeypatch)
    async with RepaintBot(memory=store.notes, operator_ids=()) as bot:
        await bot.login(served.place.options.token)
        yield bot


@pytest.fixture
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    path = tmp_path_factory.mktemp("store") / "repaint.db"
    async with Store(path, provider="provider") as store:
        yield store


@pytest.fixture
async def play(
    bot: RepaintBot, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Awaitable[tuple[ScriptedGateway, InstantClock]]]]:
    """Run a gateway with these scripts until the last is over."""
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _self: 0.0)
    async with contextlib.AsyncExitStack() as stack:

        async def played(*parts: Play | None) -> tuple[ScriptedGateway, InstantClock]:
            scripted, clock = ScriptedGateway(list(parts)), InstantClock()
            url = await stack.enter_async_context(listening(scripted))
            monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(url))
            holding = asyncio.create_task(run_gateway(bot, clock=clock))
            over = asyncio.create_task(scripted.all_played.wait())
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await asyncio.wait({holding, over}, return_when=asyncio.FIRST_COMPLETED)
                if holding.done():
                    holding.result()
                return scripted, clock
            finally:
                for task in (holding, over):
                    task.cancel()
                await asyncio.gather(holding, over, return_exceptions=True)

        yield played


@contextlib.asynccontextmanager
async def listening(scripted: ScriptedGateway) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/", scripted.connect)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


Player = Callable[..., Awaitable[tuple[ScriptedGateway, InstantClock]]]


async def test_gateway_refused_at_first_is_retried_with_growing_waits(play: Player) -> None:
    _, clock = await play(None, None, None, None, None)
    assert clock.slept[:4] == list(WAITS_S)
    assert clock.slept[4] == WAITS_S[-1]


@pytest.mark.parametrize(
    "payload",
    [
        "<html>502 Bad Gateway</html>",
        "{}",
        "[1, 2]",
        '{"op": "x", "d": null, "s": "y"}',
        '{"op": 10, "d": null}',
        READY_WITHOUT_WORDS,
        {"op": 0, "t": "INTERACTION_CREATE", "s": 2, "d": {"id": "x"}},
    ],
    ids=str,
)
async def test_gateway_malformed_payload_reconnects(play: Player, payload: object) -> None:
    scripted, clock = await play(says(payload, "\x00 the end"))
    assert clock.slept[0] == WAITS_S[0]
    assert scripted.open <= 1, "the old connection was left open"


async def test_gateway_new_sessions_stay_within_the_daily_identifies(
    play: Player,
) -> None:
    _, clock = await play(*[says(NEW_SESSION)] * (IDENTIFIES_AN_HOUR + 5))
    long_waits = [wait for wait in clock.slept if wait > max(WAITS_S)]
    assert clock.slept[: IDENTIFIES_AN_HOUR - 1] == [WAITS_S[0]] * (IDENTIFIES_AN_HOUR - 1)
    assert len(long_waits) == 1
    assert clock.slept.index(long_waits[0]) == IDENTIFIES_AN_HOUR - 1
    assert clock.now() - NOON >= 3600


async def test_identify_budget_stays_below_a_thousand_a_day() -> None:
    clock = InstantClock()
    identifies, taken = IdentifyBudget(clock=clock), []
    while clock.now() < NOON + 2 * DAY_S:
        try:
            await identifies.spend(first=False)
            taken.append(clock.now())
        except IdentifiesSpent as spent:
            await clock.sleep(spent.wait_s)
    most = max(sum(at <= one < at + DAY_S for one in taken) for at in taken)
    assert 900 < most < 1000


async def test_identify_budget_counts_identifies_before_the_start(
    play: Player, served: Served
) -> None:
    served.place.hub.identified = 995
    _, clock = await play()
    assert clock.slept[0] == DAY_S


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013])
async def test_gateway_fatal_close_code_ends_the_bot_with_a_reason(play: Player, code: int) -> None:
    with pytest.raises(ConfigError, match=str(code)):
        await play(hangs_up(code))


async def test_gateway_refused_intents_end_the_bot_with_a_reason(play: Player) -> None:
    with pytest.raises(ConfigError, match="intents"):
        await play(hangs_up(4014))


async def test_gateway_revoked_token_ends_the_bot_as_a_login_failure(play: Player) -> None:
    with pytest.raises(discord.LoginFailure):
        await play(hangs_up(4004))


async def test_logging_in_waits_for_a_discord_that_is_down(
    served: Served, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_discord_at(served, monkeypatch)
    page = TypeError("string indices must be integers")  # discord.py's error for a firewall's page
    troubles = [aiohttp.ClientConnectionError(), TimeoutError(), OSError(), page]
    clock = InstantClock()
    async with RepaintBot(memory=store.notes, operator_ids=()) as bot:
        login = bot.login

        async def unreliable(token: str) -> None:
            if troubles:
                raise troubles.pop()
            await login(token)

        monkeypatch.setattr(bot, "login", unreliable)
        await log_in(bot, served.place.options.token, clock=clock)
        assert bot.application_id is not None
    assert clock.slept == list(WAITS_S)


async def test_malformed_registration_response_does_not_stop_the_start(
    served: Served, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_discord_at(served, monkeypatch)
    async with RepaintBot(memory=store.notes, operator_ids=()) as bot:

        async def half_an_answer() -> None:
            raise KeyError("description")

        monkeypatch.setattr(bot, "register", half_an_answer)
        await log_in(bot, served.place.options.token, clock=InstantClock())
        assert bot.application_id is not None
    assert "may not be registered" in caplog.text


async def test_calls_by_a_token_name_the_library_as_discord_requires(
    bot: RepaintBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Responses, edits and followups: a firewall at Discord refuses the bare name aiohttp."""
    async with scripted.serve(scripted.Script()) as script:
        script.say(scripted.says({}, status=404))
        monkeypatch.setattr(Route, "BASE", script.url)
        with pytest.raises(discord.NotFound):
            await discord.Webhook.partial(1, "token", client=bot).delete_message(2)

    [asked] = script.asked
    assert asked.headers["User-Agent"].startswith("DiscordBot (https://")


async def test_dispatch_after_close_does_nothing(bot: RepaintBot) -> None:
    """discord.py dispatches "ready" two seconds after the last server, even after close()."""
    await bot.close()

    bot.dispatch("ready")
