"""Runs all checks, area by area, without those that an earlier problem makes impossible."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

from services.catalog import ModelTable, load_models, model_problems, provider_from_settings
from services.cli.check import account, provider
from services.cli.check.credentials import check_key, check_token
from services.cli.check.discord import check_discord
from services.cli.check.findings import Area
from services.cli.check.http_port import check_port
from services.cli.check.local import (
    check_bucket,
    check_database,
    check_disk,
    check_settings,
)
from services.common.clock import Clock
from services.db import Checkup, examine
from services.errors import ConfigError
from services.kling import KlingClient
from services.settings import Settings, load


async def examined(*, data: Path, clock: Clock, env_file: Path) -> AsyncGenerator[Area]:
    """Yield each area as soon as it is checked; `data` is the folder of models.toml.

    Raises none of our own errors.
    """
    try:
        settings = load(env_file=env_file, judge=partial(model_problems, data=data))
    except ConfigError as error:
        yield _complaints("Settings", error)
        return
    yield await check_settings(settings, env_file=env_file)
    learned = await examine(settings.database, provider=_get_provider_name(settings))
    yield await check_database(settings, learned, clock=clock)
    disk = await check_disk(settings)
    await check_bucket(disk, settings, clock=clock)
    yield disk
    yield await check_port(settings)
    discord = Area("Discord")
    check_token(discord, settings)
    await check_discord(discord, settings)
    yield discord
    try:
        models = load_models(settings, data)
    except ConfigError as error:
        yield _complaints("Models", error)
        return
    yield await _check_provider(settings, models, learned, clock=clock)


async def _check_provider(
    settings: Settings, models: ModelTable, learned: Checkup, *, clock: Clock
) -> Area:
    area = Area("Provider")
    if not check_key(area, settings):
        return area
    endpoint = models.get(models.default).endpoint
    async with KlingClient(provider_from_settings(settings), clock=clock) as kling:
        answers = await provider.asked(kling, endpoint=endpoint)
        if not provider.judge_reach(area, kling, answers):
            return area
        provider.judge_clock(area, kling, settings)
        if not provider.judge_key(area, kling, answers):
            return area
        provider.judge_questions(area, kling, answers, learned)
        await provider.judge_external_ids(area, kling, answers, learned)
        await account.judge_models(area, kling, models)
        await account.judge_packs(area, kling)
        account.judge_limits(area, settings)
    return area


def _complaints(name: str, error: ConfigError) -> Area:
    area = Area(name)
    for problem in error.problems:
        setting, _, words = problem.partition(": ")
        area.bad(setting, words or problem, "in the environment or .env; .env.example explains it")
    return area


def _get_provider_name(settings: Settings) -> str:
    """Return the provider's name as the database stores it; empty without a key."""
    try:
        return provider_from_settings(settings).name
    except ConfigError:
        return ""
