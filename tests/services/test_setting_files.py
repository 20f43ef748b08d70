"""The settings' file: what is read from it, and what is said of names and texts that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import ConfigError
from services.settings import Secret, Settings, load


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("MAX_COUNT=2\nUSER_COOLDOWN=3 # seconds\nLOG_FORMAT='json'\n")
    settings = load({"MAX_COUNT": "5", "USER_COOLDOWN": ""}, env_file=env_file)
    assert (settings.max_count, settings.user_cooldown_s, settings.log_format) == (5, 3, "json")


def test_a_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"\xef\xbb\xbfMAX_COUNT=2\r\nKLING_API_KEY=a$b${HOME}\r\n")
    settings = load({}, env_file=env_file)
    assert settings.max_count == 2
    assert settings.kling_api_key == Secret("a$b${HOME}")


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert load({}, env_file=tmp_path / ".env") == Settings()


def test_a_file_in_another_encoding_is_a_problem(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes("KLING_MODEL=größe".encode("utf-16"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load({}, env_file=env_file)


def test_a_misspelt_limit_is_not_silently_ignored(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("USER_DAILY_IMAGE=3\nSOMETHING_ELSE=1\n")
    with pytest.raises(ConfigError) as caught:
        load({}, env_file=env_file)
    assert caught.value.problems == [
        "USER_DAILY_IMAGE: no setting has this name; did you mean USER_DAILY_IMAGES?"
    ]
