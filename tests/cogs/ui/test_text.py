"""Errors, outcomes and alerts as the code makes them: each has words in every language."""

from __future__ import annotations

from collections.abc import Iterator

import discord
import pytest
from discord import app_commands

from cogs.ui import text as wording
from cogs.ui.escaping import plain
from cogs.ui.locales import tags
from cogs.ui.respond import words_for
from services import errors as made
from services.engine.finish import outcome_from_error
from services.errors import BotError, KlingError, rules
from services.kling import rule_for
from services.kling.error_codes import BY_STATUS, RULES
from services.models import Outcome
from tests.support.time import NOON

MESSAGE_LIMIT = 2000
"""Characters of a message (Discord)."""

LONG = "x" * 6000
"""Longest value of an option (Discord)."""

SAID: tuple[BotError, ...] = (
    made.EmptyFile(),
    made.UnsupportedImage("image/heic"),
    made.ImageTooLarge(found=99_000_000, allowed=50_000_000, unit="bytes"),
    made.ImageTooLarge(found=99_000_000, allowed=25_000_000, unit="pixels"),
    made.ImageTooSmall(width=10, height=9, minimum=64),
    made.ImageTooNarrow(width=3000, height=100),
    made.SourceGone(),
    made.SourceNotKept(),
    made.PicturesNotKept(),
    made.PromptMissing(),
    made.PromptTooLong(found=3000, allowed=2500),
    made.OptionNotCarried(option="reference", model="kling-v3"),
    made.OptionNotCarried(option="ratio", model="kling-v3", allowed=("16:9", "9:16")),
    made.CountTooHigh(found=9, allowed=4),
    made.UnknownModel(LONG),
    made.UnknownStyle(LONG),
    made.MissingPermissions(("attach_files", "send_messages_in_threads")),
    made.LinkNotAllowed(),
    made.JobForgotten(),
    made.NotYours(),
    rules.ChannelNotAllowed(tuple(range(10**18, 10**18 + 50))),
    rules.AgeRestrictedOnly(),
    rules.MemberTooNew(until=NOON),
    rules.RoleRequired((1, 2)),
    rules.WordBlocked(),
    made.BadValue("count", "count", lowest=1, highest=9),
    *(
        made.QuotaExceeded(side=side, limit=3, used=2, asked=2, resets_at=NOON, unit=unit)
        for side, unit in (
            *(("member", "images"), ("server", "images"), ("bot", "images")),
            *(("server", "cost"), ("bot", "cost")),
        )
    ),
    made.TooManyJobs(open_jobs=3, allowed=3),
    made.TooManyWaiting(waiting=2, allowed=2),
    made.NothingMayWait(),
    made.CoolingDown(until=NOON),
    made.MemberBlocked(until=None, reason=""),
    made.MemberBlocked(until=NOON, reason="x" * 300),
    made.GuildPaused(reason=""),
    made.BotPaused(reason="moving house"),
    made.ProviderPaused(until=NOON),
    made.ModelClosed(model="kling-v3", until=NOON),
    made.DuplicateRequest("01kdvdna00m73jw1bf4p0v"),
    made.ChartFailed(),
    made.StoreUnavailable("database is locked"),
)

UNSAID = (made.ConfigError, made.KlingError, made.DeliveryFailed, made.DownloadFailed)
"""Raised in the command line or the engine, never in a command."""


def kinds(root: type[BotError] = BotError) -> Iterator[type[BotError]]:
    """Return every error class that is raised itself."""
    for kind in root.__subclasses__():
        if kind.__module__ == made.__name__:
            yield from kinds(kind) if kind.__subclasses__() else (kind,)


def test_error_cases_cover_every_command_error() -> None:
    met = {type(error) for error in SAID}

    assert [
        kind.__name__ for kind in kinds() if kind not in met and not issubclass(kind, UNSAID)
    ] == []


@pytest.mark.parametrize("locale", sorted(tags()))
@pytest.mark.parametrize("error", SAID, ids=lambda error: type(error).__name__)
def test_format_error_returns_a_text(error: BotError, locale: str) -> None:
    assert_sound(wording.format_error(error, locale))


