"""Every failure has a text at the terminal: what it means and what to do."""

from __future__ import annotations

import pytest

from services.cli.error_text import MEMBER, OPERATOR, OURS, format_error
from services.errors import (
    BotError,
    ConfigError,
    ImageTooLarge,
    KlingAccountProblem,
    KlingBlocked,
    KlingError,
    KlingProtocolError,
    KlingTaskFailed,
    KlingUnreachable,
    OptionNotCarried,
    RequestError,
    SubmitUncertain,
    UnknownModel,
    UnsupportedImage,
)
from services.kling import rule_for
from services.kling.error_codes import BY_STATUS, RULES

HOST = "kling.example"


@pytest.mark.parametrize("code", [one for one in RULES if one not in ("blocked", "tls")], ids=str)
def test_every_code_of_the_table_is_told_in_words(code: int | str) -> None:
    rule = RULES[code]
    error = rule.raises("their words", code=code, http_status=400, request_id="R1")

    words = format_error(error, host=HOST)

    assert "The provider refused." not in words or rule.member == "generic"
    assert "{" not in words
    assert words.endswith(f"Its message: “their words”. (code {code}, HTTP 400, request R1)")


@pytest.mark.parametrize("kind", [KlingBlocked, SubmitUncertain])
def test_block_on_the_way_is_told_with_host_status_and_sender(kind: type[KlingError]) -> None:
    error = kind("“error code: 1010”, from cloudflare", code="blocked", http_status=403)

    words = format_error(error, host=HOST)

    assert words.startswith(f"Blocked on the way to {HOST}")
    assert "Its message: “error code: 1010”, from cloudflare." in words
    assert "HTTP 403" in words


def test_failed_tls_names_host_and_remedy() -> None:
    error = KlingUnreachable(f"the certificate of {HOST} has expired: renew it", code="tls")

    words = format_error(error, host=HOST)

    assert words.startswith(f"No secure connection to {HOST}. the certificate of {HOST}")
    assert "did not answer" not in words


def test_no_sentence_is_missing_and_each_ends_as_one() -> None:
    keys = {rule.operator for rule in (*RULES.values(), *BY_STATUS.values()) if rule.operator}

    assert not keys - OPERATOR.keys()
    assert all(text.endswith(".") for text in (*OPERATOR.values(), *MEMBER.values()))
    assert all(text.format(host=HOST) for text in OPERATOR.values())


def test_a_key_of_another_region_is_explained_with_the_host() -> None:
    error = KlingAccountProblem("api key not found", code=1002, http_status=401)

    words = format_error(error, host="api-singapore.klingai.com")

    assert words.startswith("api-singapore.klingai.com does not know this key.")
    assert "another region" in words


def test_silence_and_rubbish_are_different_things() -> None:
    silent = format_error(KlingUnreachable("ClientConnectorError"), host=HOST)
    rubbish = format_error(KlingProtocolError(code="unreadable", http_status=200), host=HOST)

    assert "did not answer" in silent
    assert "is not one of Kling's image API" in rubbish


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Failure to pass the risk control system", "content rules"),
        ("Image pixel is invalid", "cannot use this image"),
        ("parallel task over resource pack limit", "All slots of the account are in use"),
        ("", "The task failed."),
    ],
)
def test_a_failed_task_is_told_by_its_reason(reason: str, words: str) -> None:
    error = KlingTaskFailed(reason, request_id="T1")

    assert words in format_error(error, host=HOST)
    assert rule_for(error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OptionNotCarried(option="human_fidelity", model="m"),
            "m does not support --human-fidelity.",
        ),
        (
            OptionNotCarried(option="text", model="m"),
            "m does not support a prompt without an image.",
        ),
        (ImageTooLarge(found=60_000_000, allowed=50_000_000, unit="bytes"), "60.0 MB, at most 50"),
        (UnsupportedImage("a \x1b[31mHEIC"), "read (a  [31mHEIC)."),
        (UnknownModel("{evil}"), "no model {evil}"),
        (ConfigError(["A: missing", "B: wrong"]), "A: missing; B: wrong"),
        (FileNotFoundError(2, "No such file or directory", "cat.png"), "cat.png: No such file"),
        (OSError(28, "No space left on device"), "No space left on device."),
    ],
)
def test_our_own_refusals_say_what_to_mend(error: BotError | OSError, words: str) -> None:
    assert words in format_error(error, host=HOST)


def test_a_request_error_without_words_of_its_own_still_has_some() -> None:
    worded = set(OURS) | {OptionNotCarried, ImageTooLarge}

    for kind in RequestError.__subclasses__():
        if kind not in worded:
            assert kind.__name__ in format_error(kind.__new__(kind), host=HOST)


def test_what_the_provider_says_is_cut_and_cleaned() -> None:
    error = KlingError("x" * 1000 + "\n", code="strange\x1b", http_status=418, retry_after_s=7)

    words = format_error(error, host=HOST)

    assert len(words) < 600
    assert "\x1b" not in words
    assert words.endswith("HTTP 418, wait 7 s)")
