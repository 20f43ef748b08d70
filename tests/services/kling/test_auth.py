"""Keys and tokens: signed as Kling asks, renewed in time, never shown."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from email.utils import formatdate

import jwt
import pytest

from services.common.redaction import redact_head, redacted
from services.errors import ConfigError, KlingAccountProblem, KlingError
from services.kling import BearerKey, ImageGeneration, KlingClient, Provider
from services.kling.access_keys import AccessKeyPair
from tests.services.kling.conftest import KEY, InstantClock, provider_at
from tests.services.kling.scripted_provider import Script, accepts, is_at, says, says_raw

SECRET = secrets.token_hex(16)
WORDS = ImageGeneration(model="kling-v3", prompt="a secret fox")


def claims(header: str) -> dict[str, int | str]:
    scheme, token = header.split()
    assert scheme == "Bearer"
    off = {"verify_exp": False, "verify_nbf": False}
    return jwt.decode(token, SECRET, algorithms=["HS256"], options=off)


@pytest.fixture
async def pair(script: Script, clock: InstantClock) -> AsyncIterator[KlingClient]:
    provider = provider_at(script, credential=AccessKeyPair("access", SECRET))
    async with KlingClient(provider, clock=clock) as client:
        yield client


def test_token_has_the_claims_that_kling_asks_for() -> None:
    header = AccessKeyPair("access", SECRET).authorization(1000.7)
    assert claims(header) == {"iss": "access", "exp": 1000 + 1800, "nbf": 1000 - 5}
    assert jwt.get_unverified_header(header.split()[1]) == {"alg": "HS256", "typ": "JWT"}


def test_token_is_reused_until_a_minute_before_its_end() -> None:
    keys = AccessKeyPair("access", SECRET)
    first = keys.authorization(1000)
    assert keys.authorization(1000 + 1739) == first
    assert claims(keys.authorization(1000 + 1740))["exp"] == 1000 + 1740 + 1800


@pytest.mark.parametrize("code", [1003, 1004])
@pytest.mark.parametrize("ahead_s", [-4000, 4000])
async def test_clock_difference_is_corrected_once_by_the_servers_time(
    pair: KlingClient, script: Script, clock: InstantClock, code: int, ahead_s: float
) -> None:
    server_now = clock.now() + ahead_s
    date = formatdate(server_now, usegmt=True)
    script.say(says({"code": code, "message": "clock"}, status=401, Date=date), accepts())
    task = await pair.submit(WORDS)
    assert task.task_id == "T1"
    old, new = (claims(asked.headers["Authorization"]) for asked in script.asked)
    assert old["nbf"] == clock.now() - 5
    assert new == {"iss": "access", "exp": server_now + 1800, "nbf": server_now - 120}
    script.say(is_at("processing"))
    await pair.fetch("T1")
    assert claims(script.asked[-1].headers["Authorization"]) == new


async def test_clock_refusal_after_the_correction_is_an_account_problem(
    pair: KlingClient, script: Script
) -> None:
    script.say(says({"code": 1004, "message": "expired"}, status=401))
    with pytest.raises(KlingAccountProblem):
        await pair.fetch("T1")
    assert len(script.asked) == 2


async def test_key_refused_with_bearer_is_sent_bare_from_then_on(
    kling: KlingClient, script: Script
) -> None:
    """Duomi wants the bare key."""
    script.say(says({"code": 1002, "message": "no"}, status=401), accepts(), is_at("processing"))
    await kling.submit(WORDS)
    await kling.fetch("T1")
    sent = [asked.headers["Authorization"] for asked in script.asked]
    assert sent == [f"Bearer {KEY}", KEY, KEY]


async def test_key_refused_in_both_forms_raises_the_first_refusal(
    kling: KlingClient, script: Script
) -> None:
    first = says({"code": 1002, "message": "api key not found"}, status=401)
    second = says({"code": 1000, "message": "Authentication failed"}, status=401)
    script.say(first, second)
    with pytest.raises(KlingAccountProblem) as caught:
        await kling.submit(WORDS)
    assert caught.value.code == 1002
    assert len(script.asked) == 2
    script.say(second, is_at("processing"))
    await kling.fetch("T1")
    assert script.asked[-1].headers["Authorization"] == f"Bearer {KEY}"


def test_key_renewed_by_two_calls_changes_its_form_once() -> None:
    key = BearerKey("k")
    refused = key.authorization(0.0)
    for _ in range(2):
        assert key.renew(refused, code=1002, now=0.0, server_now=None)
        assert key.authorization(0.0) == "k"


async def test_bearer_key_refused_for_the_clock_is_an_account_problem(
    kling: KlingClient, script: Script
) -> None:
    script.say(says({"code": 1004, "message": "expired"}, status=401))
    with pytest.raises(KlingAccountProblem):
        await kling.submit(WORDS)
    assert len(script.asked) == 1


async def test_unknown_key_pair_is_not_tried_again(pair: KlingClient, script: Script) -> None:
    script.say(says({"code": 1002, "message": "access key not found"}, status=401))
    with pytest.raises(KlingAccountProblem):
        await pair.submit(WORDS)
    assert len(script.asked) == 1


async def test_submit_with_a_renewed_token_announces_the_body_again(
    pair: KlingClient, script: Script
) -> None:
    script.say(says({"code": 1003, "message": "too young"}, status=401), accepts())
    told: list[int] = []

    async def about_to_end() -> None:
        told.append(len(script.asked))

    await pair.submit(WORDS, before_last_piece=about_to_end)
    assert told == [0, 1]


async def test_server_ahead_s_is_read_from_the_date_header(
    kling: KlingClient, script: Script, clock: InstantClock
) -> None:
    date = formatdate(clock.now() + 90, usegmt=True)
    script.say(says({"code": 0, "data": []}, Date=date))
    assert kling.server_ahead_s is None
    await kling.list_tasks(size=1)
    assert kling.server_ahead_s == 90


def test_repr_of_credentials_shows_no_secret() -> None:
    keys = AccessKeyPair("access", SECRET)
    token = keys.authorization(1000).split()[1]
    provider = Provider(base_url="https://www.dmxapi.cn/kling/", credential=BearerKey(KEY))
    shown = repr([keys, BearerKey(KEY), provider]) + str(keys) + provider.name
    for secret in (SECRET, "access", token, KEY):
        assert secret not in shown


async def test_logs_show_no_secret_and_no_prompt(
    kling: KlingClient, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider that repeats everything that we sent, at the most verbose log level."""
    echo = {
        "code": 1201,
        "message": "bad",
        "request": {"prompt": 'a secret "fox"', "image": "QUJD" * 100},
        "key": f"Bearer {KEY}",
        "result": "https://cdn.example/a.png?sign=canary",
    }
    with caplog.at_level(logging.DEBUG):
        for step in (says(echo, status=400), says_raw(f"<p>{KEY}</p>".encode(), status=500)):
            script.say(step)
            with pytest.raises(KlingError) as caught:
                await kling.submit(WORDS)
            logging.getLogger("test").error("it was %r", caught.value)
    assert "HTTP 400" in caplog.text
    for secret in (KEY, "canary", "fox", "QUJDQUJD"):
        assert secret not in caplog.text


