"""Builds the provider from the settings, and loads the table of its models."""

from __future__ import annotations

from pathlib import Path

from services.catalog.models import ModelTable, default_model
from services.common.version import user_agent
from services.errors import ConfigError, UnknownModel
from services.kling import BearerKey, Credential, Provider, is_official
from services.settings import Settings

OWN_MODELS = "models.local.toml"
"""Name of the file with the operator's own rows, next to the included models.toml and in the same
format."""


def provider_from_settings(settings: Settings) -> Provider:
    """Return the provider; if both kinds of keys are set, the API key is used.

    Raises ConfigError.
    """
    return Provider(
        base_url=settings.kling_base_url,
        credential=_credential(settings),
        result_origins=settings.kling_result_origins,
        user_agent=user_agent(settings.source_url),
    )


def load_models(settings: Settings, data: Path) -> ModelTable:
    """Return the model table of the included file in `data` and the operator's own file.

    KLING_MODEL is its default. Retired models are left out for Kling's own hosts, which do not
    serve them. Raises ConfigError.
    """
    paths = [data / "models.toml", *filter(Path.is_file, [data / OWN_MODELS])]
    wanted = settings.kling_model or default_model(settings.kling_base_url)
    retired = not is_official(settings.kling_base_url)
    try:
        return ModelTable.load(*paths, default=wanted, retired=retired)
    except UnknownModel:
        raise ConfigError([_why_not(wanted, ModelTable.load(*paths), retired=retired)]) from None


def model_problems(settings: Settings, *, data: Path) -> list[str]:
    """Return the problems with the model table, before any service is opened; empty if none."""
    try:
        load_models(settings, data)
    except ConfigError as error:
        return list(error.problems)
    return []


def _why_not(wanted: str, models: ModelTable, *, retired: bool) -> str:
    """Return a text: why KLING_MODEL cannot be the default, and which models can."""
    rows = {row.name: row for row in models.repainting()}
    known = ", ".join(name for name, row in rows.items() if retired or row.state != "retired")
    if wanted in rows:
        day = rows[wanted].retired_on
        return f"KLING_MODEL: Kling retired {wanted} on {day}; available: {known}"
    return f"KLING_MODEL: {wanted} is not a row of models.toml or {OWN_MODELS}; available: {known}"


def _credential(settings: Settings) -> Credential:
    if settings.kling_api_key is not None:
        return BearerKey(settings.kling_api_key.reveal())
    access, secret = settings.kling_access_key, settings.kling_secret_key
    if access is None or secret is None:
        raise ConfigError(["KLING_API_KEY: missing; the provider's API key"])
    from services.kling.access_keys import AccessKeyPair  # noqa: PLC0415  loads what few need

    return AccessKeyPair(access.reveal(), secret.reveal())
