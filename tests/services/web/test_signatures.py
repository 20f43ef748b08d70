"""Signed callbacks: Standard Webhooks, as Kling signs after a secret was made in its console."""

from __future__ import annotations

import asyncio
import base64
import uuid

import pytest

from sandbox.kling.callbacks import signed_headers
from services.web import callbacks
from services.web.callbacks import Signatures
from tests.services.web.conftest import SECRET, WebHarness
from tests.services.web.test_callbacks import patient
from tests.support.requests import NOON
from tests.support.time import HandClock

BODY = b'{"task_id": "T1", "task_status": "succeed"}'
OTHER_SECRET = "whsec_" + base64.b64encode(b"another one").decode()


def headers(*, secret: str = SECRET, at: float = NOON, body: bytes = BODY) -> dict[str, str]:
    return signed_headers(body, secret=secret, message_id=f"msg_{uuid.uuid4().hex}", now=at)


def vouched(given: dict[str, str], body: bytes = BODY) -> bool:
    return Signatures(SECRET, clock=HandClock()).vouch_for(given, body)


def test_signature_of_the_specifications_vector_is_valid() -> None:
    clock = HandClock(1_614_265_330)
    known = Signatures("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", clock=clock)
    given = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    assert known.vouch_for(given, b'{"test": 2432232314}')
    assert not known.vouch_for(given, b'{"test": 2432232315}')


@pytest.mark.parametrize("ahead_s", [-299, 0, 299])
def test_five_minutes_of_difference_are_tolerated(ahead_s: float) -> None:
    assert vouched(headers(at=NOON + ahead_s))


@pytest.mark.parametrize("ahead_s", [-302, 302, 1e9, -NOON])
def test_more_than_five_minutes_are_not(ahead_s: float) -> None:
    assert not vouched(headers(at=NOON + ahead_s))


def test_signature_list_needs_one_valid() -> None:
    one = headers()
    both = headers(secret=OTHER_SECRET)["webhook-signature"] + " " + one["webhook-signature"]

    assert vouched(one | {"webhook-signature": both})
    assert vouched(one | {"webhook-signature": f"v1a,xxx v2,yyy {one['webhook-signature']}"})


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,ünïcode\udcff"},
        {"webhook-id": ""},
        {"webhook-id": "msg_of_another_call"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 5000},
    ],
)
def test_headers_that_were_tampered_with_are_refused(change: dict[str, str]) -> None:
    assert not vouched(headers() | change)


def test_signature_of_another_version_is_invalid() -> None:
    given = headers()
    assert not vouched(
        given | {"webhook-signature": given["webhook-signature"].replace("v1", "v0")}
    )


@pytest.mark.parametrize("signed", [True])
class TestSignedCallbacks:
    async def test_signed_callback_is_accepted(self, bot_port: WebHarness) -> None:
        job = await patient(bot_port)

        assert await bot_port.call(job.id, BODY, **headers()) == 204
        assert await bot_port.next_at(job.id) == bot_port.clock.now()

    async def test_unsigned_or_forged_callback_is_refused(self, bot_port: WebHarness) -> None:
        job = await patient(bot_port)

        assert await bot_port.call(job.id, BODY) == 401
        assert await bot_port.call(job.id, BODY, **headers(secret=OTHER_SECRET)) == 401
        assert await bot_port.call(job.id, BODY + b" ", **headers()) == 401
        assert bot_port.woken == []

    async def test_repeated_callback_does_nothing(self, bot_port: WebHarness) -> None:
        job = await patient(bot_port)
        given = headers()
        await bot_port.call(job.id, BODY, **given)
        bot_port.clock.move_to(bot_port.clock.now() + 10)

        statuses = await asyncio.gather(*(bot_port.call(job.id, BODY, **given) for _ in range(5)))

        assert set(statuses) == {204}
        assert len(bot_port.woken) == 1

    async def test_failed_callback_may_be_repeated(self, bot_port: WebHarness) -> None:
        given = headers()
        assert await bot_port.call("0" * 22, BODY, **given) == 404

        job = await patient(bot_port)
        assert await bot_port.call(job.id, BODY, **given) == 204
        assert len(bot_port.woken) == 1


def test_signature_memory_keeps_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "REMEMBERED", 2)
    seen = Signatures(SECRET, clock=HandClock())

    calls = [headers() for _ in range(4)]
    for one in calls:
        seen.remember(one)

    assert [seen.has_seen(one) for one in calls] == [False, False, True, True]