def test_redact_head_is_bounded() -> None:
    assert len(redact_head(b"x y " * 5000)) == 300
    assert len(redact_head("\U0001f600".encode() * 5000)) == 300
    assert redact_head(b"\xff\xfe") == "\ufffd\ufffd"
    assert redacted("Bearer abc.def") == "[...]"
    assert redacted('{"prompt":"a \\"fox\\"","n":1}') == '{"prompt":[...],"n":1}'


@pytest.mark.parametrize(
    ("base_url", "address", "name"),
    [
        ("https://www.dmxapi.cn/kling", "https://www.dmxapi.cn/kling/x", "www.dmxapi.cn/kling"),
        ("https://www.dmxapi.cn/kling//", "https://www.dmxapi.cn/kling/x", "www.dmxapi.cn/kling"),
        (
            "https://api-singapore.klingai.com",
            "https://api-singapore.klingai.com/x",
            "api-singapore.klingai.com",
        ),
        ("https://gate.example/v1/", "https://gate.example/x", "gate.example"),
        ("http://127.0.0.1:80/kling/v1", "http://127.0.0.1:80/kling/x", "127.0.0.1/kling"),
        ("http://[::1]:8000", "http://[::1]:8000/x", "::1:8000"),
    ],
)
def test_base_url_may_have_a_prefix_and_a_slash(base_url: str, address: str, name: str) -> None:
    provider = Provider(base_url=base_url, credential=BearerKey("sk-x"))
    assert str(provider.url("/x")).replace(":80/", "/") == address.replace(":80/", "/")
    assert provider.name == name


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "www.dmxapi.cn",
        "ftp://www.dmxapi.cn",
        "http://www.dmxapi.cn/kling",
        "https://",
        "https://key@www.dmxapi.cn",
        "https://www.dmxapi.cn/kling?key=sk-x",
    ],
)
def test_base_url_invalid_or_leaking_the_key_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigError, match="KLING_BASE_URL"):
        Provider(base_url=base_url, credential=BearerKey("sk-x"))


@pytest.mark.parametrize(
    ("base_url", "official", "loopback"),
    [
        ("https://api-beijing.klingai.com", True, False),
        ("https://klingai.com.evil.example", False, False),
        ("https://notklingai.com", False, False),
        ("http://localhost:1/kling", False, True),
        ("https://www.dmxapi.cn/kling", False, False),
    ],
)
def test_provider_knows_official_and_loopback_hosts(
    base_url: str, official: bool, loopback: bool
) -> None:
    provider = Provider(base_url=base_url, credential=BearerKey("sk-x"))
    assert (provider.is_official, provider.is_loopback) == (official, loopback)


@pytest.mark.parametrize("page", [b"<html>401 Authorization Required</html>", b"", b"denied"])
async def test_submit_page_that_refuses_the_credential_is_not_answered_with_another_post(
    kling: KlingClient, script: Script, page: bytes
) -> None:
    """The page is a proxy's: whether it had passed the submission on before is unknown."""
    script.say(says_raw(page, status=401), accepts())
    with pytest.raises(KlingError):
        await kling.submit(WORDS)
    assert len(script.asked) == 1
