"""Log records name their job and never contain a secret, whichever logger wrote them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common import logging as logs
from services.common.logging import CONTROLS, Redaction, job_context, set_up

OURS = "s3cret/with+signs&more"

# Assembled here, so that no scanner takes them for real ones.
BOT_TOKEN = ".".join(
    [base64.b64encode(b"123456789012345678").decode(), "GhIjKl", "canary_" + "x" * 31]
)
REPLY_TOKEN = base64.b64encode(b"interaction:123456789:canary" + b"x" * 60).decode()
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJjYW5hcnkifQ.canary-signature"

CANARIES = {
    "bot token": (BOT_TOKEN, f"logging in with {BOT_TOKEN}"),
    "provider key": ("sk-canary0123456789", "the key is sk-canary0123456789, is it not"),
    "kling key": ("canaryA1b2", "key=api-key-kling-canaryA1b2"),
    "webhook secret": ("canaryc2VjcmV0", "verified with whsec_canaryc2VjcmV0"),
    "jwt": (JWT, f"signed {JWT}"),
    "bearer": ("canary.1234", "sent Bearer canary.1234"),
    "header": ("canary1234", "{'Authorization': 'Bot canary1234', 'X': '1'}"),
    "other header": ("canary1234", "headers: authorization=canary1234"),
    "reply token": (REPLY_TOKEN, f"token: {REPLY_TOKEN}"),
    "webhook": ("canaryToken", "POST https://discord.com/api/v10/webhooks/12/canaryToken/messages"),
    "interaction": (
        "canaryToken",
        "https://discord.com/api/v10/interactions/12/canaryToken/callback",
    ),
    "signed link": ("canary", "https://cdn.example/a.png?ex=canary1&is=canary2&hm=canary3&"),
    "result link": ("canary", "https://cdn.example/a.png?x-kcdn-sign=canary1&auth_key=canary2"),
    "cloud link": ("canary", "https://s3.example/a?X-Amz-Signature=canary&X-Amz-Credential=canary"),
    "ours": (OURS, f"it is {OURS}"),
    "ours, quoted": ("s3cret", "https://x.example/s3cret%2Fwith%2Bsigns%26more/callback"),
}

LOGGERS = [
    "",
    "services.kling",
    "discord",
    "discord.http",
    "discord.gateway",
    "discord.webhook.async_",
    "aiohttp.access",
    "aiohttp.client",
    "asyncio",
    "py.warnings",
]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", *logs.CHATTY)]
    before = [(each, each.level, each.handlers[:]) for each in loggers]
    yield
    for each, level, handlers in before:
        each.setLevel(level)
        each.handlers[:] = handlers
    logging.captureWarnings(capture=False)


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> io.StringIO:
    stream = io.StringIO()
    set_up("debug", request.param, secrets=[OURS], stream=stream)
    return stream


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    set_up("info", "text", stream=stream)
    return stream


def our_handler() -> logging.StreamHandler[Any]:
    """Return the handler that `set_up` put on the root, next to pytest's own."""
    handlers = logging.getLogger().handlers
    (ours,) = (each for each in handlers if type(each).__module__ == logs.__name__)
    assert isinstance(ours, logging.StreamHandler)
    return ours


@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize("canary", CANARIES)
def test_no_secret_is_written_by_any_logger(canary: str, logger: str, written: io.StringIO) -> None:
    secret, sentence = CANARIES[canary]
    log = logging.getLogger(logger)
    log.warning(sentence)
    log.error("as an argument: %s", sentence)
    log.error("inside one: %r", {"text": [sentence]})
    assert written.getvalue().count("\n") == 3
    assert secret not in written.getvalue()
    assert logs.HIDDEN in written.getvalue()


@pytest.mark.parametrize("canary", CANARIES)
def test_no_secret_is_written_with_a_traceback(canary: str, written: io.StringIO) -> None:
    secret, sentence = CANARIES[canary]
    error = OSError(sentence)
    logging.getLogger("services").error("it failed", exc_info=error, stack_info=True)
    assert "OSError" in written.getvalue()
    assert secret not in written.getvalue()


