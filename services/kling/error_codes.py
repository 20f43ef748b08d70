"""The provider's errors and what follows from each: retries, pauses, refunds, and notices.

The service code decides, never the HTTP status: 429 alone can be a rate limit, an exhausted balance
or a refused address (Kling, general page; what follows is our decision). Gateways of the new-api
family send words instead, and report an exhausted balance as 403, 502 or 503.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Literal

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
from services.kling.error_text import (
    CONTENT_WORDS,
    FETCH_WORDS,
    MODEL_WORDS,
    OPEN_WORDS,
    PICTURE_WORDS,
    PROMPT_WORDS,
    PURSE_WORDS,
    RATE_WORDS,
    REPEAT_WORDS,
    SLOT_WORDS,
)

Code = int | str
_BAD_REQUEST, _BAD_VALUE, _NO_RESOURCE, _NO_SLOT = 1200, 1201, 1203, 1303
_UNCLEAR = (5000, 5002)
"""Server errors that leave open whether a submission had been accepted before."""

_OPEN_STATUSES = (408, 409, 425, 499)
"""HTTP statuses after a time-out, a closed connection or a conflict, which prove nothing."""

BLOCKED, TLS = "blocked", "tls"
"""Our own codes: a proxy or firewall answered for the provider; the TLS connection failed."""

OWN_CODES = frozenset({BLOCKED, TLS, "unreadable", "no_picture"})
"""Our own codes; a provider's response that contains one of them does not mean the same."""

RETRY_AFTER_CAP_S = 600.0
"""The longest delay, in seconds, that a provider can demand; after it we ask again."""

_RETRY_AFTER_LEAST_S = 1.0
"""Kling demands at least a second; some servers send 0, or an instant in the past."""


class Retry(StrEnum):
    """Whether the same call may be repeated automatically."""

    NO = "no"
    YES = "yes"
    ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """The rule for one error: its type, and whether it is retried, refunded and reported."""

    raises: type[KlingError]
    retry: Retry = Retry.NO
    first_wait_s: float = 0.0
    cap_s: float = 0.0
    """Seconds before retry k (from 0): first_wait_s * 2**k, never above cap_s."""
    gives_back: bool = True
    """Whether units are refunded if the job ends with this error."""
    charges_try: bool = True
    """False: an attempt that only waits for a slot is not counted as failed."""
    pauses: Literal["provider", "model"] | None = None
    """What accepts no submissions until a probe succeeds; None: nothing is paused."""
    member: str = "generic"
    """Key of the text for the user."""
    operator: str | None = None
    """Key of the text for the operators; None: they are not notified."""


def _account(operator: str, *, retry: Retry = Retry.NO) -> CodeRule:
    return CodeRule(
        raises=KlingAccountProblem,
        retry=retry,
        pauses="provider",
        member="paused",
        operator=operator,
    )


def _refused(member: str, operator: str | None = None) -> CodeRule:
    return CodeRule(raises=KlingRefused, member=member, operator=operator)


def _later(
    raises: type[KlingError], first_wait_s: float, cap_s: float, *, member: str, operator: str
) -> CodeRule:
    return CodeRule(
        raises=raises,
        retry=Retry.YES,
        first_wait_s=first_wait_s,
        cap_s=cap_s,
        member=member,
        operator=operator,
        charges_try=raises is not KlingBusy,
    )


_MODEL = CodeRule(
    raises=KlingModelUnavailable, pauses="model", member="model_unavailable", operator="model"
)
_KEY = _account("bad_key")
_PURSE = _account("balance")
_CLOCK = _account("clock", retry=Retry.ONCE)
_RATE = _later(KlingBusy, 2, 60, member="busy", operator="rate_lasts")
_SLOTS = _later(KlingBusy, 2, 60, member="busy", operator="concurrency_lasts")
_SERVER = _later(KlingUnreachable, 2, 60, member="provider_down", operator="provider_down")
_MAINTENANCE = _later(KlingUnreachable, 30, 600, member="provider_down", operator="provider_down")
_TASK = CodeRule(raises=KlingTaskUnknown, member="task_lost", operator="task_unknown")
_OUR_BUG = _refused("generic", "our_bug")
_CONTENT = _refused("refused_content")
_PROTOCOL = CodeRule(raises=KlingProtocolError, member="generic", operator="protocol")
_UNREADABLE = _later(KlingProtocolError, 5, 60, member="provider_down", operator="protocol")
_BLOCKED = _later(KlingBlocked, 30, 300, member="blocked", operator="blocked")
_TLS = _later(KlingUnreachable, 30, 300, member="provider_down", operator="tls")
_TOO_LARGE = CodeRule(raises=KlingTooLarge, member="gateway_limit", operator="too_large")
_UNCERTAIN = CodeRule(raises=SubmitUncertain, member="checking", operator="uncertain")
_FAILED = CodeRule(raises=KlingTaskFailed, member="task_failed")

