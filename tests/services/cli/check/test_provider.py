"""`check` at a provider: good and bad keys, wrong hosts, gateways; it never spends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.kling.contract import refusal_fault
from sandbox.kling.options import ACCESS_KEY, SECRET_KEY
from sandbox.kling.options import Options as KlingOptions
from sandbox.kling.server import Served, serve
from services.cli.check.findings import Verdict
from services.common.clock import SystemClock
from services.db import Store
from services.kling import BearerKey, ImageGeneration, KlingClient, Provider
from tests.services.cli.check.conftest import Examine, Findings
from tests.services.kling.scripted_provider import Script, says, says_raw
from tests.services.kling.scripted_provider import serve as serve_script
from tests.support.requests import NOON

Opened = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def opened() -> Opened:
    """Return a function that opens a sandbox; `check` must generate nothing in it."""

    @asynccontextmanager
    async def opening(**options: Any) -> AsyncIterator[Served]:
        async with serve(KlingOptions(painter="copy", workers=1, **options)) as served:
            yield served

    return opening


async def at(served: Served, examine: Examine, **given: object) -> Findings:
    """Run `check`, and assert that nothing was submitted."""
    before = len(served.book.tasks)
    found = await examine(KLING_BASE_URL=f"{served.url}/kling", **given)
    assert len(served.book.tasks) == before
    return found


async def paint(served: Served, *, external_id: str | None) -> None:
    provider = Provider(base_url=f"{served.url}/kling", credential=BearerKey("sk-sandbox"))
    async with KlingClient(provider, clock=SystemClock()) as kling:
        await kling.submit(
            ImageGeneration(model="kling-v3", prompt="x", external_task_id=external_id)
        )


async def test_a_good_key_at_kling_itself_is_all_in_order(opened: Opened, examine: Examine) -> None:
    async with opened() as served:
        found = await at(served, examine)

    assert found.is_sound
    for name in ("key", "reachable", "clock", "key accepted", "list call", "default model"):
        assert found.verdict(name) is Verdict.OK, name
    assert "100,000 units left, until 20" in found["packs"].found
    assert "9 images in flight" in found["slots"].found


@pytest.mark.parametrize(
    "flavour",
    ["dmxapi", "yunwu", "gpt-best", "crazyrouter-video", "302ai", "new-api", "duomi", "forgetful"],
)
async def test_every_gateway_takes_a_good_key_and_refuses_a_bad_one(
    flavour: str, opened: Opened, examine: Examine
) -> None:
    async with opened(flavour=flavour) as served:
        good = await at(served, examine)
        bad = await at(served, examine, KLING_API_KEY="sk-not-this-one-0000")

    assert good.is_sound, good.text
    assert bad.verdict("key accepted") is Verdict.BAD, bad.text
    assert "not-this-one" not in bad.text


async def test_a_key_of_another_region_is_explained(opened: Opened, examine: Examine) -> None:
    async with opened() as served:
        found = await at(served, examine, KLING_API_KEY="api-key-kling-of-another-region")

    assert not found.is_sound
    assert "belongs to another region or site" in found["key accepted"].fix
    assert "code 1002" in found["key accepted"].fix
    assert "list call" not in found  # no more checks are possible


async def test_signed_tokens_are_examined_too(opened: Opened, examine: Examine) -> None:
    async with opened() as served:
        pair = {"KLING_API_KEY": None, "KLING_ACCESS_KEY": ACCESS_KEY}
        good = await at(served, examine, **pair, KLING_SECRET_KEY=SECRET_KEY)
        bad = await at(served, examine, **pair, KLING_SECRET_KEY="another-one")

    assert good.verdict("key accepted") is Verdict.OK
    assert bad.verdict("key accepted") is Verdict.BAD


@pytest.mark.parametrize(
    ("code", "words"),
    [(1101, "in arrears"), (1102, "no money left"), (1304, "may not be used from this address")],
)
async def test_trouble_with_the_account_is_told_in_words(
    code: int, words: str, opened: Opened, examine: Examine
) -> None:
    async with opened() as served:
        served.plan.add(Rule.from_json(refusal_fault(code, times=None)))
        found = await at(served, examine)

    assert found.verdict("key accepted") is Verdict.BAD
    assert words in found["key accepted"].fix


async def test_a_gateway_that_knows_external_ids_is_proven_by_a_task_of_before(
    opened: Opened, examine: Examine
) -> None:
    async with opened(flavour="dmxapi") as served:
        unproven = await at(served, examine)
        await paint(served, external_id="mine")
        proven = await at(served, examine)

    assert unproven.verdict("external ids") is Verdict.OPEN
    assert (proven.verdict("external ids"), proven.is_sound) == (Verdict.OK, True)
    assert "tested with an earlier task" in proven["external ids"].found


@pytest.mark.parametrize(
    ("knows", "verdict"), [(True, Verdict.OK), (False, Verdict.WARN), (None, Verdict.OPEN)]
)
async def test_what_the_bot_has_learned_of_a_gateway_is_told(
    knows: bool | None, verdict: Verdict, opened: Opened, examine: Examine, tmp_path: Any
) -> None:
    async with opened(flavour="forgetful") as served:
        name = f"{served.url.removeprefix('http://')}/kling"
        async with Store(tmp_path / "repaint.db", provider=name) as store:
            await store.providers.learn(external_id=knows, list_call=False, now=NOON)
        found = await at(served, examine)

    assert found.verdict("external ids") is verdict
    assert found.is_sound
    assert "this gateway has none (the bot has detected this)" in found["list call"].found


async def test_a_gateway_that_answers_for_ids_nobody_has_can_not_be_trusted(
    examine: Examine,
) -> None:
    async with serve_script(Script()) as script:
        row = {"task_id": "x", "task_status": "processing"}
        script.say(says({"code": 0, "data": row}))
        found = await examine(KLING_BASE_URL=f"{script.url}/kling")

    assert found.verdict("external ids") is Verdict.WARN
    assert "cannot deny a task" in found["external ids"].found
    assert {asked.method for asked in script.asked} == {"GET"}


async def test_nobody_there_is_said_after_one_question(examine: Examine) -> None:
    found = await examine(KLING_BASE_URL="http://127.0.0.1:9/kling")

    assert found.verdict("reachable") is Verdict.BAD
    assert "127.0.0.1 did not answer" in found["reachable"].found
    assert "key accepted" not in found


@pytest.mark.parametrize(
    "step",
    [
        says_raw(b"<html>Welcome to nginx"),
        says_raw(b"<html>Bad Gateway", status=502),
        says({"error": {"message": "Invalid URL (GET /v1/images)", "code": ""}}, status=404),
        says_raw(b"", status=301, Location="https://elsewhere.example/"),
    ],
)
async def test_what_is_not_kling_s_api_is_called_so(step: Any, examine: Examine) -> None:
    async with serve_script(Script()) as script:
        script.say(step)
        found = await examine(KLING_BASE_URL=script.url)

    assert found.verdict("reachable") is Verdict.BAD
    assert found["reachable"].fix == f"KLING_BASE_URL is {script.url}"


async def test_silence_about_the_key_is_no_yes(examine: Examine) -> None:
    async with serve_script(Script()) as script:
        script.say(says({"detail": "Not Found"}, status=404))
        found = await examine(KLING_BASE_URL=script.url)

    assert found.verdict("reachable") is Verdict.WARN
    assert "a path such as /kling" in found["reachable"].fix
    assert found.verdict("key accepted") is Verdict.WARN
    assert "bot.py try" in found["key accepted"].fix
    assert found.is_sound


class LateClock(SystemClock):
    """A clock that is wrong by some seconds."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s

    def now(self) -> float:
        return super().now() + self._ahead_s


