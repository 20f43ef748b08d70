"""/healthz: the facts that a supervisor may rely on."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from services.db import Store
from services.errors import ConfigError
from services.web.health import STALLED_S, Health
from services.web.server import open_http_server
from tests.services.web.conftest import WebHarness
from tests.support.sqlite import thread_of
from tests.support.time import HandClock


async def test_health_of_a_working_bot_has_its_figures(bot_port: WebHarness) -> None:
    await bot_port.harness.running()
    await bot_port.harness.accept()
    await bot_port.harness.take(units=0)
    bot_port.clock.move_to(bot_port.clock.now() + 30)

    status, facts = await bot_port.health()

    assert status == 200
    assert facts == {
        "alive": True,
        "working": True,
        "gateway_connected": True,
        "database": True,
        "writable": True,
        "provider_paused": False,
        "provider_trouble": None,
        "jobs_queued": 1,
        "jobs_painting": 1,
        "jobs_to_fetch": 0,
        "jobs_to_deliver": 0,
        "oldest_open_job_s": pytest.approx(30, abs=0.2),
        "last_poll_s": pytest.approx(30, abs=0.2),
    }


async def test_health_without_the_gateway_is_not_working(bot_port: WebHarness) -> None:
    await bot_port.harness.take()
    bot_port.connected = False

    status, facts = await bot_port.health()

    assert (status, facts["alive"], facts["working"]) == (503, True, False)


async def test_health_names_shards_that_are_down(bot_port: WebHarness) -> None:
    await bot_port.harness.take()
    assert "shards" not in (await bot_port.health())[1]
    bot_port.latencies |= {0: 0.04, 1: None, 5: 0.05, 7: None}
    bot_port.connected = False
    bot_port.clock.move_to(bot_port.clock.now() + 2)

    status, facts = await bot_port.health()

    assert (status, facts["shards"], facts["shards_down"]) == (503, [0, 1, 5, 7], [1, 7])


async def test_health_of_a_stalled_engine_is_503(bot_port: WebHarness) -> None:
    assert (await bot_port.health())[0] == 503  # the engine has not polled yet
    await bot_port.harness.take()
    bot_port.clock.move_to(bot_port.clock.now() + STALLED_S - 1)
    assert (await bot_port.health())[0] == 200
    bot_port.clock.move_to(bot_port.clock.now() + 2)
    assert (await bot_port.health())[0] == 503


async def test_health_shows_a_provider_pause_as_healthy(bot_port: WebHarness) -> None:
    await bot_port.harness.take()
    await bot_port.harness.store.providers.pause(key="balance", now=bot_port.clock.now())

    status, facts = await bot_port.health()

    assert (status, facts["provider_paused"]) == (200, True)
    assert facts["provider_trouble"] == "balance"


async def test_asking_often_costs_the_database_nothing(bot_port: WebHarness) -> None:
    await bot_port.harness.take()
    assert (await bot_port.health())[1]["jobs_queued"] == 0
    await bot_port.harness.accept()

    assert (await bot_port.health())[1]["jobs_queued"] == 0
    bot_port.clock._now -= 3600  # a clock set back does not freeze the answer
    assert (await bot_port.health())[1]["jobs_queued"] == 1


async def test_health_shows_an_unavailable_database(tmp_path: Path) -> None:
    clock = HandClock()
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        await store.jobs.fetch_due(now=clock.now(), lease_s=1, units=0, per_user=0)
        thread = thread_of(store.jobs)
        await thread.run(lambda: thread.db.execute("ALTER TABLE job RENAME TO lost"))
        health = Health(store, is_connected=lambda: True, clock=clock)

        facts = await health._ask(clock.now())

    assert (facts["alive"], facts["working"], facts["database"]) == (True, False, False)


async def test_nothing_tells_what_answers_and_nothing_is_cached(bot_port: WebHarness) -> None:
    await bot_port.harness.take()
    async with bot_port.session.get(f"{bot_port.url}/healthz") as answer:
        assert "Server" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    async with bot_port.session.get(f"{bot_port.url}/elsewhere") as answer:
        assert (answer.status, await answer.read()) == (404, b"")
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "said",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST /healthz HTTP/9.9\r\n\r\n", b"\n" * 9],
)
async def test_port_survives_bytes_that_are_no_http(bot_port: WebHarness, said: bytes) -> None:
    port = int(bot_port.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    writer.write_eof()
    async with asyncio.timeout(30):
        await reader.read()
    writer.close()
    await writer.wait_closed()

    await bot_port.harness.take()
    assert (await bot_port.health())[0] == 200


async def test_port_in_use_is_a_config_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with Store(tmp_path / "repaint.db", provider="provider") as store:
            health = Health(store, is_connected=lambda: True, clock=HandClock())
            with pytest.raises(ConfigError, match=f"HTTP_PORT: {port} cannot be opened"):
                async with open_http_server(host="127.0.0.1", port=port, health=health):
                    pass


async def test_port_without_callbacks_has_no_callback_route(
    tmp_path: Path, bot_port: WebHarness
) -> None:
    async with Store(tmp_path / "other.db", provider="provider") as store:
        health = Health(store, is_connected=lambda: True, clock=HandClock())
        async with open_http_server(host="127.0.0.1", port=0, health=health) as url:
            assert await bot_port.post(f"{url}/kling/callback/{'0' * 22}/{'x' * 43}") == 404


async def test_health_shows_a_failed_write_check_as_healthy(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        clock = HandClock()
        health = Health(store, is_connected=lambda: True, is_writable=lambda: False, clock=clock)
        await store.jobs.fetch_due(now=clock.now(), lease_s=1, units=1, per_user=1, limit=1)
        facts = await health._ask(clock.now())

    assert (facts["working"], facts["writable"]) == (True, False)