RULES: dict[Code, CodeRule] = {
    # Kling's own codes, general page.
    1000: _KEY,
    1001: _KEY,
    1002: _account("bad_key_or_region"),
    1003: _CLOCK,
    1004: _CLOCK,
    1100: _account("account"),
    1101: _account("arrears"),
    1102: _PURSE,
    1103: _MODEL,
    1200: _OUR_BUG,
    1201: _OUR_BUG,
    1202: _OUR_BUG,
    1203: _MODEL,
    1300: _refused("refused_policy"),
    1301: _CONTENT,
    1302: _RATE,
    1303: _SLOTS,
    1304: _account("address_list"),
    5000: _SERVER,
    5001: _MAINTENANCE,
    5002: _later(KlingUnreachable, 5, 120, member="provider_down", operator="provider_down"),
    # Codes of new-api, one-api and their derivatives.
    "insufficient_user_quota": _PURSE,
    "insufficient_quota": _PURSE,
    "quota_not_enough": _PURSE,
    "pre_consume_token_quota_failed": _PURSE,
    "insufficient_balance": _PURSE,
    "invalid_api_key": _KEY,
    "invalid_token": _KEY,
    "access_denied": _account("address_list"),
    "model_not_found": _MODEL,
    "model_price_error": _MODEL,
    "get_channel_failed": _MODEL,
    "no_available_channel": _MODEL,
    "task_not_exist": _TASK,
    "task_not_found": _TASK,
    "rate_limit_exceeded": _RATE,
    "sensitive_words_detected": _CONTENT,
    "content_policy_violation": _CONTENT,
    "moderation_blocked": _CONTENT,
    "prompt_blocked": _CONTENT,
    # Our own codes, for unusable responses.
    "unreadable": _UNREADABLE,
    "no_picture": _PROTOCOL,
    BLOCKED: _BLOCKED,
    TLS: _TLS,
}

BY_STATUS: dict[int, CodeRule] = {
    # Used only if there is no known code and no text with known words.
    401: _KEY,
    402: _PURSE,
    403: _account("forbidden"),
    404: _PROTOCOL,
    405: _PROTOCOL,
    408: _SERVER,
    413: _TOO_LARGE,
    429: _RATE,
}


def find_rule(
    code: Code | None, *, http_status: int, message: str = "", submitted: bool = True
) -> CodeRule:
    """Return the rule for an unsuccessful response; `submitted`: it answers a POST.

    A known code decides first, then words about balance or slots, then the HTTP status. A code 1203
    or a 404 for a single task means that the task is unknown, not the model or the path.
    """
    rule = RULES.get(code) if code is not None else None
    if not submitted and (
        code == _NO_RESOURCE or (rule is None and http_status == HTTPStatus.NOT_FOUND)
    ):
        return _TASK
    if rule is not None:
        return _in_detail(rule, message) if code in (_BAD_REQUEST, _BAD_VALUE) else rule
    return _by_words(http_status, message) or _by_status(http_status, message)


def rule_for(error: KlingError) -> CodeRule:
    """Return the rule (retry, pause, texts) for an error that the client raised."""
    if isinstance(error, KlingTaskFailed):
        return _find_failed_task_rule(error.code, error.message)
    if isinstance(error, SubmitUncertain):
        return _UNCERTAIN
    found = find_rule(error.code, http_status=error.http_status or 0, message=error.message)
    if type(error) is found.raises:
        return found
    return next((row for row in _BY_TYPE if type(error) is row.raises), _PROTOCOL)


_BY_TYPE = (_SERVER, _RATE, _OUR_BUG, _KEY, _MODEL, _TASK, _PROTOCOL, _BLOCKED, _TOO_LARGE)
"""Rules by error type, for errors whose code is unknown or does not fit."""


