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


async def test_a_bot_at_work_says_so_with_its_figures(web_harness: WebHarness) -> None:
    await web_harness.harness.running()
    await web_harness.harness.accept()
    await web_harness.harness.take(units=0)
    web_harness.clock.move_to(web_harness.clock.now() + 30)

    status, facts = await web_harness.health()

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


async def test_without_the_gateway_it_does_not_work(web_harness: WebHarness) -> None:
    await web_harness.harness.take()
    web_harness.connected = False

    status, facts = await web_harness.health()

    assert (status, facts["alive"], facts["working"]) == (503, True, False)


async def test_with_shards_those_that_are_down_are_named(web_harness: WebHarness) -> None:
    await web_harness.harness.take()
    assert "shards" not in (await web_harness.health())[1]
    web_harness.latencies |= {0: 0.04, 1: None, 5: 0.05, 7: None}
    web_harness.connected = False
    web_harness.clock.move_to(web_harness.clock.now() + 2)

    status, facts = await web_harness.health()

    assert (status, facts["shards"], facts["shards_down"]) == (503, [0, 1, 5, 7], [1, 7])


async def test_an_engine_that_stalls_is_noticed(web_harness: WebHarness) -> None:
    assert (await web_harness.health())[0] == 503  # the engine has not polled yet
    await web_harness.harness.take()
    web_harness.clock.move_to(web_harness.clock.now() + STALLED_S - 1)
    assert (await web_harness.health())[0] == 200
    web_harness.clock.move_to(web_harness.clock.now() + 2)
    assert (await web_harness.health())[0] == 503


async def test_a_paused_provider_is_told_and_no_fault_of_the_bot(web_harness: WebHarness) -> None:
    await web_harness.harness.take()
    await web_harness.harness.store.providers.pause(key="balance", now=web_harness.clock.now())

    status, facts = await web_harness.health()

    assert (status, facts["provider_paused"]) == (200, True)
    assert facts["provider_trouble"] == "balance"


async def test_asking_often_costs_the_database_nothing(web_harness: WebHarness) -> None:
    await web_harness.harness.take()
    assert (await web_harness.health())[1]["jobs_queued"] == 0
    await web_harness.harness.accept()

    assert (await web_harness.health())[1]["jobs_queued"] == 0
    web_harness.clock._now -= 3600  # a clock set back does not freeze the answer
    assert (await web_harness.health())[1]["jobs_queued"] == 1


async def test_a_database_that_is_gone_is_told(tmp_path: Path) -> None:
    clock = HandClock()
    async with Store(tmp_path / "repaint.db", provider="provider") as store:
        await store.jobs.fetch_due(now=clock.now(), lease_s=1, units=0, per_user=0)
        thread = thread_of(store.jobs)
        await thread.run(lambda: thread.db.execute("ALTER TABLE job RENAME TO lost"))
        health = Health(store, is_connected=lambda: True, clock=clock)

        facts = await health._ask(clock.now())

    assert (facts["alive"], facts["working"], facts["database"]) == (True, False, False)


async def test_nothing_tells_what_answers_and_nothing_is_cached(web_harness: WebHarness) -> None:
    await web_harness.harness.take()
    async with web_harness.session.get(f"{web_harness.url}/healthz") as answer:
        assert "Server" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    async with web_harness.session.get(f"{web_harness.url}/elsewhere") as answer:
        assert (answer.status, await answer.read()) == (404, b"")
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "said",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST /healthz HTTP/9.9\r\n\r\n", b"\n" * 9],
)
async def test_what_is_no_http_harms_nothing(web_harness: WebHarness, said: bytes) -> None:
    port = int(web_harness.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    writer.write_eof()
    async with asyncio.timeout(30):
        await reader.read()
    writer.close()
    await writer.wait_closed()

    await web_harness.harness.take()
    assert (await web_harness.health())[0] == 200


async def test_a_port_that_is_taken_is_a_setting_to_mend(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with Store(tmp_path / "repaint.db", provider="provider") as store:
            health = Health(store, is_connected=lambda: True, clock=HandClock())
            with pytest.raises(ConfigError, match=f"HTTP_PORT: {port} cannot be opened"):
                async with open_http_server(host="127.0.0.1", port=port, health=health):
                    pass


async def test_without_callbacks_there_is_no_address_for_them(
    tmp_path: Path, web_harness: WebHarness
) -> None:
    async with Store(tmp_path / "other.db", provider="provider") as store:
        health = Health(store, is_connected=lambda: True, clock=HandClock())
        async with open_http_server(host="127.0.0.1", port=0, health=health) as url:
            assert await web_harness.post(f"{url}/kling/callback/{'0' * 22}/{'x' * 43}") == 404


async def test_what_can_not_be_written_is_told_and_no_reason_to_restart(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        clock = HandClock()
        health = Health(store, is_connected=lambda: True, is_writable=lambda: False, clock=clock)
        await store.jobs.fetch_due(now=clock.now(), lease_s=1, units=1, per_user=1, limit=1)
        facts = await health._ask(clock.now())

    assert (facts["working"], facts["writable"]) == (True, False)
