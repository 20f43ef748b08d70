"""Every gateway words refused content in its own way; all of them are recognised as such."""

from __future__ import annotations

import pytest

from services.errors import KlingRefused, SubmitUncertain
from services.kling import ImageGeneration, KlingClient, make_failure, rule_for
from tests.services.kling.scripted_provider import Script, says

WORDS = ImageGeneration(model="kling-v3", prompt="a fox")


def openai(message: str = "Your request was rejected.", **error: object) -> dict[str, object]:
    """A refusal as OpenAI words it."""
    return {"error": {"message": message, "param": None, **error}}


CONTENT = [
    (400, openai(type="image_generation_user_error", code="moderation_blocked")),
    (400, openai(type="invalid_request_error", code="content_policy_violation")),
    (400, openai(type="content_policy_violation", code=None)),
    (400, openai(type="moderation_blocked")),
    (403, openai(type="upstream_error", code="moderation_blocked")),
    (500, openai(type="upstream_error", code="moderation_blocked")),
    (502, openai(type="content_filter", code="502")),
    (400, openai(type="bad_response_status_code", code="content_safety_violation")),
    (400, openai(code="prompt_moderation_flagged")),
    (400, openai(code="UNSAFE_CONTENT")),
    (400, {"code": "DataInspectionFailed", "message": "Input data may be unsuitable."}),
    (400, {"code": "moderation_blocked", "message": "no", "data": None}),
    (200, {"code": "content_policy_violation", "message": "no"}),
    (200, openai(code="moderation_blocked")),
    (200, {"code": 400, "data": {"code": "moderation_blocked"}}),
    (400, {"code": 400, "message": "no", **openai(code="moderation_blocked")}),
    (400, openai("Your request was rejected by the safety system: moderation_blocked")),
]


@pytest.mark.parametrize(("status", "body"), CONTENT)
async def test_moderation_text_of_each_gateway_is_a_content_refusal(
    kling: KlingClient, script: Script, status: int, body: object
) -> None:
    script.say(says(body, status=status))
    with pytest.raises(KlingRefused) as caught:
        await kling.submit(WORDS)
    assert rule_for(caught.value).member == "refused_content"


@pytest.mark.parametrize(
    "error",
    [
        {"code": "moderation_blocked", "type": "image_generation_user_error"},
        {"code": None, "type": "content_policy_violation"},
        {"code": "task_failed", "type": "content_filter"},
        {"code": "CONTENT_MODERATED"},
    ],
)
async def test_failed_task_with_moderation_text_is_a_content_refusal(
    kling: KlingClient, script: Script, error: dict[str, object]
) -> None:
    data = {"task_id": "T", "status": "failed", "error": {"message": "rejected", **error}}
    script.say(says({"code": "success", "data": data}))
    failure = make_failure(await kling.fetch("T"))
    assert failure is not None
    assert rule_for(failure).member == "refused_content"


@pytest.mark.parametrize("code", ["moderation_unavailable", "moderation_timeout"])
async def test_moderation_out_of_order_is_no_refusal_of_content(
    kling: KlingClient, script: Script, code: str
) -> None:
    script.say(says(openai("upstream is away", code=code), status=503))
    with pytest.raises(SubmitUncertain):
        await kling.submit(WORDS)
