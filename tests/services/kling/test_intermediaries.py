"""Answers of proxies, firewalls, login pages and API gateways say nothing about the provider."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.pages import PAGES, Page
from services.common.version import VERSION
from services.errors import (
    KlingAccountProblem,
    KlingBlocked,
    KlingError,
    KlingRefused,
    KlingTaskUnknown,
    KlingTooLarge,
    KlingUnreachable,
    SubmitUncertain,
)
from services.kling import BearerKey, ImageGeneration, KlingClient, Provider, Retry, rule_for
from tests.services.kling.conftest import InstantClock, provider_at
from tests.services.kling.scripted_provider import (
    Script,
    Step,
    accepts,
    is_at,
    says,
    says_raw,
)

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")
TOO_LARGE = {name for name, page in PAGES.items() if page.status == 413}
DOWN = {"nginx 502", "nginx 504"}
"""Behind these the provider is down: nothing on the way blocks it."""

each_page = pytest.mark.parametrize("name", PAGES)


def shown(page: Page) -> Step:
    async def step(_: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": page.kind, **page.headers}
        return web.Response(body=page.body.encode(), status=page.status, headers=headers)

    return step


async def met(kling: KlingClient, script: Script, step: Step, *, submit: bool) -> KlingError:
    script.say(step)
    with pytest.raises(KlingError) as caught:
        await (kling.submit(WORDS) if submit else kling.fetch("T1"))
    return caught.value


@each_page
async def test_poll_answered_by_a_page_is_blocked_and_retried(
    kling: KlingClient, script: Script, name: str
) -> None:
    error = await met(kling, script, shown(PAGES[name]), submit=False)

    kind, word = (KlingUnreachable, "provider_down") if name in DOWN else (KlingBlocked, "blocked")
    assert type(error) is kind
    rule = rule_for(error)
    assert (rule.retry, rule.pauses, rule.operator) == (Retry.YES, None, word)
    assert rule.member == word
    assert len(script.asked) == 1  # no other form of the key: it was not refused


@each_page
async def test_submission_answered_by_a_page_is_uncertain_and_never_sent_again(
    kling: KlingClient, script: Script, name: str
) -> None:
    error = await met(kling, script, shown(PAGES[name]), submit=True)

    kind = KlingTooLarge if name in TOO_LARGE else SubmitUncertain
    assert type(error) is kind
    assert rule_for(error).pauses is None
    assert rule_for(error).member not in ("bad_picture", "paused")
    assert len(script.asked) == 1


@each_page
async def test_page_is_summarised_in_one_short_line(
    kling: KlingClient, script: Script, name: str
) -> None:
    words = (await met(kling, script, shown(PAGES[name]), submit=False)).message

    assert words.isprintable()
    assert len(words) < 300
    assert "<" not in words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cloudflare 1010", "“error code: 1010”, from cloudflare"),
        ("cloudflare 1010, json", "“Error 1010: Access denied”, from cloudflare"),
        ("cloudflare challenge", "“Just a moment...”, from cloudflare"),
        ("empty 401", "no words"),
        ("kong", "“No API key found in request”"),
        ("apisix", "“Your IP address is not allowed”"),
        ("login redirect", "leads to login.corp.example"),
    ],
)
async def test_page_summary_names_the_product_that_answered(
    kling: KlingClient, script: Script, name: str, words: str
) -> None:
    assert words in (await met(kling, script, shown(PAGES[name]), submit=False)).message


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 411, 413, 418, 421, 451])
@pytest.mark.parametrize(
    "raw", [b"", b"<html><h1>No</h1></html>", b"no", b"\xff\xfe", b"null", b"7"]
)
async def test_bare_refusal_of_any_status_is_no_account_problem(
    kling: KlingClient, script: Script, status: int, raw: bytes
) -> None:
    error = await met(kling, script, says_raw(raw, status=status), submit=False)

    assert type(error) is KlingBlocked
    assert error.http_status == status


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"code": 1002, "message": "api key not found"}, 401, KlingAccountProblem),
        ({"code": "1102"}, 429, KlingAccountProblem),
        ({"error": {"message": "无效的令牌", "type": "new_api_error"}}, 401, KlingAccountProblem),
        (
            {"error": {"message": "x", "type": "auth_error", "code": "401"}},
            401,
            KlingAccountProblem,
        ),
        ({"code": "InvalidApiKey", "message": "x", "request_id": "1"}, 401, KlingAccountProblem),
        ({"code": "quota_not_enough", "message": "x"}, 403, KlingAccountProblem),
        ({"code": 1203, "message": "not found"}, 404, KlingTaskUnknown),
        ({"code": 400, "message": "Image pixel is invalid"}, 400, KlingRefused),
        ({"code": 1301, "message": "x", "data": {"task_id": "T"}}, 400, KlingRefused),
    ],
)
async def test_providers_own_refusals_are_still_read(
    kling: KlingClient, script: Script, body: object, status: int, kind: type[KlingError]
) -> None:
    assert type(await met(kling, script, says(body, status=status), submit=False)) is kind


@pytest.mark.parametrize(
    "body",
    [
        {"code": "blocked", "message": "blocked by policy"},
        {"code": "tls", "message": "x"},
        {"code": "forbidden", "message": "x"},
        {"code": "FORBIDDEN"},
        {"code": 0, "message": "Forbidden"},
        {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]},
        {"error": "Forbidden"},
        {"error": {"code": "403", "message": "Forbidden"}, "id": "fra1::x"},
        {"errors": [{"message": "x"}]},
        {"message": None},
        {},
        ["Forbidden"],
    ],
)
async def test_json_of_an_unknown_form_is_not_the_providers(
    kling: KlingClient, script: Script, body: object
) -> None:
    assert type(await met(kling, script, says(body, status=403), submit=True)) is SubmitUncertain


@pytest.mark.parametrize(
    "data",
    [
        {"code": 500, "message": "fail", "data": {"task_id": "T1", "code": 1301}},
        {"code": 0, "data": {"task_id": "T1", "code": 1301, "msg": "risk"}},
        {"code": "fail", "task_id": "T1", "error": {"code": 1301, "message": "risk"}},
    ],
)
async def test_refusal_that_carries_a_task_id_keeps_its_inner_code(
    kling: KlingClient, script: Script, data: object
) -> None:
    error = await met(kling, script, says(data), submit=True)

    assert type(error) is KlingRefused
    assert (error.code, rule_for(error).member) == (1301, "refused_content")


async def test_submit_stops_sending_after_an_early_answer(
    kling: KlingClient, script: Script, picture: Path
) -> None:
    """A firewall answers after the headers: a body that never went out whole was never accepted."""

    async def blocks_at_once(request: web.Request) -> web.StreamResponse:
        return await shown(PAGES["cloudflare 1010"])(request)

    async def until_cancelled() -> None:
        await asyncio.Event().wait()

    blocks_at_once.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    script.say(blocks_at_once)
    painting = ImageGeneration(model="kling-v3", prompt="a fox", image=picture)
    with pytest.raises(KlingBlocked) as caught:
        await kling.submit(painting, before_last_piece=until_cancelled)

    assert caught.value.http_status == 403


async def test_after_a_block_the_end_of_a_submission_waits_for_a_refusal(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = InstantClock()
    monkeypatch.setattr(clock, "sleep", lambda _seconds: asyncio.sleep(0.3))
    async with KlingClient(provider_at(script), clock=clock) as kling:
        await _waits_for_a_refusal(kling, script)


async def _waits_for_a_refusal(kling: KlingClient, script: Script) -> None:
    noted: list[int] = []

    async def note() -> None:
        noted.append(len(script.asked))

    async def blocks_at_once(request: web.Request) -> web.StreamResponse:
        return await shown(PAGES["nginx 403"])(request)

    blocks_at_once.reads_itself = True  # pyright: ignore[reportFunctionMemberAccess]
    await met(kling, script, shown(PAGES["nginx 403"]), submit=True)
    script.say(blocks_at_once)

    with pytest.raises(KlingBlocked):
        await kling.submit(WORDS, before_last_piece=note)
    assert noted == []  # no look-up needed: the last piece was never sent

    script.say(accepts())
    assert (await kling.submit(WORDS, before_last_piece=note)).task_id == "T1"
    script.say(shown(PAGES["nginx 403"]))
    with pytest.raises(SubmitUncertain):
        await kling.submit(WORDS)  # after an acceptance the last piece is not withheld


async def test_waiting_goes_on_through_pages(kling: KlingClient, script: Script) -> None:
    pages = [shown(PAGES[name]) for name in ("nginx 403", "login page, 200", "empty 401")]
    script.say(*pages, is_at("succeed", "https://example.org/1.png"))

    task = await kling.wait("T1", timeout_s=3600.0)

    assert [image.url for image in task.images] == ["https://example.org/1.png"]


async def test_requests_name_the_bot_and_not_the_library(
    script: Script, clock: InstantClock
) -> None:
    agent = f"Repaint/{VERSION} (+https://example.org/code)"
    provider = Provider(base_url=script.url, credential=BearerKey("sk-x"), user_agent=agent)
    async with KlingClient(provider, clock=clock) as kling:
        script.say(accepts())
        await kling.submit(WORDS)
        script.say(is_at("processing"))
        await kling.fetch("T1")

    assert [asked.headers["User-Agent"] for asked in script.asked] == [agent, agent]
    assert Provider(base_url=script.url, credential=BearerKey("k")).user_agent.startswith(
        "Repaint/"
    )


async def test_rate_limit_of_a_firewall_keeps_its_wait(kling: KlingClient, script: Script) -> None:
    error = await met(kling, script, shown(PAGES["cloudflare 1015"]), submit=False)

    assert (type(error), error.retry_after_s) == (KlingBlocked, 30.0)


async def test_log_names_the_block_once_and_quotes_no_key(
    kling: KlingClient, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"message": "denied for Bearer sk-canary-0123456789abcdef"}).encode()
    for _ in range(3):
        await met(kling, script, says_raw(body, status=403), submit=False)

    lines = [one.getMessage() for one in caplog.records if "blocked on the way" in one.getMessage()]
    assert len(lines) == 1
    assert "sk-canary" not in lines[0]
    assert "127.0.0.1" in lines[0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_gateway_error_page_of_a_dead_upstream_is_unreachable(
    kling: KlingClient, script: Script, status: int
) -> None:
    page = says_raw(b"<html><title>Bad Gateway</title></html>", status=status)

    assert type(await met(kling, script, page, submit=False)) is KlingUnreachable
