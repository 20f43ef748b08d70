"""The command line of `try`: the options that it accepts and its usage errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.try_once.options import EXIT_CODES, TryOptions
from services.cli.try_once.result import Exit
from services.kling import Endpoint
from tests.services.cli.conftest import parse_options


def test_everything_a_painting_carries_can_be_asked_for() -> None:
    asked = parse_options(
        *("cat.png", "in oil", "--model", "kling-v2-1", "--reference", "face"),
        *("--fidelity", "0.3", "--human-fidelity", "1", "--count", "9", "--ratio", "1:1"),
        *("--resolution", "2k", "--format", "jpg", "--negative-prompt", "rain", "--watermark"),
        *("--also", "a.png", "--also", "b.png", "--element", "7", "--external-id", "mine"),
        *("--callback-url", "https://bot.example/x", "--save", "out", "--json", "--timeout", "7"),
    )

    assert asked == TryOptions(
        image="cat.png",
        prompt="in oil",
        also=("a.png", "b.png"),
        model="kling-v2-1",
        reference="face",
        fidelity=0.3,
        human_fidelity=1.0,
        count=9,
        ratio="1:1",
        resolution="2k",
        format="jpg",
        negative_prompt="rain",
        element=(7,),
        watermark=True,
        callback_url="https://bot.example/x",
        external_id="mine",
        save=Path("out"),
        json=True,
        timeout_s=7.0,
    )


def test_a_dash_is_no_picture() -> None:
    assert not parse_options("-", "a harbour").has_picture
    assert parse_options("cat.png", "a harbour").has_picture


def test_a_task_is_picked_up_on_the_path_it_was_sent_to() -> None:
    assert parse_options("--resume", "T1").resumed_endpoint is Endpoint.GENERATIONS
    omni = parse_options("--resume", "T1", "--endpoint", "omni-image")
    assert omni.resumed_endpoint is Endpoint.OMNI


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "IMAGE and PROMPT are required"),
        ("cat.png", "IMAGE and PROMPT are required"),
        ("cat.png oil --resume T1", "leave IMAGE and PROMPT out"),
        ("--resume T1 --sandbox", "a new sandbox has no tasks"),
        ("cat.png oil --endpoint omni-image", "--endpoint works only with --resume"),
        ("cat.png oil --series 3 --count 2", "leave --count out"),
        ("cat.png oil --count 0", "a whole number from 1 to 9"),
        ("cat.png oil --count 10", "a whole number from 1 to 9"),
        ("cat.png oil --count ²", "a whole number from 1 to 9"),
        ("cat.png oil --series 1", "a whole number from 2 to 9"),
        ("cat.png oil --fidelity 1.5", "a number from 0 to 1"),
        ("cat.png oil --fidelity nan", "a number from 0 to 1"),
        ("cat.png oil --fidelity x", "--fidelity"),
        ("cat.png oil --timeout 0", "seconds above 0"),
        ("cat.png oil --timeout inf", "seconds above 0"),
        ("cat.png oil --reference hair", "choose from"),
        ("cat.png oil --format gif", "choose from"),
    ],
)
def test_what_contradicts_itself_is_refused_in_usage_words(
    words: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(*words.split())

    assert ended.value.code == Exit.USAGE
    assert complaint in capsys.readouterr().err


def test_every_exit_status_is_explained() -> None:
    for status in Exit:
        assert f"\n  {status.value:<4} " in EXIT_CODES
