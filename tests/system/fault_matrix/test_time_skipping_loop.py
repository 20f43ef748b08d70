"""The eager loop: hours pass in milliseconds, but no time passes while work is done."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.time_skipping_loop import Stuck, now, run_skipping_time


async def served(wait_s: float) -> tuple[bytes, float]:
    """Call a server over a real socket that answers after a while; return how long it took."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await asyncio.sleep(wait_s)
        writer.write(b"done\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    began = now()
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"ask\n")
    line = await reader.readline()
    writer.close()
    server.close()
    return line, now() - began


def test_loop_skips_a_day_of_waiting_on_a_socket() -> None:
    began = time.monotonic()

    line, took = run_skipping_time(served(86_400.0))

    assert line == b"done\n"
    assert took == pytest.approx(86_400.0, abs=1.0)
    assert time.monotonic() - began < 10


def test_loop_time_stands_still_while_a_thread_works() -> None:
    async def worked() -> float:
        began = now()
        async with asyncio.timeout(0.01):
            await asyncio.to_thread(time.sleep, 0.05)
        return now() - began

    assert run_skipping_time(worked()) == 0


def test_waiting_for_what_never_comes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.time_skipping_loop.STUCK_S", 0.05)

    async def forgotten() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck):
        run_skipping_time(forgotten())
