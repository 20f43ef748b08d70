"""Large answers are parsed in a thread, however long that takes, and counted and limited there."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.kling import ImageGeneration, KlingClient
from services.kling.error_mapping import PARSED_AT_ONCE
from services.kling.parsing import read_task
from services.kling.payloads import Endpoint
from tests.services.kling.conftest import picture_bytes
from tests.services.kling.scripted_provider import Script, says, says_raw

TIMEOUT_S = 30.0


class CountingExecutor(ThreadPoolExecutor):
    """The loop's threads, which count their calls and hold them until they are released."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given, self.was_given, self.go = 0, asyncio.Event(), threading.Event()

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        self.given += 1
        self.was_given.set()

        def held() -> Any:
            assert self.go.wait(TIMEOUT_S)
            return work(*args, **named)

        return super().submit(held)

    async def hold(self, call: Coroutine[Any, Any, Any]) -> Any:
        """Start a call, check that it waits in a thread while the loop goes on, and release it."""
        asking, waiting = asyncio.create_task(call), asyncio.create_task(self.was_given.wait())
        await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        assert self.given == 1, "a thread was asked for"
        assert not asking.done(), "the loop reads nothing by itself"
        self.go.set()
        return await asking


@pytest.fixture
async def threads() -> AsyncIterator[CountingExecutor]:
    threads = CountingExecutor()
    asyncio.get_running_loop().set_default_executor(threads)
    yield threads
    threads.go.set()


def padded(size: int) -> bytes:
    raw = json.dumps({"code": 0, "data": {"task_id": "T"}, "pad": ""}).encode()
    return raw[:-2] + b"x" * (size - len(raw)) + raw[-2:]


def answers(raw: bytes) -> Any:
    return says_raw(raw, content_type="application/json")


async def test_fetch_parses_a_large_answer_in_a_thread(
    kling: KlingClient, script: Script, threads: CountingExecutor
) -> None:
    script.say(answers(padded(PARSED_AT_ONCE + 1)))

    assert (await threads.hold(kling.fetch("T"))).task_id == "T"


async def test_submit_parses_a_large_answer_in_a_thread(
    kling: KlingClient, script: Script, threads: CountingExecutor
) -> None:
    script.say(answers(padded(PARSED_AT_ONCE + 1)))

    assert (await threads.hold(kling.submit(ImageGeneration(model="m", prompt="x")))).task_id == "T"


async def test_fetch_parses_a_small_answer_at_once(
    kling: KlingClient, script: Script, threads: CountingExecutor
) -> None:
    script.say(answers(padded(PARSED_AT_ONCE)))

    assert (await kling.fetch("T")).task_id == "T"
    assert threads.given == 0


async def test_list_page_reads_its_rows_in_a_thread(
    kling: KlingClient, script: Script, threads: CountingExecutor
) -> None:
    script.say(says({"code": 0, "data": [{"task_id": "1", "task_status": "processing"}]}))

    page = await threads.hold(kling.list_page())

    assert [task.task_id for task in page.tasks] == ["1"]


async def test_download_decodes_a_picture_in_its_address_in_a_thread(
    kling: KlingClient, threads: CountingExecutor, tmp_path: Path
) -> None:
    url = f"data:image/png;base64,{base64.b64encode(picture_bytes()).decode()}"

    got = await threads.hold(kling.download(url, tmp_path / "out"))

    assert got.path.read_bytes() == picture_bytes()


class ValueCounter:
    """Counts the values of a body that are read."""

    def __init__(self) -> None:
        self.members = 0

    def members_of(self, count: int) -> dict[str, object]:
        reading = self

        class Members(dict[str, object]):
            def items(self) -> Any:
                for item in super().items():
                    reading.members += 1
                    yield item

        return Members({f"k_{number}": number for number in range(count)})


@pytest.mark.parametrize("place", ["data", "top", "task_result", "images", "message"])
def test_read_task_visits_a_bounded_number_of_members(place: str) -> None:
    """Parsed answers are read on the event loop: 40,000 names took it two seconds."""
    read = ValueCounter()
    many = read.members_of(40_000)
    bodies: dict[str, object] = {
        "data": {"code": 0, "data": many},
        "top": many,
        "task_result": {"code": 0, "data": {"task_id": "1", "task_result": {"output": many}}},
        "images": {"code": 0, "data": {"task_id": "1", "images": many}},
        "message": {"choices": [{"message": many}] * 1_000},
    }

    read_task(bodies[place], endpoint=Endpoint.GENERATIONS, fallback_id="T")

    assert read.members < 50_000 if place == "message" else read.members < 5_000


@pytest.mark.parametrize("shape", [(300, 300), (100, 900), (1_000, 90)])
def test_read_task_visits_a_bounded_number_of_parts(shape: tuple[int, int]) -> None:
    read, (choices, parts) = ValueCounter(), shape
    content = [read.members_of(2)] * parts
    body = {"code": 0, "choices": [{"message": {"content": content}}] * choices}

    read_task(body, endpoint=Endpoint.GENERATIONS, fallback_id="T")

    assert 0 < read.members <= 3 * 1_000 * 2
