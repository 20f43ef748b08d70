"""Every refusal by its code: exception, retry, refund and the texts for users."""

from __future__ import annotations

import pytest

from services.errors import (
    KlingAccountProblem,
    KlingBlocked,
    KlingBusy,
    KlingError,
    KlingModelUnavailable,
    KlingProtocolError,
    KlingRefused,
    KlingTaskFailed,
    KlingTaskUnknown,
    KlingTooLarge,
    KlingUnreachable,
    SubmitUncertain,
)
from services.kling import (
    ImageGeneration,
    KlingClient,
    Retry,
    could_not_fetch_picture,
    could_not_read_picture,
    has_known_code,
    is_known_already,
    rule_for,
)
from services.kling.error_mapping import ErrorResponse, refusal
from tests.services.kling.scripted_provider import (
    TOO_LONG,
    TOO_LONG_UNPACKED,
    Script,
    Step,
    says,
    says_raw,
)

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")

# code, HTTP status, what a submission raises, retry, member key, operator key, what it pauses
TABLE = [
    (1000, 401, KlingAccountProblem, "no", "paused", "bad_key", "provider"),
    (1001, 401, KlingAccountProblem, "no", "paused", "bad_key", "provider"),
    (1002, 401, KlingAccountProblem, "no", "paused", "bad_key_or_region", "provider"),
    (1003, 401, KlingAccountProblem, "once", "paused", "clock", "provider"),
    (1004, 401, KlingAccountProblem, "once", "paused", "clock", "provider"),
    (1100, 429, KlingAccountProblem, "no", "paused", "account", "provider"),
    (1101, 429, KlingAccountProblem, "no", "paused", "arrears", "provider"),
    (1102, 429, KlingAccountProblem, "no", "paused", "balance", "provider"),
    (1103, 403, KlingModelUnavailable, "no", "model_unavailable", "model", "model"),
    (1200, 400, KlingRefused, "no", "generic", "our_bug", None),
    (1201, 400, KlingRefused, "no", "generic", "our_bug", None),
    (1202, 404, KlingRefused, "no", "generic", "our_bug", None),
    (1203, 404, KlingModelUnavailable, "no", "model_unavailable", "model", "model"),
    (1300, 400, KlingRefused, "no", "refused_policy", None, None),
    (1301, 400, KlingRefused, "no", "refused_content", None, None),
    (1302, 429, KlingBusy, "yes", "busy", "rate_lasts", None),
    (1303, 429, KlingBusy, "yes", "busy", "concurrency_lasts", None),
    (1304, 429, KlingAccountProblem, "no", "paused", "address_list", "provider"),
    (5000, 500, SubmitUncertain, "no", "checking", "uncertain", None),
    (5001, 503, KlingUnreachable, "yes", "provider_down", "provider_down", None),
    (5002, 504, SubmitUncertain, "no", "checking", "uncertain", None),
]
COLUMNS = ("code", "status", "kind", "retry", "member", "operator", "pauses")


async def refused(kling: KlingClient, script: Script, step: Step) -> KlingError:
    """Submit and return how it was refused."""
    script.say(step)
    with pytest.raises(KlingError) as caught:
        await kling.submit(WORDS)
    return caught.value


async def unanswered(kling: KlingClient, script: Script, step: Step) -> KlingError:
    """Poll a task and return why there was no answer."""
    script.say(step)
    with pytest.raises(KlingError) as caught:
        await kling.fetch("T1")
    return caught.value


@pytest.mark.parametrize(COLUMNS, TABLE, ids=[str(row[0]) for row in TABLE])
async def test_refused_submission_raises_the_error_of_its_row(
    kling: KlingClient,
    script: Script,
    code: int,
    status: int,
    kind: type[KlingError],
    retry: str,
    member: str,
    operator: str | None,
    pauses: str | None,
) -> None:
    body = {"code": code, "message": "words", "request_id": "R7"}
    error = await refused(kling, script, says(body, status=status))
    assert type(error) is kind
    assert (error.code, error.http_status) == (code, status)
    assert (error.request_id, error.message) == ("R7", "words")
    rule = rule_for(error)
    assert (rule.retry, rule.member, rule.operator) == (Retry(retry), member, operator)
    assert rule.pauses == pauses
    assert rule.gives_back


@pytest.mark.parametrize("code", [row[0] for row in TABLE])
@pytest.mark.parametrize("status", [200, 400, 429, 500])
async def test_refusal_is_mapped_by_code_before_status(
    kling: KlingClient, script: Script, code: int, status: int
) -> None:
    error = await refused(kling, script, says({"code": str(code), "message": "x"}, status=status))
    assert type(error) is next(row[2] for row in TABLE if row[0] == code)


@pytest.mark.parametrize("code", [5000, 5001, 5002])
async def test_poll_after_a_server_error_may_be_retried(
    kling: KlingClient, script: Script, code: int
) -> None:
    error = await unanswered(kling, script, says({"code": code, "message": "x"}, status=500))
    assert type(error) is KlingUnreachable
    assert rule_for(error).retry is Retry.YES