def test_a_line_that_can_not_be_written_gives_nothing_away(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    record = logging.LogRecord("services", logging.ERROR, "x.py", 7, "%s and %s", (OURS,), None)
    our_handler().handle(record)
    assert "log line lost: services" in written.getvalue()
    assert OURS not in written.getvalue() + "".join(capsys.readouterr())


def test_a_warning_of_python_becomes_a_line(written: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"deprecated: {OURS}", DeprecationWarning, stacklevel=1)
    assert "deprecated" in written.getvalue()
    assert OURS not in written.getvalue()


@pytest.mark.parametrize(
    "logger", ["discord.gateway", "discord.http", "aiohttp.access", "PIL.Image"]
)
def test_libraries_that_log_payloads_never_reach_debug(logger: str, written: io.StringIO) -> None:
    logging.getLogger(logger).debug("For Shard ID 0: WebSocket Event: a member's prompt")
    assert written.getvalue() == ""
    logging.getLogger(logger).info("connected")
    assert "connected" in written.getvalue()


def test_a_higher_level_holds_for_libraries_too() -> None:
    stream = io.StringIO()
    set_up("error", "text", stream=stream)
    logging.getLogger("discord.gateway").warning("reconnecting")
    assert stream.getvalue() == ""


def test_what_is_harmless_stays_readable() -> None:
    harmless = [
        "job 01JDCANARY0123456789ABCDEF accepted: 3 of 10 left",
        "the bot is connected as Repaint, ask-anything in task-queue",
        "GET https://api.example/kling/v1/images/generations/abc-123?pageNum=1&pageSize=5",
        "version 2.7.1, services.kling.client",
        "POST /webhooks/ without a token",
    ]
    for sentence in harmless:
        assert Redaction([OURS])(sentence) == sentence


def test_what_is_blanked_still_says_what_it_was() -> None:
    redact = Redaction(["sandbox-token"])
    assert (
        redact("PATCH /webhooks/12/abc/messages/@original")
        == "PATCH /webhooks/12/***/messages/@original"
    )
    assert redact("/a.png?ex=1f&width=300&hm=ab") == "/a.png?ex=***&width=300&hm=***"
    assert redact("Bearer sk-abcdefgh") == "Bearer ***"
    assert redact("{'authorization': 'Bot abcdef'}") == "{'authorization ***'}"
    assert redact("token sandbox-token!") == "token ***!"


def test_a_very_short_secret_does_not_blank_every_line() -> None:
    assert Redaction(["a"])("a banana") == "a banana"


@given(st.text(min_size=6, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_never_gets_through(secret: str, before: str, after: str) -> None:
    shown = Redaction([secret])(f"{before}{secret}{after}")
    assert secret not in shown.replace(logs.HIDDEN, "") or secret in before + after


# --- Lines


async def test_each_line_says_which_job_it_is_about(lines: io.StringIO) -> None:
    log = logging.getLogger("services.engine")

    async def step(job_id: str, guild_id: int | None) -> None:
        with job_context(job_id, guild_id):
            await asyncio.sleep(0)
            log.info("sent")

    await asyncio.gather(step("job1", 5), step("job2", None))
    with job_context(None, 5):
        log.info("asked")
    log.info("idle")
    words = [line.partition(" ")[2] for line in lines.getvalue().splitlines()]
    assert words == [
        "INFO services.engine [job job1 server 5] sent",
        "INFO services.engine [job job2] sent",
        "INFO services.engine [server 5] asked",
        "INFO services.engine idle",
    ]


def test_json_lines_carry_the_same_as_fields() -> None:
    stream = io.StringIO()
    set_up("info", "json", stream=stream)
    with job_context("job1", 5):
        logging.getLogger("services").warning("größer\nals %d", 3)
    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "services",
        "message": "größer\nals 3",
        "job_id": "job1",
        "guild_id": 5,
    }


def test_foreign_text_can_not_forge_a_line_or_move_the_cursor(lines: io.StringIO) -> None:
    logging.getLogger("cogs").info("name: %s", "x\n2026-11-22 CRITICAL forged\x1b[2J\r")
    first, second = lines.getvalue().splitlines()
    assert first.endswith("name: x")
    assert second == "    2026-11-22 CRITICAL forged?[2J?"


EVERY_CONTROL = [
    letter
    for letter in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in "\t\n"
]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_control_or_format_character_is_written(form: Literal["text", "json"]) -> None:
    assert len(EVERY_CONTROL) > 2_200
    stream = io.StringIO()
    set_up("info", form, stream=stream)
    for start in range(0, len(EVERY_CONTROL), 200):
        logging.getLogger("cogs").info("a%sz", "".join(EVERY_CONTROL[start : start + 200]))

    written = stream.getvalue()
    assert not set(EVERY_CONTROL) & set(written)
    assert len(written.splitlines()) == -(-len(EVERY_CONTROL) // 200)
    assert "log line lost" not in written


@pytest.mark.parametrize(
    "text",
    [
        "\x9b2J",
        "\x85next",
        "\u2028next",
        "\u202etxt.exe",
        "\u2066x\u2069",
        "\ufeff",
        "\udc80",
        "\x7f",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_foreign_text_is_plain_in_messages_and_in_tracebacks(
    form: Literal["text", "json"], text: str
) -> None:
    stream = io.StringIO()
    set_up("info", form, stream=stream)
    try:
        int(f"1{text}1")
    except ValueError as error:
        error.add_note(f"named {text}")
        logging.getLogger("cogs").exception("name: %s", text)

    written = stream.getvalue()
    assert text not in written
    assert "named ?" in written
    assert "name: ?" in written
    if form == "json":
        [line] = written.splitlines()
        assert json.loads(line)["message"] == "name: " + CONTROLS.sub("?", text)


def test_letters_of_all_languages_and_emoji_are_written(lines: io.StringIO) -> None:
    text = "Ölgemälde 水墨 مرسوم ציור จิตรกรรม 🎨 \u00a0 e\u0301"
    logging.getLogger("cogs").info("%s", text)
    assert text in lines.getvalue()


def test_setting_up_again_replaces_what_was_set_up(lines: io.StringIO) -> None:
    again = io.StringIO()
    set_up("debug", "text", stream=again)
    logging.getLogger("services").debug("once")
    assert lines.getvalue() == ""
    assert again.getvalue().count("once") == 1


def test_the_log_goes_to_stderr() -> None:
    set_up("info", "text")
    assert our_handler().stream is sys.stderr
