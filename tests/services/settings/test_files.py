"""The settings file: the values read, and the messages about wrong names and values."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot import DATA
from services.catalog.provider import model_problems
from services.errors import ConfigError
from services.settings.loading import Secret, Settings, example, load, unknown_names


def test_environment_overrides_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("MAX_COUNT=2\nUSER_COOLDOWN=3 # seconds\nLOG_FORMAT='json'\n")
    settings = load({"MAX_COUNT": "5", "USER_COOLDOWN": ""}, env_file=env_file)
    assert (settings.max_count, settings.user_cooldown_s, settings.log_format) == (5, 3, "json")


def test_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"\xef\xbb\xbfMAX_COUNT=2\r\nKLING_API_KEY=a$b${HOME}\r\n")
    settings = load({}, env_file=env_file)
    assert settings.max_count == 2
    assert settings.kling_api_key == Secret("a$b${HOME}")


def test_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load({}, env_file=tmp_path / ".env") == Settings()


def test_file_in_another_encoding_is_a_problem(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes("KLING_MODEL=größe".encode("utf-16"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load({}, env_file=env_file)


def test_misspelt_setting_is_a_problem(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("USER_DAILY_IMAGE=3\nSOMETHING_ELSE=1\n")
    with pytest.raises(ConfigError) as caught:
        load({}, env_file=env_file)
    assert caught.value.problems == [
        "USER_DAILY_IMAGE: no setting has this name; did you mean USER_DAILY_IMAGES?"
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("USER_DAILY_LIMIT", "did you mean USER_DAILY_IMAGES?"),
        ("KLING_KEY", "did you mean KLING_API_KEY?"),
        ("kling_models", "did you mean KLING_MODEL?"),
        ("DATABASE", "did you mean DATABASE_URL?"),
        ("DISCORD_BOT_TOKEN", "did you mean DISCORD_TOKEN?"),
        ("COMPLETELY_DIFFERENT_ZZZ", "the bot does not read it"),
    ],
)
def test_unknown_name_is_warned_about_with_the_nearest_setting(
    tmp_path: Path, name: str, hint: str
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"MAX_COUNT=2\n{name}=sk-canary\nPOSTGRES_PASSWORD=x\n")

    assert unknown_names(env_file) == [f"{name}: no setting has this name; {hint}"]
    assert load({}, env_file=env_file).max_count == 2


def test_file_that_is_not_there_or_in_order_has_no_unknown_name(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    assert unknown_names(env_file) == []
    env_file.write_text(example())
    assert unknown_names(env_file) == []


def test_model_that_there_is_not_is_listed_with_the_other_problems(tmp_path: Path) -> None:
    environ = {"KLING_MODEL": "kling-v99", "MAX_COUNT": "77", "DATABASE_PATH": str(tmp_path / "db")}
    with pytest.raises(ConfigError) as refusal:
        load(environ, env_file=None, discord=True, judge=partial(model_problems, data=DATA))

    names = [problem.partition(":")[0] for problem in refusal.value.problems]
    assert names == ["MAX_COUNT", "DISCORD_TOKEN", "KLING_MODEL"]
    assert "available: kling-v3" in refusal.value.problems[-1]


def test_retired_model_at_klings_own_host_is_listed_too() -> None:
    environ = {"KLING_MODEL": "kling-v1", "KLING_BASE_URL": "https://api-singapore.klingai.com"}
    with pytest.raises(ConfigError, match="KLING_MODEL: Kling retired kling-v1"):
        load(environ, env_file=None, judge=partial(model_problems, data=DATA))