def wait_before_retry(error: KlingError, *, tries: int, jitter: float = 0.5) -> float:
    """Return the seconds to wait before the next attempt: the provider's own value first.

    Otherwise the rule's first delay, doubled for each of the `tries` so far, up to its cap, times
    0.5 to 1.5 according to `jitter` in [0, 1), so that jobs refused together do not return
    together.
    """
    asked_s = asked_wait(error)
    if asked_s is not None:
        return asked_s
    rule = rule_for(error)
    return min(rule.first_wait_s * 2.0 ** min(tries, 30), rule.cap_s) * (0.5 + jitter)


def asked_wait(error: KlingError) -> float | None:
    """Return the seconds that the provider asked us to wait, at most ten minutes.

    None if it did not ask, or for less than a second: our own delays grow with each attempt.
    """
    asked_s = error.retry_after_s
    if asked_s is None or asked_s < _RETRY_AFTER_LEAST_S:
        return None
    return min(asked_s, RETRY_AFTER_CAP_S)


def is_clear_refusal(rule: CodeRule, code: Code | None, http_status: int, *, message: str) -> bool:
    """Return whether a response to a POST proves that nothing was accepted.

    A known code does, and so do words about balance, slots, content or model, a 4xx, or a 2xx with
    a reason. A server error (5000, 5002, unknown 5xx), a redirect, HTTP 409 and time-outs do not.
    """
    if code in RULES:
        return code not in _UNCLEAR
    if OPEN_WORDS.search(message) and rule.member != "bad_picture":
        return False
    if rule in (_PURSE, _SLOTS, _CONTENT, _MODEL):
        return True
    if http_status < HTTPStatus.MULTIPLE_CHOICES:
        return bool(message)
    return http_status in range(400, 500) and http_status not in _OPEN_STATUSES


def has_known_code(error: KlingError) -> bool:
    """Return whether RULES has the error's own code, not just its words or HTTP status."""
    return error.code in RULES


def is_known_already(error: KlingError) -> bool:
    """Return whether our external_task_id was refused as a duplicate: it was accepted before.

    Kling does not document what it does with a repeated id; gateways may refuse it in such words.
    """
    return isinstance(error, KlingRefused) and bool(REPEAT_WORDS.search(error.message))


def could_not_fetch_picture(error: KlingError) -> bool:
    """Return whether the provider could not load an image's URL, so that the image must be sent."""
    return isinstance(error, KlingRefused) and bool(FETCH_WORDS.search(error.message))


def could_not_read_picture(error: KlingError) -> bool:
    """Return whether the provider rejects an image's base64, so that it must be encoded again."""
    return isinstance(error, KlingRefused) and "base64" in error.message.lower()


def _by_words(http_status: int, message: str) -> CodeRule | None:
    for words, row, counts in (
        (SLOT_WORDS, _SLOTS, True),
        (CONTENT_WORDS, _CONTENT, True),
        (MODEL_WORDS, _MODEL, True),
        # A quota of requests per minute does not mean that the balance is exhausted.
        (RATE_WORDS, _RATE, http_status == HTTPStatus.TOO_MANY_REQUESTS),
        # A 400 may quote the prompt, and "white balance" is not the account's balance.
        (PURSE_WORDS, _PURSE, http_status != HTTPStatus.BAD_REQUEST),
    ):
        if counts and words.search(message):
            return row
    return None


def _by_status(http_status: int, message: str) -> CodeRule:
    if http_status in BY_STATUS:
        return BY_STATUS[http_status]
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _SERVER
    if HTTPStatus.MULTIPLE_CHOICES <= http_status < HTTPStatus.BAD_REQUEST:
        return _PROTOCOL
    return _in_detail(_OUR_BUG, message)


def _in_detail(rule: CodeRule, message: str) -> CodeRule:
    """Return the rule with a more specific text if the message is about image or prompt."""
    for words, member in (
        (CONTENT_WORDS, "refused_content"),
        (PICTURE_WORDS, "bad_picture"),
        (PROMPT_WORDS, "bad_prompt"),
    ):
        if words.search(message):
            return replace(rule, member=member, operator=None)
    return rule


def _find_failed_task_rule(code: Code | None, reason: str) -> CodeRule:
    """Return the rule of a failed task, by its own known code or by its reason.

    Only a lack of slots is retried: the provider has examined the request in all other cases.
    """
    if code is None and SLOT_WORDS.search(reason):
        code = _NO_SLOT
    rule = RULES.get(code, _FAILED) if code is not None else _FAILED
    retry = Retry.YES if rule.raises is KlingBusy else Retry.NO
    rule = replace(rule, raises=KlingTaskFailed, retry=retry)
    return _in_detail(rule, reason) if rule.member in ("generic", "task_failed") else rule