@pytest.mark.parametrize(
    ("ahead_s", "pair", "verdict", "words"),
    [
        (-60, False, Verdict.WARN, " s behind the provider's"),
        (900, False, Verdict.WARN, " s ahead of the provider's"),
        (900, True, Verdict.BAD, "signed tokens may be refused"),
    ],
)
async def test_a_clock_that_is_wrong_is_noticed(
    ahead_s: float,
    pair: bool,
    verdict: Verdict,
    words: str,
    opened: Opened,
    examine: Examine,
) -> None:
    keys = {"KLING_API_KEY": None, "KLING_ACCESS_KEY": ACCESS_KEY, "KLING_SECRET_KEY": SECRET_KEY}
    async with opened() as served:
        found = await at(served, examine, clock=LateClock(ahead_s), **(keys if pair else {}))

    assert found.verdict("clock") is verdict
    assert words in found["clock"].found


async def test_a_provider_that_hides_its_time_leaves_the_clock_open(examine: Examine) -> None:
    async with serve_script(Script()) as script:
        script.say(says({"code": 0, "data": []}, Date="long ago"))
        found = await examine(KLING_BASE_URL=script.url)

    assert found.verdict("clock") is Verdict.OPEN


async def test_an_unknown_model_is_named_with_the_known_ones(examine: Examine) -> None:
    found = await examine(KLING_MODEL="kling-v9", KLING_BASE_URL="http://127.0.0.1:9")

    assert not found.is_sound
    assert "kling-v3" in found["KLING_MODEL"].found


