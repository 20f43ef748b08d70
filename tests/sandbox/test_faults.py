from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from sandbox.clock import Clock
from sandbox.fault_routes import control_routes
from sandbox.faults import ACTIONS, Plan, Rule
from sandbox.kling.options import Options
from sandbox.kling.server import serve
from sandbox.pages import PAGES

ANSWER = {"code": 0, "message": "SUCCEED", "words": "x" * 200}
Client = TestClient[web.Request, web.Application]


class FaultyServer:
    """A server with one route, the requests that it has processed, and the plan of its faults."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.plan = Plan(clock=self.clock)
        self.processed: list[str] = []
        self.broken = asyncio.Event()

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answered = asyncio.ensure_future(handler(request))
        await asyncio.sleep(0)
        if any(rule.met for rule in self.plan.rules):
            self.broken.set()
        return await answered

    async def answer(self, request: web.Request) -> web.Response:
        self.processed.append(await request.text())
        return web.json_response(ANSWER)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.watch, self.plan.middleware()])
        app.add_routes(control_routes(self.plan))
        app.router.add_route("*", "/{path:.*}", self.answer)
        return app


@pytest.fixture
def world() -> FaultyServer:
    return FaultyServer()


@pytest.fixture
async def client(world: FaultyServer) -> AsyncIterator[Client]:
    server = TestServer(world.app())
    async with TestClient(server, timeout=aiohttp.ClientTimeout(total=30)) as client:
        yield client


async def test_rule_over_a_size_meets_longer_bodies_alone(
    world: FaultyServer, client: Client
) -> None:
    """A proxy with a body limit."""
    await order(client, action="page", page="nginx 413", over=1_001, times=None)

    statuses = [(await client.post("/x", data=bytes(size))).status for size in (0, 1_000, 1_001)]

    assert statuses == [200, 200, 413]
    assert len(world.processed) == 2


async def order(client: Client, **rule: object) -> None:
    async with client.post("/sandbox/faults", json=rule) as response:
        assert response.status == 200, await response.text()


async def test_without_a_rule_everything_is_answered(client: Client) -> None:
    async with client.get("/anything") as response:
        assert await response.json() == ANSWER


async def test_a_status_comes_with_its_headers_and_body(
    client: Client, world: FaultyServer
) -> None:
    refusal = {"code": 1302, "message": "request too fast", "request_id": "r"}
    await order(client, action="status", status=429, body=refusal, headers={"Retry-After": "7"})
    async with client.post("/paid", data="once") as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "7"
        assert await response.json() == refusal
    assert world.processed == []


async def test_a_status_may_hide_that_the_request_was_processed(
    client: Client, world: FaultyServer
) -> None:
    await order(client, action="status", status=504, body="upstream timed out", processed=True)
    async with client.post("/paid", data="once") as response:
        assert (response.status, await response.text()) == (504, "upstream timed out")
    assert world.processed == ["once"]


@pytest.mark.parametrize(
    ("action", "processed"), [("drop_before", []), ("drop_after", ["once"]), ("reset", [])]
)
async def test_a_dropped_connection_gives_no_answer(
    client: Client, world: FaultyServer, action: str, processed: list[str]
) -> None:
    await order(client, action=action, method="POST")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post("/paid", data="once")
    assert world.processed == processed


async def test_a_reset_is_seen_as_a_reset(client: Client) -> None:
    await order(client, action="reset")
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 30)
    writer.close()


async def test_a_drop_is_seen_as_an_orderly_end(client: Client) -> None:
    await order(client, action="drop_before")
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()


async def test_silence_lasts_until_the_client_loses_patience(
    client: Client, world: FaultyServer
) -> None:
    await order(client, action="silence")
    with pytest.raises(asyncio.TimeoutError):
        await client.get("/", timeout=aiohttp.ClientTimeout(total=0.05))
    assert world.processed == []


async def test_silence_of_known_length_ends_in_a_closed_connection(client: Client) -> None:
    await order(client, action="silence", seconds=0.02)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.get("/")


async def test_a_delayed_answer_is_the_right_one_and_follows_the_clock(
    client: Client, world: FaultyServer
) -> None:
    await order(client, action="delay", seconds=3600)
    asked = asyncio.ensure_future(client.get("/late"))
    await asyncio.wait_for(world.broken.wait(), 30)
    assert world.processed == []
    async with client.post("/sandbox/clock", json={"advance": 3601}) as response:
        assert response.status == 200
    async with await asyncio.wait_for(asked, 30) as response:
        assert await response.json() == ANSWER


async def test_a_slow_answer_drips_but_arrives_whole(client: Client) -> None:
    await order(client, action="slow", seconds=0.1)
    began = time.monotonic()
    async with client.get("/") as response:
        assert await response.json() == ANSWER
    assert time.monotonic() - began >= 0.08


async def test_a_cut_answer_is_half_of_the_right_one_and_claims_to_be_whole(
    client: Client,
) -> None:
    await order(client, action="cut")
    async with client.get("/") as response:
        text = await response.text()
    assert json.dumps(ANSWER).startswith(text)
    assert len(text) == len(json.dumps(ANSWER)) // 2


async def test_a_torn_answer_ends_before_what_it_announced(client: Client) -> None:
    await order(client, action="torn")
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
        async with client.get("/") as response:
            await response.read()


async def test_garbage_is_a_page_where_json_was_promised(client: Client) -> None:
    await order(client, action="garbage")
    async with client.get("/") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ContentTypeError):
            await response.json()


async def test_a_bomb_is_small_until_it_is_unpacked(client: Client) -> None:
    await order(client, action="bomb", megabytes=2)
    async with client.get("/") as response:
        assert int(response.headers["Content-Length"]) < 20_000
        assert len(await response.read()) == 2 * 1024 * 1024


async def test_a_rule_waits_for_its_turn_and_ends_after_its_times(client: Client) -> None:
    await order(client, action="status", status=503, after=1, times=2)
    seen: list[int] = []
    for _ in range(5):
        async with client.get("/") as response:
            seen.append(response.status)
    assert seen == [200, 503, 503, 200, 200]


async def test_a_rule_without_an_end_lasts_until_it_is_lifted(client: Client) -> None:
    await order(client, action="status", status=503, times=None)
    assert [(await client.get("/")).status for _ in range(3)] == [503, 503, 503]
    await client.delete("/sandbox/faults")
    assert (await client.get("/")).status == 200


async def test_a_rule_meets_only_its_method_and_path(client: Client) -> None:
    await order(client, action="status", status=503, method="POST", path="/v1/images$", times=None)
    asked: list[tuple[Callable[[str], Awaitable[aiohttp.ClientResponse]], str, int]] = [
        (client.post, "/kling/v1/images", 503),
        (client.get, "/kling/v1/images", 200),
        (client.post, "/kling/v1/images/7", 200),
    ]
    assert [(await call(path)).status for call, path, _ in asked] == [503, 200, 200]


async def test_the_rules_in_force_are_shown_with_what_they_met(client: Client) -> None:
    await order(client, action="status", path="/x")
    await client.get("/x")
    async with client.get("/sandbox/faults") as response:
        assert await response.json() == [
            {"action": "status", "path": "/x", "met": 1, "spent": True, "sent": 0}
        ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"action": "explode"}, "none of status"),
        ({"action": "status", "path": "("}, "no pattern"),
        ({"action": "status", "colour": "red"}, "colour"),
        ({"action": "status", "times": "often"}, "str"),
        ({}, "action"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_in_words(
    client: Client, rule: dict[str, object], words: str
) -> None:
    async with client.post("/sandbox/faults", json=rule) as response:
        assert response.status == 400
        assert words in await response.text()


async def test_the_clock_refuses_to_go_back(client: Client) -> None:
    async with client.post("/sandbox/clock", json={"advance": -1}) as response:
        assert response.status == 400


def test_a_rule_knows_every_action_of_the_table() -> None:
    assert all(Rule(action=action, page="nginx 403").action == action for action in ACTIONS)


def test_rule_with_an_unknown_page_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="none of cloudflare 1010, "):
        Rule(action="page", page="nobody's")


@pytest.mark.parametrize("name", PAGES)
async def test_page_comes_as_it_is_written(name: str) -> None:
    order = {"path": "/v1/", "action": "page", "page": name}
    async with serve(Options()) as kling, aiohttp.ClientSession() as web:
        async with web.post(f"{kling.url}/sandbox/faults", json=order) as answer:
            assert answer.status == 200
        async with web.get(f"{kling.url}/kling/v1/x", allow_redirects=False) as answer:
            assert (answer.status, await answer.text()) == (PAGES[name].status, PAGES[name].body)
            assert PAGES[name].headers.items() <= dict(answer.headers).items()


async def test_file_answers_with_a_file_of_this_computer(client: Client, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff\xd8 no picture")
    await order(client, action="file", file=str(odd))
    async with client.get("/work") as answer:
        assert (answer.status, await answer.read()) == (200, b"\xff\xd8 no picture")
