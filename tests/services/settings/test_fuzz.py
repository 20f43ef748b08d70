"""Any text in a setting results in a value of its type, or in every problem in words."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.errors import ConfigError
from services.settings.loading import Secret, Settings, load, rows

NAMES = [row.name for _, row in rows()]
SECRETS = [row.name for _, row in rows() if row.kind.secret]
NASTY = st.sampled_from(
    [
        "~nobody-of-that-name/x",
        "~",
        "\0",
        "a\0b",
        "-0",
        "1e999",
        "nan",
        "9" * 5000,
        "٣",
        "http://[::1",
        "https://[v1.x]/",
        "https://a:b@c",
        "https://" + "a." * 5000,
        "Europe",
        "../../etc/passwd",
        "whsec_====",
        "\ud800",
        "True ",
        "0x10",
        "1_000",
    ]
)


def read_or_refused(environ: dict[str, str]) -> Settings | list[str]:
    """Read the settings, or return the problems; anything else fails the test."""
    try:
        return load(environ, env_file=None)
    except ConfigError as error:
        return error.problems


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=60) | NASTY)
@example(text="")
@example(text=" ")
def test_setting_of_any_text_is_a_value_or_a_named_problem(name: str, text: str) -> None:
    read = read_or_refused({name: text})
    if isinstance(read, Settings):
        assert isinstance(read.database_path, Path)
        assert isinstance(read.quota_timezone, ZoneInfo)
    else:
        assert name in " ".join(read)


@pytest.mark.proof
@pytest.mark.parametrize("name", SECRETS)
@given(text=st.text(st.characters(min_codepoint=33), min_size=8, max_size=60))
def test_setting_of_a_secret_is_never_quoted(name: str, text: str) -> None:
    secret = f"Zq7{text}"
    assert secret not in repr(read_or_refused({name: secret}))


def test_secret_shows_no_text() -> None:
    secret = Secret("sk-canary0123456789")
    shown = f"{secret} {secret!r} {secret!s} {[secret]} {{'a': {secret}}}"
    assert "canary" not in shown
    assert not hasattr(secret, "__dict__")