async def test_a_retired_model_on_a_gateway_is_a_warning_with_the_way_to_know(
    opened: Opened, examine: Examine
) -> None:
    async with opened(flavour="dmxapi") as served:
        found = await at(served, examine, KLING_MODEL="kling-v1-5")

    assert found.verdict("default model") is Verdict.WARN
    assert "2026-09-15" in found["default model"].found
    assert "--model kling-v1-5" in found["default model"].fix


@pytest.mark.parametrize(
    ("names", "verdict", "words"),
    [
        (["kling-v3", "kling-v2-1", "gpt-4o"], Verdict.OK, "on the gateway's list"),
        (["kling-v2-1", "kling-v1-5"], Verdict.WARN, "KLING_MODEL=kling-v2-1, or one of"),
        (["kling-video-only"], Verdict.WARN, "contains no model of models.toml"),
        (["gpt-4o"], Verdict.OK, "a current model"),
    ],
)
async def test_a_gateway_s_list_of_models_is_believed(
    names: list[str], verdict: Verdict, words: str, examine: Examine
) -> None:
    async with serve_script(Script()) as script:
        listed = [{"id": name, "object": "model"} for name in names]
        script.say(says({"code": 0, "data": listed}))
        found = await examine(KLING_BASE_URL=f"{script.url}/kling")
        paths = [asked.path for asked in script.asked]

    finding = found["default model"]
    assert finding.verdict is verdict
    assert words in finding.found + finding.fix
    assert "/v1/models" in paths


@pytest.mark.parametrize(
    ("packs", "verdict", "words"),
    [
        ([], Verdict.WARN, "no resource pack is in use"),
        ([("runOut", 0)], Verdict.WARN, "small: runOut"),
        ([("online", 80), ("expired", 9)], Verdict.WARN, "small: 80 units left"),
        ([("online", 400), ("online", 400)], Verdict.OK, "small: 400 units left, until 2027-01-15"),
    ],
)
async def test_resource_packs_are_counted(
    packs: list[tuple[str, int]], verdict: Verdict, words: str, examine: Examine
) -> None:
    infos = [
        {
            "resource_pack_name": "small",
            "status": status,
            "remaining_quantity": left,
            "total_quantity": 1000,
            "invalid_time": 1_800_000_000_000,
        }
        for status, left in packs
    ]
    async with serve_script(Script()) as script:
        script.say(says({"code": 0, "data": {"code": 0, "resource_pack_subscribe_infos": infos}}))
        found = await examine(KLING_BASE_URL=f"{script.url}/kling")

    assert found.verdict("packs") is verdict
    assert words in found["packs"].found


async def test_without_a_key_the_provider_is_not_asked(examine: Examine) -> None:
    async with serve_script(Script()) as script:
        script.say(says({}))
        found = await examine(KLING_API_KEY=None, KLING_BASE_URL=script.url)

    assert found.verdict("key") is Verdict.BAD
    assert script.asked == []


@pytest.mark.parametrize(
    ("key", "base_url", "words"),
    [
        ("sk-0123456789abcdef", "https://api-singapore.klingai.invalid", ""),
        ("api-key-kling-0123456789", "http://127.0.0.1:9/kling", "a key of Kling itself"),
        ("sk-1", "http://127.0.0.1:9/kling", "only 4 characters"),
    ],
)
async def test_a_key_of_the_wrong_shape_is_a_warning(
    key: str, base_url: str, words: str, examine: Examine
) -> None:
    found = await examine(KLING_API_KEY=key, KLING_BASE_URL="http://127.0.0.1:9/kling")

    assert words in found["key"].found
    assert key not in found.text