@pytest.mark.parametrize(
    "step",
    [
        says({"code": 1203, "message": "not found"}, status=404),
        says({"code": "task_not_exist", "message": "task_not_exist"}, status=400),
        says({"error": {"message": "no such task", "type": "new_api_error"}}, status=404),
    ],
)
async def test_unknown_task_is_not_taken_for_an_unknown_model(
    kling: KlingClient, script: Script, step: Step
) -> None:
    assert type(await unanswered(kling, script, step)) is KlingTaskUnknown


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"code": "insufficient_user_quota", "message": "x"}, 403, KlingAccountProblem),
        ({"code": "quota_not_enough", "message": "x"}, 403, KlingAccountProblem),
        ({"code": "pre_consume_token_quota_failed", "message": "x"}, 403, KlingAccountProblem),
        ({"error": {"message": "x", "code": "invalid_api_key"}}, 401, KlingAccountProblem),
        ({"error": {"message": "x", "code": "model_not_found"}}, 503, KlingModelUnavailable),
        ({"error": {"message": "模型 kling-v3 无可用渠道"}}, 503, KlingModelUnavailable),
        ({"error": {"message": "Insufficient Balance"}}, 502, KlingAccountProblem),
        ({"error": {"message": "用户额度不足"}}, 403, KlingAccountProblem),
        ({"data": {"error": {"message": "账户余额不足"}}, "code": 7}, 503, KlingAccountProblem),
        ({"code": 0, "data": {"code": 1102, "msg": "no money"}}, 200, KlingAccountProblem),
        ({"code": "fail_to_fetch_task", "message": "欠费"}, 500, KlingAccountProblem),
        ({"code": "x", "message": "parallel task over resource pack limit"}, 500, KlingBusy),
        ({"error": {"message": "sensitive words found"}}, 403, KlingRefused),
        ({"error": {"message": "x"}}, 401, KlingAccountProblem),
        ({"error": {"message": "x"}}, 402, KlingAccountProblem),
        ({"error": {"message": "x"}}, 403, KlingAccountProblem),
        ({"error": {"message": "x"}}, 404, KlingProtocolError),
        ({"error": {"message": "x"}}, 408, SubmitUncertain),
        ({"error": {"message": "x"}}, 413, KlingTooLarge),
        ({"error": {"message": "x"}}, 422, KlingRefused),
        ({"error": {"message": "x"}}, 429, KlingBusy),
        ({"error": {"message": "x"}}, 500, SubmitUncertain),
        ({"error": {"message": "x"}}, 200, KlingRefused),
        ({"error": {"message": "white balance, please"}}, 400, KlingRefused),
        ({"error": {"message": "quota of 10 requests per minute exceeded"}}, 429, KlingBusy),
        ({"error": {"message": "请求过于频繁, 额度: 10 次"}}, 429, KlingBusy),
        ({"error": {"message": "You exceeded your current quota"}}, 429, KlingAccountProblem),
        ({"success": False, "message": "no right to this path"}, 200, KlingRefused),
        ({"success": False}, 200, SubmitUncertain),
        ({"code": "x", "data": ["?"], "id": [], "message": 7}, 200, SubmitUncertain),
    ],
)
async def test_gateway_refusal_is_mapped_by_text_then_by_status(
    kling: KlingClient, script: Script, body: object, status: int, kind: type[KlingError]
) -> None:
    assert type(await refused(kling, script, says(body, status=status))) is kind


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_of_an_api_call_is_not_followed(
    kling: KlingClient, script: Script, status: int
) -> None:
    step = says_raw(b"", status=status, Location=f"{script.url}/elsewhere")
    error = await unanswered(kling, script, step)
    assert type(error) is KlingBlocked
    assert "leads to 127.0.0.1" in error.message
    assert len(script.asked) == 1


async def test_unknown_code_with_a_task_id_is_an_accepted_task(
    kling: KlingClient, script: Script
) -> None:
    """Refusing it would leave a task behind that is billed and never fetched."""
    script.say(says({"code": 200, "data": {"task_id": "T5"}}))
    assert (await kling.submit(WORDS)).task_id == "T5"


@pytest.mark.parametrize(
    ("message", "member", "operator"),
    [
        ("File is not in a valid base64 format", "bad_picture", None),
        ("Image pixel is invalid", "bad_picture", None),
        ("Length of prompt must be less than 2500", "bad_prompt", None),
        ("n value '12' is invalid", "generic", "our_bug"),
        ("image_fidelity is not supported by this model", "generic", "our_bug"),
        ("The images must be larger than 300 pixels", "bad_picture", None),
        ("提示词包含敏感词", "refused_content", None),
    ],
)
async def test_bad_value_is_reported_to_user_or_operator(
    kling: KlingClient, script: Script, message: str, member: str, operator: str | None
) -> None:
    for code in (1200, 1201):
        error = await refused(kling, script, says({"code": code, "message": message}, status=400))
        rule = rule_for(error)
        assert (rule.member, rule.operator) == (member, operator)
        assert could_not_read_picture(error) == ("base64" in message)


