"""Waits after a rate limit: the provider's Retry-After, within bounds."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from services.errors import (
    KlingBlocked,
    KlingBusy,
    KlingError,
    KlingProtocolError,
    KlingUnreachable,
)
from services.kling import KlingClient, asked_wait, wait_before_retry
from services.kling.error_codes import BLOCKED, RETRY_AFTER_CAP_S, RULES, TLS
from tests.services.kling.scripted_provider import Script, says
from tests.services.kling.test_error_mapping import refused


def test_rules_for_a_full_provider_charge_no_try() -> None:
    assert [code for code, rule in RULES.items() if not rule.charges_try] == [
        1302,
        1303,
        "rate_limit_exceeded",
    ]


async def test_wait_before_retry_is_the_providers_own(kling: KlingClient, script: Script) -> None:
    body = {"code": 1302, "message": "too fast"}
    error = await refused(kling, script, says(body, status=429, Retry_After="17"))
    assert wait_before_retry(error, tries=5) == 17
    at = formatdate(time.time() + 40, usegmt=True)
    error = await refused(kling, script, says(body, status=429, Retry_After=at))
    assert 35 < wait_before_retry(error, tries=0) <= 41
    error = await refused(kling, script, says(body, status=429, Retry_After="86400"))
    assert wait_before_retry(error, tries=0) == RETRY_AFTER_CAP_S
    error = await refused(kling, script, says(body, status=429, Retry_After="soon"))
    assert wait_before_retry(error, tries=0) == 2


@pytest.mark.parametrize("asked", ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "-5"])
async def test_wait_before_retry_of_zero_uses_our_own(
    kling: KlingClient, script: Script, asked: str
) -> None:
    """Some servers always say 0: then our own growing waits apply."""
    body = {"code": 1303, "message": "parallel task over resource pack limit"}
    error = await refused(kling, script, says(body, status=429, Retry_After=asked))
    assert asked_wait(error) is None
    assert [wait_before_retry(error, tries=tries) for tries in (0, 1, 5)] == [2, 4, 60]


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (KlingUnreachable(code=5000), [2, 4, 8, 60]),
        (KlingUnreachable(code=5001), [30, 60, 120, 600]),
        (KlingUnreachable(code=5002), [5, 10, 20, 120]),
        (KlingProtocolError(code="unreadable"), [5, 10, 20, 60]),
        (KlingBlocked(code=BLOCKED, http_status=403), [30, 60, 120, 300]),
        (KlingUnreachable(code=TLS), [30, 60, 120, 300]),
    ],
    ids=lambda value: str(value.code) if isinstance(value, KlingError) else "",
)
def test_wait_before_retry_grows_by_error_to_its_cap(error: KlingError, waits: list[float]) -> None:
    assert [wait_before_retry(error, tries=tries) for tries in (0, 1, 2, 9)] == waits


def test_wait_before_retry_doubles_to_a_cap_with_jitter() -> None:
    busy = KlingBusy(code=1303)
    assert [wait_before_retry(busy, tries=tries) for tries in (0, 1, 2, 6, 99)] == [2, 4, 8, 60, 60]
    assert wait_before_retry(busy, tries=0, jitter=0.0) == 1  # Kling asks for at least a second
    assert wait_before_retry(busy, tries=0, jitter=0.999) < 3