@pytest.mark.parametrize("locale", sorted(tags()))
@pytest.mark.parametrize("given_back", [True, False])
def test_format_outcome_covers_every_provider_error(locale: str, given_back: bool) -> None:
    for rule in (*RULES.values(), *BY_STATUS.values()):
        outcome = Outcome(key=rule.member, code="1200", words="x" * 300)
        assert_sound(wording.format_outcome(outcome, locale, given_back=given_back))


@pytest.mark.parametrize("locale", sorted(tags()))
@pytest.mark.parametrize("key", ["uncertain", "expired", "source_gone", "model_unavailable"])
def test_format_outcome_without_provider_text_uses_our_own(key: str, locale: str) -> None:
    text = wording.format_outcome(Outcome(key=key), locale, given_back=True)

    assert_sound(text)
    assert text != wording.format_outcome(Outcome(key="unheard_of"), locale, given_back=True)


@pytest.mark.parametrize("error", [*SAID[:6], made.DownloadFailed("HTTP 503")], ids=repr)
def test_format_outcome_of_a_late_image_error_has_its_text(error: BotError) -> None:
    """The job's row stores a key without fields."""
    outcome = outcome_from_error(error)
    text = wording.format_outcome(outcome, "en-US", given_back=True)
    key = next(key for key in (f"outcome_{outcome.key}", outcome.key) if wording.known(key))

    assert_sound(text)
    assert text.startswith(wording.sentence(key))


@pytest.mark.parametrize("error", [kind() for kind in KlingError.__subclasses__()], ids=repr)
def test_format_outcome_of_an_error_without_a_code_has_a_text(error: KlingError) -> None:
    assert_sound(wording.format_outcome(outcome_from_error(error), "en-US", given_back=True))
    assert wording.known(f"outcome_{rule_for(error).member}")


def test_format_outcome_escapes_the_providers_text() -> None:
    outcome = Outcome(key="bad_prompt", words="**no** @everyone [here](https://evil.example)")

    text = wording.format_outcome(outcome, "en-US", given_back=True)

    assert r"\*\*no\*\*" in text
    assert "@everyone" not in text
    assert r"\[here](" in text


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    "words",
    [
        'Traceback (most recent call last):\n  File "/srv/x.py", line 3\nValueError: no',
        "<html><body><h1>504 Gateway Time-out</h1></body></html>",
        '{"error": {"message": "upstream"}}',
        'Post "http://10.0.0.7:8080/v1": dial tcp 10.0.0.7:8080: connect: connection refused',
        "panic: runtime error: invalid memory address",
        "java.lang.NullPointerException: null",
        "  ",
        None,
    ],
)
def test_format_outcome_hides_text_of_a_broken_program(locale: str, words: str | None) -> None:
    text = wording.format_outcome(Outcome(key="task_failed", words=words), locale, given_back=True)

    assert text == " ".join(
        wording.sentence(key, locale) for key in ("outcome_task_failed", "units_given_back")
    )


@pytest.mark.parametrize(
    "words", ["Image pixel is invalid", "No exception for <<<image_1>>>: { a face }", "图片不合规"]
)
def test_format_outcome_quotes_the_providers_text(words: str) -> None:
    text = wording.format_outcome(Outcome(key="bad_picture", words=words), "zh-CN", given_back=True)

    assert f"“{plain(words)}”" in text
    assert text.endswith(wording.sentence("units_given_back", "zh-CN"))


@app_commands.command(name="paint", description="Paint")
async def paint(_interaction: discord.Interaction) -> None:
    """A command of another version of the bot."""


@pytest.mark.parametrize(
    "error",
    [app_commands.CommandNotFound("paint", []), app_commands.CommandSignatureMismatch(paint)],
    ids=repr,
)
def test_changed_command_is_answered_and_not_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Discord's apps keep the commands that they know until they are restarted."""
    assert words_for(error, "en-US") == wording.sentence("command_changed", "en-US")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("locale", "text"), [("en-US", "left, right, up"), ("zh-CN", "left、right、up")]
)
def test_lists_are_written_as_in_the_language(locale: str, text: str) -> None:
    assert wording.listed(["left", "right", "up"], locale) == text
    assert wording.listed(["left"], locale) == "left"
    assert wording.listed([], locale) == ""


def assert_sound(text: str) -> None:
    """Check that no field is left open, no Python text shows, and the text is short enough."""
    assert 0 < len(text) <= MESSAGE_LIMIT
    for stray in ("{", "}", "None", "???", "()", "  "):
        assert stray not in text
