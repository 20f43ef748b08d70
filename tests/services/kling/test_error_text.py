"""Words for money, slots and content if there is no code: similar words do not match."""

from __future__ import annotations

import pytest

from services.errors import KlingAccountProblem, KlingBusy, KlingError, KlingRefused
from services.kling.error_codes import find_rule, is_clear_refusal

STATUS = 503

MONEY = (
    "user quota is not enough",
    "token quota is not enough, token remain quota: ＄0.142328, need quota: ＄0.161646",
    "预扣费额度失败, 用户剩余额度: ¥0.23, 需要预扣费额度: ¥0.29",
    "用户额度不足, 剩余额度: ＄-0.000002",
    "该令牌额度已用尽",
    "账户余额不足",
    "账户已欠费",
    "Insufficient Balance",
    "insufficient account balance (1008)",
    "insufficient_user_quota",
    "balance: 0.00 is not enough",
    "Your credit balance is too low",
    "You exceeded your current quota, please check your plan",
    "You have run out of credits",
    "The user's remaining quota is insufficient",
    "no credits left",
    "resource pack balance is not sufficient",
)
NO_MONEY = (
    "load balancer error",
    "no healthy upstream in the load balance group",
    "load-balance group has run out of backends",
    "insufficient capacity",
    "Insufficient resources to schedule the pod",
    "insufficient storage",
    "not enough GPUs",
    "the color balance is too low",
    "quota service unavailable",
    "could not read the balance",
    "error consuming token remain quota: failed to update user quota after max retries",
    "当前分组上游负载已饱和，请稍后再试",
)
SLOTS = (
    "parallel task over resource pack limit",
    "too many concurrent requests",
    "concurrency limit exceeded",
    "Maximum concurrency reached",
    "You have reached the concurrent task limit",
    "并发超限",
)
NO_SLOTS = (
    "java.util.concurrent.TimeoutException",
    "fatal error: concurrent map writes",
    "ConcurrentModificationException",
    "could not serialize access due to concurrent update",
    "timeout waiting for a concurrent worker",
)
CONTENT = (
    "content policy violation",
    "your prompt violates our guidelines",
    "sensitive words found",
    "Failure to pass the risk control system",
    "violation of the terms of service",
    "图片违规",
)
NO_CONTENT = (
    'duplicate key value violates unique constraint "tasks_external_id_key"',
    "access violation at 0x0",
    "names of headers are case-sensitive",
    "names of headers are case sensitive",
)


def means(words: str, kind: type[KlingError]) -> tuple[bool, bool]:
    """Return whether words are of that kind, and whether they prove that nothing was accepted."""
    rule = find_rule("x", http_status=STATUS, message=words)
    return rule.raises is kind, is_clear_refusal(rule, "x", STATUS, message=words)


@pytest.mark.parametrize("words", MONEY)
def test_rule_of_empty_purse_in_words_is_an_account_problem(words: str) -> None:
    assert means(words, KlingAccountProblem) == (True, True)


@pytest.mark.parametrize("words", SLOTS)
def test_rule_of_full_slots_in_words_is_busy(words: str) -> None:
    assert means(words, KlingBusy) == (True, True)


@pytest.mark.parametrize("words", CONTENT)
def test_rule_of_refused_content_in_words_is_a_refusal(words: str) -> None:
    assert means(words, KlingRefused) == (True, True)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        *((words, KlingAccountProblem) for words in NO_MONEY),
        *((words, KlingBusy) for words in NO_SLOTS),
        *((words, KlingRefused) for words in NO_CONTENT),
    ],
)
def test_rule_of_server_trouble_in_like_words_leaves_the_submission_open(
    words: str, kind: type[KlingError]
) -> None:
    """If the text counted as a refusal, the bot would retry or drop an accepted task."""
    assert means(words, kind) == (False, False)
