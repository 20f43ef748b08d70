"""Checks of the provider account: models, resource packs, concurrency. Every call here is a GET."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
from yarl import URL

from services.catalog import ModelTable
from services.cli.check.findings import Area
from services.cli.error_text import format_error
from services.cli.terminal import plain
from services.common.json_reading import mapping, parse, rows, text
from services.common.net import NO_ANSWER
from services.errors import KlingError
from services.kling import KlingClient, ResourcePack, read_bounded
from services.settings import Settings

TIMEOUT = aiohttp.ClientTimeout(total=20)
FEW_UNITS = 500
"""Billing units: about sixty images of the current models."""


async def judge_models(area: Area, kling: KlingClient, models: ModelTable) -> None:
    """Check whether the configured models exist, as far as a call that costs nothing can tell."""
    served = None if kling.provider.is_official else await _served(kling)
    default = models.get(models.default)
    if served is not None and default.name not in served:
        area.warn(
            "default model",
            f"{default.name} is not on the list of models that this key may use",
            _choose(served, models),
        )
    elif served is not None:
        area.ok("default model", f"{default.name} is on the gateway's list")
    elif default.state == "retired":
        area.warn(
            "default model",
            f"Kling retired {default.name} on {default.retired_on}; some gateways still serve it",
            "generating one image shows it (this costs): bot.py try FILE PROMPT --model"
            f" {default.name}."
            " Current: kling-v3 (KLING_MODEL)",
        )
    else:
        area.ok("default model", f"{default.name}, a current model of Kling")
    others = [row.name for row in models.menu() if row.name != default.name]
    missing = [name for name in others if served is not None and name not in served]
    if missing:
        area.open("other models", f"not on the gateway's list: {', '.join(missing)}")
    elif others:
        area.ok("other models", f"members can choose {', '.join(others)}")


async def _served(kling: KlingClient) -> set[str] | None:
    """Return the models that a gateway lists (OpenAI's format); None if none of them is Kling's.

    No gateway documents this list for Kling, so a missing list means nothing.
    """
    credential, now = kling.provider.credential, kling.clock.now()
    headers = {
        "Authorization": credential.authorization(now),
        "Accept": "application/json",
        "User-Agent": kling.provider.user_agent,
    }
    address = URL(kling.provider.base_url).origin() / "v1" / "models"
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            raw = await read_bounded(answer) if answer.status == HTTPStatus.OK else b""
    except NO_ANSWER:
        return None
    listed = rows(mapping(parse(raw)).get("data"))
    names = {text(mapping(each).get("id")) for each in listed}
    return names if any(name.startswith("kling-") for name in names) else None


def _choose(served: Collection[str], models: ModelTable) -> str:
    known = [row.name for row in models.repainting() if row.name in served]
    if not known:
        return (
            "its list contains no model of models.toml; ask the gateway which paths serve"
            " its models"
        )
    return f"KLING_MODEL={known[0]}, or one of {', '.join(known)}"


async def judge_packs(area: Area, kling: KlingClient) -> None:
    """Check the remaining units of the resource packs, if the host has a page for them."""
    try:
        packs = await kling.resource_packs()
    except KlingError as error:
        if kling.provider.is_official:
            area.warn("packs", format_error(error, host=kling.provider.host))
        return
    if packs is None:
        area.open("packs", "gateways show them only in their own consoles")
        return
    online = [pack for pack in packs if pack.status == "online"]
    left = sum(pack.remaining or 0 for pack in online)
    words = ", ".join(map(_pack_words, online))
    if not online:
        others = f" ({', '.join(_pack_words(pack) for pack in packs)})" if packs else ""
        area.warn(
            "packs",
            f"no resource pack is in use{others}",
            "without other credit every submission fails with code 1102: buy a pack in the"
            " API's console",
        )
    elif left < FEW_UNITS:
        area.warn("packs", f"{words} (up to 12 h behind)", "top up soon")
    else:
        area.ok("packs", f"{words} (up to 12 h behind)")


def _pack_words(pack: ResourcePack) -> str:
    name = plain(pack.name) or "pack"
    if pack.status != "online":
        return f"{name}: {plain(pack.status)}"
    until = ""
    if pack.ends_at is not None:
        until = f", until {datetime.fromtimestamp(pack.ends_at, UTC):%Y-%m-%d}"
    if pack.remaining is None:
        return f"{name}{until}"
    return f"{name}: {pack.remaining:,.0f} units left{until}"


def judge_limits(area: Area, settings: Settings) -> None:
    """Report the concurrency limit, which no provider reveals."""
    area.open(
        "slots",
        f"{settings.kling_concurrency} images in flight (KLING_CONCURRENCY); no provider reports"
        " its limit",
        "lower it if code 1303 appears often in the log",
    )
