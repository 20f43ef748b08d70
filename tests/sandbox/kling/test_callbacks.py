"""Callbacks: section 9 of the contract."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from sandbox.kling.callbacks import signed_headers
from tests.sandbox.kling.conftest import Kling, Opened

SECRET = "whsec_" + base64.b64encode(b"a secret of the operator").decode()


@dataclass
class Receiver:
    """An address that receives callbacks."""

    url: str = ""
    calls: asyncio.Queue[tuple[Mapping[str, str], bytes]] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        self.calls.put_nowait((request.headers, await request.read()))
        return web.Response()

    async def next(self) -> tuple[Mapping[str, str], dict[str, Any]]:
        headers, body = await asyncio.wait_for(self.calls.get(), 30)
        return headers, json.loads(body)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_every_change_of_status_is_told_as_the_query_tells_it(
    kling: Kling, receiver: Receiver
) -> None:
    task_id = await kling.submit(callback_url=receiver.url, external_task_id="job")
    told = [(await receiver.next())[1]]
    await kling.pass_time(50)
    told.append((await receiver.next())[1])
    await kling.finish()
    told.append((await receiver.next())[1])
    assert [call["task_status"] for call in told] == ["submitted", "processing", "succeed"]
    assert told[-1] == await kling.query(task_id)
    assert "code" not in told[-1]


async def test_a_failure_is_told_with_its_reason(kling: Kling, receiver: Receiver) -> None:
    await kling.submit(callback_url=receiver.url, prompt="forbidden")
    await kling.finish()
    told = [(await receiver.next())[1] for _ in range(3)]
    (failed,) = [call for call in told if call["task_status"] == "failed"]
    assert failed["task_status_msg"] == "Failure to pass the risk control system"


async def test_callbacks_are_unsigned_unless_the_operator_made_a_secret(
    kling: Kling, receiver: Receiver
) -> None:
    await kling.submit(callback_url=receiver.url)
    headers, _ = await receiver.next()
    assert not [name for name in headers if name.lower().startswith("webhook-")]


async def test_a_secret_signs_id_instant_and_raw_body(opened: Opened, receiver: Receiver) -> None:
    async with opened(webhook_secret=SECRET) as kling:
        await kling.submit(callback_url=receiver.url)
        headers, body = await asyncio.wait_for(receiver.calls.get(), 30)
        now = kling.served.clock.now()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"a secret of the operator", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert abs(int(headers["webhook-timestamp"]) - now) < 5


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The test vector of the Standard Webhooks specification.
    headers = signed_headers(
        b'{"test": 2432232314}',
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        now=1_614_265_330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_foreign_address_is_never_called(kling: Kling) -> None:
    await kling.submit(callback_url="http://198.51.100.7/hook")
    await kling.finish()
    assert (await kling.get("/sandbox/state"))[1]["callbacks"] == {"sent": 0, "lost": 0}


async def test_a_receiver_that_is_gone_delays_no_task(kling: Kling) -> None:
    done = await kling.painted(callback_url="http://127.0.0.1:9/hook")
    assert done["task_status"] == "succeed"
