"""Settings: allowed values, parsed values, and the messages about mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ConfigError
from services.settings.loading import Secret, Settings, example, load, require, rows

ROOT = Path(__file__).parents[3]
SECRET = "sk-canary0123456789"


def problems_with(environ: dict[str, str], **options: bool) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(environ, env_file=None, **options)
    return caught.value.problems


def said_about(environ: dict[str, str]) -> str:
    """Return the problems as they are printed, or nothing when there are none."""
    try:
        load(environ, env_file=None)
    except ConfigError as error:
        return str(error)
    return ""


def loaded(name: str, text: str) -> object:
    """Load one setting and return the value it became."""
    attribute = next(attribute for attribute, row in rows() if row.name == name)
    return getattr(load({name: text}, env_file=None), attribute)


def test_nothing_set_gives_the_defaults() -> None:
    assert load({}, env_file=None) == Settings()


def test_defaults_are_those_of_the_documents() -> None:
    settings = Settings()
    assert settings.kling_base_url == "https://www.dmxapi.cn/kling"
    assert (settings.kling_concurrency, settings.kling_timeout_s) == (9, 120)
    assert settings.kling_give_up_s == 24 * 3600
    assert (settings.user_daily_images, settings.guild_daily_images) == (10, 0)
    assert (settings.user_running_jobs, settings.user_queued_jobs) == (1, 2)
    assert (settings.user_cooldown_s, settings.max_count, settings.charge_refused) == (10, 4, False)
    assert settings.quota_timezone == ZoneInfo("UTC")
    assert settings.database_path == Path("data/repaint.db")
    assert settings.discord_token is settings.kling_api_key is settings.kling_model is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("KLING_TIMEOUT", "1", 1.0),
        ("KLING_TIMEOUT", " 2.5 ", 2.5),
        ("KLING_GIVE_UP", "0.5", 1800.0),
        ("KLING_CONCURRENCY", '"3"', 3),
        ("KLING_CONCURRENCY", "", 9),
        ("KLING_CONCURRENCY", "   ", 9),
        ("KEEP_PICTURES_DAYS", "0", 0.0),
        ("USER_DAILY_IMAGES", "0", 0),
        ("USER_RUNNING_JOBS", "0", 0),
        ("MAX_COUNT", "9", 9),
        ("CHARGE_REFUSED", "Yes", True),
        ("CHARGE_REFUSED", "off", False),
        ("KLING_SEND_IMAGE_AS", "URL", "url"),
        ("LOG_LEVEL", "DEBUG", "debug"),
        ("LOG_FORMAT", "json", "json"),
        ("KLING_MODEL", "kling-v2-1", "kling-v2-1"),
        ("KLING_API_KEY", f"'{SECRET}'", Secret(SECRET)),
        ("KLING_API_KEY", f"Bearer {SECRET}", Secret(SECRET)),
        ("DISCORD_TOKEN", f"Bot {SECRET}", Secret(SECRET)),
        ("KLING_WEBHOOK_SECRET", "whsec_c2VjcmV0", Secret("whsec_c2VjcmV0")),
        ("QUOTA_TIMEZONE", "Europe/Berlin", ZoneInfo("Europe/Berlin")),
        ("OPERATOR_IDS", "", ()),
        (
            "OPERATOR_IDS",
            "80351110224678912, <@!155149108183695360> 7",
            (80351110224678912, 155149108183695360, 7),
        ),
        ("DATABASE_PATH", "elsewhere/bot.db", Path("elsewhere/bot.db")),
        ("DATABASE_URL", "postgresql://u:p@h/db", Secret("postgresql://u:p@h/db")),
        (
            "KLING_RESULT_ORIGINS",
            "https://files.lan:9000/, http://localhost:8080",
            ("https://files.lan:9000", "http://localhost:8080"),
        ),
        ("KLING_RESULT_ORIGINS", "", ()),
        ("HTTP_HOST", "::1", "::1"),
        ("HTTP_HOST", "0.0.0.0", "0.0.0.0"),
    ],
)
def test_value_is_parsed(name: str, text: str, value: object) -> None:
    assert loaded(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KLING_TIMEOUT", "soon"),
        ("KLING_TIMEOUT", "0.9"),
        ("KLING_TIMEOUT", "nan"),
        ("KLING_TIMEOUT", "inf"),
        ("KLING_GIVE_UP", "0"),
        ("KLING_GIVE_UP", "-1"),
        ("KLING_CONCURRENCY", "0"),
        ("KLING_CONCURRENCY", "2.5"),
        ("KEEP_PICTURES_DAYS", "-1"),
        ("USER_DAILY_IMAGES", "-1"),
        ("USER_DAILY_IMAGES", "ten"),
        ("USER_COOLDOWN", "1,5"),
        ("MAX_COUNT", "0"),
        ("MAX_COUNT", "10"),
        ("HTTP_PORT", "65536"),
        ("HTTP_HOST", "http://localhost"),
        ("CHARGE_REFUSED", "perhaps"),
        ("KLING_SEND_IMAGE_AS", "base64"),
        ("KLING_MODEL", "two words"),
        ("KLING_RESULT_ORIGINS", "http://files.lan"),
        ("KLING_RESULT_ORIGINS", "https://files.lan/pictures"),
        ("KLING_RESULT_ORIGINS", "files.lan"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("QUOTA_TIMEZONE", "Mars/Olympus"),
        ("QUOTA_TIMEZONE", "Europe"),
        ("QUOTA_TIMEZONE", "../../etc/passwd"),
        ("OPERATOR_IDS", "somebody#1234"),
        ("KLING_WEBHOOK_SECRET", "whsec_"),
        ("KLING_WEBHOOK_SECRET", "whsec_not base64"),
    ],
)
def test_wrong_value_is_named_with_the_expected_form(name: str, text: str) -> None:
    kind = next(row.kind for _, row in rows() if row.name == name)
    assert problems_with({name: text}) == [f"{name}: expected {kind.expected}"]


def test_problems_are_all_listed() -> None:
    wrong = {"KLING_TIMEOUT": "soon", "MAX_COUNT": "99", "KLING_ACCESS_KEY": "half"}
    listed = [line.partition(":")[0] for line in problems_with(wrong, discord=True, provider=True)]
    assert listed == ["KLING_TIMEOUT", "MAX_COUNT", "KLING_SECRET_KEY", "DISCORD_TOKEN"]


# --- Addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://gateway.example/kling",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:8080/x",
    ],
)
def test_plain_http_is_for_this_computer_only(url: str) -> None:
    assert loaded("KLING_BASE_URL", url) == url


@pytest.mark.parametrize("name", ["KLING_BASE_URL", "PUBLIC_URL", "DISCORD_API_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://0.0.0.0",
        "ftp://localhost",
        "gateway.example/kling",
        "https://",
        "https://name:secret@gateway.example",
        "https://gateway.example:99999",
        "https://gateway.example/?key=1",
        "https://gate way.example",
        "https://[::1",
    ],
)
def test_address_without_https_is_refused(name: str, url: str) -> None:
    (problem,) = problems_with({name: url, "HTTP_PORT": "8080"})
    assert problem == f"{name}: expected an https:// address (http:// only for this computer)"


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/images/generations", "/v1/images/"])
def test_base_url_copied_from_a_call_loses_its_route(tail: str) -> None:
    url = loaded("KLING_BASE_URL", f"https://www.dmxapi.cn/kling{tail}")
    assert url == "https://www.dmxapi.cn/kling"


@pytest.mark.parametrize(
    ("given_url", "becomes"),
    [
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/api/v10"),
        ("http://127.0.0.1:8090/", "http://127.0.0.1:8090/api/v10"),
        ("https://proxy.example/api/", "https://proxy.example/api/v10"),
        ("https://proxy.example/api/v10/", "https://proxy.example/api/v10"),
        ("https://proxy.example/api/v9", "https://proxy.example/api/v9"),
        ("https://proxy.example/discord", "https://proxy.example/discord/api/v10"),
    ],
)
def test_discords_address_ends_in_a_version(given_url: str, becomes: str) -> None:
    assert loaded("DISCORD_API_URL", given_url) == becomes


def test_gateway_url_is_a_websocket_address() -> None:
    assert loaded("DISCORD_GATEWAY_URL", "ws://127.0.0.1:9/") == "ws://127.0.0.1:9"
    assert loaded("DISCORD_GATEWAY_URL", "wss://proxy.example") == "wss://proxy.example"
    for wrong in ("ws://proxy.example", "https://proxy.example"):
        assert (
            "DISCORD_GATEWAY_URL: expected a wss://"
            in problems_with({"DISCORD_GATEWAY_URL": wrong})[0]
        )


def test_public_url_needs_http_port() -> None:
    environ = {"PUBLIC_URL": "https://bot.example"}
    assert problems_with(environ) == ["HTTP_PORT: missing; PUBLIC_URL needs it"]
    assert load(environ | {"HTTP_PORT": "8080"}, env_file=None).public_url == "https://bot.example"


# --- Credentials


def test_trying_and_checking_need_no_token_but_running_does() -> None:
    settings = load({"KLING_API_KEY": SECRET}, env_file=None)
    require(settings, discord=False, provider=True)
    with pytest.raises(ConfigError) as caught:
        require(settings, discord=True, provider=True)
    assert caught.value.problems == [
        "DISCORD_TOKEN: missing; the bot's token from the Developer Portal, page Bot"
    ]


def test_either_a_key_or_a_pair_is_a_credential() -> None:
    pair = {"KLING_ACCESS_KEY": "access", "KLING_SECRET_KEY": "secret"}
    for environ in ({"KLING_API_KEY": SECRET}, pair):
        load(environ, env_file=None, provider=True)
    (problem,) = problems_with({}, provider=True)
    assert problem.startswith("KLING_API_KEY: missing")
    assert "KLING_ACCESS_KEY and KLING_SECRET_KEY" in problem


@pytest.mark.parametrize(
    ("given_half", "missing_half"),
    [("KLING_ACCESS_KEY", "KLING_SECRET_KEY"), ("KLING_SECRET_KEY", "KLING_ACCESS_KEY")],
)
def test_half_a_pair_is_a_problem(given_half: str, missing_half: str) -> None:
    assert problems_with({given_half: SECRET}, provider=True) == [
        f"{missing_half}: missing; {given_half} needs it"
    ]


def test_bad_credential_is_not_called_missing() -> None:
    (problem,) = problems_with({"DISCORD_TOKEN": "two words"}, discord=True)
    assert problem.startswith("DISCORD_TOKEN: expected")


@given(st.text(min_size=1, max_size=60))
def test_problem_never_quotes_the_value(text: str) -> None:
    assert "canary" not in said_about({row.name: f"canary {text}" for _, row in rows()})


def test_secret_setting_is_shown_by_reveal_only() -> None:
    settings = load({"KLING_API_KEY": SECRET, "DISCORD_TOKEN": SECRET}, env_file=None)
    key = settings.kling_api_key
    assert key is not None
    assert key.reveal() == SECRET
    for shown in (repr(settings), str(settings), f"{key}", repr([key])):
        assert SECRET not in shown
        assert "***" in shown
    with pytest.raises(TypeError):
        json.dumps(key)


def test_secrets_lists_every_credential() -> None:
    credentials = {row.name: "c2VjcmV0" for _, row in rows() if row.kind.secret}
    address = "postgresql://repaint:hunter%212@db.example:5432/repaint"
    environ = credentials | {"HTTP_PORT": "1", "DATABASE_URL": address}
    told = load(environ, env_file=None).secrets()
    assert set(told) == {"c2VjcmV0", address, "hunter%212", "hunter!2"}
    assert told.count("c2VjcmV0") == 7
    assert Settings().secrets() == ()


# --- The file


def test_example_file_lists_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == example(), "write services.settings.loading.example() into .env.example"


def test_example_file_read_literally_gives_the_defaults(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    lines = example().splitlines()
    uncommented = [line.lstrip("#") if "=" in line.partition(" ")[0] else line for line in lines]
    env_file.write_text("\n".join(uncommented))
    assert list(dotenv_values(env_file)) == [row.name for _, row in rows()]
    assert load({}, env_file=env_file) == Settings()


@pytest.mark.proof
def test_settings_import_no_heavy_library() -> None:
    code = "import sys, services.settings; print({'discord', 'aiohttp', 'PIL'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.decode().strip() == "set()"