@pytest.mark.parametrize(
    ("message", "is_so"),
    [
        ("failed to download image from url", True),
        ("Unable to access the image url", True),
        ("image url is invalid", True),
        ("图片下载失败", True),
        ("Image pixel is invalid", False),
    ],
)
def test_could_not_fetch_picture_recognises_unreachable_links(message: str, is_so: bool) -> None:
    assert could_not_fetch_picture(KlingRefused(message, code=1201)) is is_so


@pytest.mark.parametrize(
    ("reason", "member", "retry"),
    [
        ("Failure to pass the risk control system", "refused_content", Retry.NO),
        ("Image pixel is invalid", "bad_picture", Retry.NO),
        ("parallel task over resource pack limit", "busy", Retry.YES),
        ("no luck", "task_failed", Retry.NO),
        ("", "task_failed", Retry.NO),
    ],
)
def test_failed_task_is_mapped_by_its_reason(reason: str, member: str, retry: Retry) -> None:
    rule = rule_for(KlingTaskFailed(reason))
    assert (rule.member, rule.retry, rule.gives_back) == (member, retry, True)


@pytest.mark.parametrize("kind", KlingError.__subclasses__())
def test_rule_for_covers_every_error_without_a_code(kind: type[KlingError]) -> None:
    assert rule_for(kind("")).raises is kind


@pytest.mark.parametrize(
    "step",
    [
        says_raw(b""),
        says_raw(b"[1,2,3]", content_type="application/json"),
        says_raw(b'{"code":0,"data":{"task_id', content_type="application/json"),
        says_raw(b"[" * 100_000, content_type="application/json"),
        says_raw(b'{"code": 0, "data": "\xff\xfe', content_type="application/json"),
        TOO_LONG,
        TOO_LONG_UNPACKED,
    ],
)
async def test_unreadable_page_is_retried(kling: KlingClient, script: Script, step: Step) -> None:
    error = await unanswered(kling, script, step)
    assert type(error) is KlingProtocolError
    assert (error.code, rule_for(error).retry) == ("unreadable", Retry.YES)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_gateway_error_page_is_unreachable(
    kling: KlingClient, script: Script, status: int
) -> None:
    step = says_raw(b"<html>Bad Gateway</html>", status=status)
    assert type(await unanswered(kling, script, step)) is KlingUnreachable


def test_refusal_text_of_the_provider_is_not_in_the_error() -> None:
    error = KlingRefused("your prompt 'secret fox' is bad", code=1301, request_id="R")
    assert "fox" not in str(error)
    assert "fox" not in repr(error)


@pytest.mark.parametrize(
    ("message", "is_so"),
    [
        ("external_task_id job1 already exists", True),
        ("duplicate entry: the external task id must be unique", True),
        ("external_task_id is duplicated", True),
        ("Duplicate external_task_id", True),
        ("duplicated value for field 'external_task_id'", True),
        ("the task already exists", True),
        ("任务已存在", True),
        ("重复的 external_task_id", True),
        ("external_task_id is too long", False),
        ("task_ids or external_task_ids is required", False),
    ],
)
def test_is_known_already_recognises_repeated_ids(message: str, is_so: bool) -> None:
    assert is_known_already(KlingRefused(message, code=1201)) is is_so


@pytest.mark.parametrize(
    ("code", "reason", "member", "pauses", "retry"),
    [
        (1301, "content refused", "refused_content", None, Retry.NO),
        (1102, "no luck", "paused", "provider", Retry.NO),
        (1103, "no luck", "model_unavailable", "model", Retry.NO),
        (1303, "no luck", "busy", None, Retry.YES),
        (5000, "no luck", "provider_down", None, Retry.NO),
        (1201, "Image pixel is invalid", "bad_picture", None, Retry.NO),
        ("task_failed", "content moderation failed", "refused_content", None, Retry.NO),
    ],
)
def test_failed_task_is_mapped_by_its_own_code(
    code: int | str, reason: str, member: str, pauses: str | None, retry: Retry
) -> None:
    rule = rule_for(KlingTaskFailed(reason, code=code))
    assert (rule.member, rule.pauses, rule.retry) == (member, pauses, retry)
    assert rule.raises is KlingTaskFailed


def test_has_known_code_is_true_for_table_codes_only() -> None:
    assert has_known_code(KlingAccountProblem(code=1102))
    assert not has_known_code(KlingAccountProblem(http_status=403))


@pytest.mark.parametrize(
    ("status", "is_open"), [(400, True), (422, True), (401, False), (402, False), (429, False)]
)
def test_refusal_that_names_a_task_is_open_unless_the_status_says_why(
    status: int, is_open: bool
) -> None:
    body = {"error": {"message": "refused"}, "data": {"task_id": "T1"}}
    error = refusal(ErrorResponse(http_status=status, body=body), submitted=True)

    assert isinstance(error, SubmitUncertain) is is_open
