"""`python -m sandbox.kling`, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[3]


async def start(*options: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "sandbox.kling", *options)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_tells_its_address_serves_and_ends_at_once(number: signal.Signals) -> None:
    program = await start("--painter", "copy", "--key", "sk-mine", "--concurrency", "3")
    assert program.stdout is not None
    told = json.loads(await asyncio.wait_for(program.stdout.readline(), 20))
    headers = {"Authorization": "Bearer sk-mine"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(
            f"{told['kling']}/v1/images/generations", json={"prompt": "x", "n": 4}
        ) as answer,
    ):
        assert (answer.status, (await answer.json())["code"]) == (429, 1303)
    began = time.monotonic()
    program.send_signal(number)
    assert await asyncio.wait_for(program.wait(), 10) == 0
    assert time.monotonic() - began < 5, "a moment; a task in the works would take longer"


async def test_an_unknown_flavour_is_a_clear_message() -> None:
    program = await start("--flavour", "vanilla")
    _, words = await asyncio.wait_for(program.communicate(), 20)
    assert program.returncode == 2
    assert b"--flavour is one of official, dmxapi" in words
