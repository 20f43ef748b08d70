"""Prefix, key and routes of the sandbox in each flavour, as its users set them."""

from __future__ import annotations

from pathlib import Path

from sandbox.kling.options import KEY
from services.kling import BearerKey, Provider, Timeouts
from services.kling.provider import BLTCY, KLING, QINIU, TENCENT

PREFIXES = {"302ai": "/klingai", "duomi": "/api/video/kling", "official": "", "qiniu": "/v1"}
ROUTES = {"bltcy": BLTCY, "qiniu": QINIU, "tencent": TENCENT}

OWN_MODELS = {
    "tencent": """
[kling-image-v3]
title = "Kling 3"
description = "Under Tencent's name for it"
endpoint = "generations"
ratios = ["16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9"]
resolutions = ["1k", "2k"]
units = { text = 8, image = 8 }
"""
}
"""Rows that an operator writes into a file of their own, by flavour."""


def sandbox_provider(url: str, flavour: str, *, timeouts: Timeouts | None = None) -> Provider:
    """Return the Provider for a sandbox of this flavour at `url`."""
    return Provider(
        base_url=url + PREFIXES.get(flavour, "/kling"),
        credential=BearerKey(KEY),
        timeouts=timeouts or Timeouts(),
        routes=ROUTES.get(flavour, KLING),
    )


def model_of(flavour: str) -> str:
    """Return a model that this gateway offers."""
    return "kling-image-v3" if flavour in OWN_MODELS else "kling-v3"


def own_models(flavour: str, folder: Path) -> list[Path]:
    """Write the operator's own rows; return the files written."""
    if flavour not in OWN_MODELS:
        return []
    path = folder / "models.local.toml"
    path.write_text(OWN_MODELS[flavour], "utf-8")
    return [path]
