"""Reads all settings once, from the environment and .env; no other module reads either.

The settings are defined in services/settings/fields.py; .env.example is `example()`.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from services.common.hosts import is_loopback
from services.errors import ConfigError
from services.settings.fields import BOT_TOKEN, Settings, rows
from services.settings.types import Row, Secret

OTHERS = frozenset({"POSTGRES_PASSWORD"})
"""Names in the .env file that belong to compose.postgresql.yaml instead of the bot."""

__all__ = [
    "Row",
    "Secret",
    "Settings",
    "example",
    "load",
    "require",
    "rows",
    "unknown_names",
    "wants_plain_text",
]


def load(
    environ: Mapping[str, str] | None = None,
    *,
    env_file: Path | None = Path(".env"),
    discord: bool = False,
    provider: bool = False,
    judge: Callable[[Settings], Iterable[str]] = lambda _settings: (),
) -> Settings:
    """Read the settings. The environment wins over the file; an empty value means unset.

    Args:
        environ: The environment; by default that of the process.
        env_file: The .env file, or None.
        discord: Also require the Discord credential, as `require` does.
        provider: Also require the provider's credentials.
        judge: Returns problems that only other files reveal.

    Raises:
        ConfigError: The settings have problems; the error lists all of them.
    """
    in_file = {} if env_file is None else _read_file(env_file)
    problems = [f"{name}: no setting has this name; {hint}" for name, hint in _misspelt(in_file)]
    values: dict[str, object] = {}
    environment = os.environ if environ is None else environ
    for attribute, row in rows():
        given = _tidy(environment.get(row.name)) or _tidy(in_file.get(row.name))
        try:
            values[attribute] = row.kind.parse(given or row.default)
        except ValueError:
            problems.append(f"{row.name}: expected {row.kind.expected}")
    settings = dataclasses.replace(Settings(), **values)
    problems += _contradictions(settings)
    missing = _missing(settings, discord=discord, provider=provider)
    problems += [line for line in missing if not _named(line, among=problems)]
    problems += [line for line in judge(settings) if not _named(line, among=problems)]
    if problems:
        raise ConfigError(problems)
    return settings


def unknown_names(env_file: Path = Path(".env")) -> list[str]:
    """Return the names in the .env file that are no settings, each with the most similar setting.

    Raises ConfigError if the file cannot be read.
    """
    known = [row.name for _, row in rows()]
    unknown = (name for name in _read_file(env_file) if name not in (*known, *OTHERS))
    return [f"{name}: no setting has this name{_hint(name, known)}" for name in unknown]


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else "; the bot does not read it"


def require(settings: Settings, *, discord: bool, provider: bool) -> None:
    """Raise ConfigError for each missing credential of the services that the command uses."""
    if problems := _missing(settings, discord=discord, provider=provider):
        raise ConfigError(problems)


def wants_plain_text(environ: Mapping[str, str] | None = None) -> bool:
    """Return whether the terminal's user wants no colours (no-color.org), or it supports none."""
    environment = os.environ if environ is None else environ
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"


def example() -> str:
    """Return the text of .env.example: every setting with its help and default."""
    lines = [
        "# Copy to .env and fill in. The environment takes precedence. An empty value means unset."
    ]
    group = ""
    for _, row in rows():
        if row.group != group:
            group = row.group
            lines += ["", f"# --- {group}"]
        mark = "" if row.name in {"DISCORD_TOKEN", "KLING_API_KEY"} else "#"
        lines += ["", f"# {row.help}", f"{mark}{row.name}={row.default}"]
    return "\n".join(lines) + "\n"


def _read_file(path: Path) -> dict[str, str | None]:
    """Read a .env file as utf-8-sig, because Windows' editor puts a BOM before the first name."""
    try:
        return dict(dotenv_values(path, interpolate=False, encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path.name}: expected a readable text file in UTF-8"]) from error


def _tidy(text: str | None) -> str:
    """Strip white space and one pair of quotes: `docker --env-file` passes quotes on."""
    bare = (text or "").strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare = bare[1:-1].strip()
    return bare


def _misspelt(in_file: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield names in the file that resemble a setting: a misspelt limit would not apply."""
    known = [row.name for _, row in rows()]
    for name in in_file:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
        if near and name not in known:
            yield name, f"did you mean {near[0]}?"


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.kling_access_key and not settings.kling_secret_key:
        yield "KLING_SECRET_KEY: missing; KLING_ACCESS_KEY needs it"
    if settings.kling_secret_key and not settings.kling_access_key:
        yield "KLING_ACCESS_KEY: missing; KLING_SECRET_KEY needs it"
    if settings.public_url and not settings.http_port:
        yield "HTTP_PORT: missing; PUBLIC_URL needs it"
    if settings.pictures_url:
        yield from _store_problems(settings)
    count, ids = settings.shard_count, settings.shard_ids
    if ids and not isinstance(count, int):
        yield "SHARD_COUNT: expected a number, because SHARD_IDS is set"
    if ids and isinstance(count, int) and max(ids) >= count:
        yield f"SHARD_IDS: expected numbers below SHARD_COUNT, {count}"


def _store_problems(settings: Settings) -> Iterator[str]:
    """Yield problems with the settings of the bucket."""
    if not settings.aws_access_key_id:
        yield "AWS_ACCESS_KEY_ID: missing; PICTURES_URL needs it"
    if not settings.aws_secret_access_key:
        yield "AWS_SECRET_ACCESS_KEY: missing; PICTURES_URL needs it"
    endpoint = urlsplit(settings.aws_endpoint_url or "")
    is_open = endpoint.scheme == "http" and not is_loopback(endpoint.hostname or "")
    if is_open and not settings.aws_allow_http:
        yield "AWS_ENDPOINT_URL: expected an https:// address (or AWS_ALLOW_HTTP=true)"


def _missing(settings: Settings, *, discord: bool, provider: bool) -> list[str]:
    problems: list[str] = []
    if discord and not settings.discord_token:
        problems.append(f"DISCORD_TOKEN: missing; {BOT_TOKEN}")
    has_key = settings.kling_api_key or settings.kling_access_key or settings.kling_secret_key
    if provider and not has_key:
        problems.append(
            "KLING_API_KEY: missing; the provider's API key, "
            "or KLING_ACCESS_KEY and KLING_SECRET_KEY"
        )
    return problems


def _named(line: str, *, among: list[str]) -> bool:
    name = line.partition(":")[0]
    return any(other.startswith(f"{name}:") for other in among)
