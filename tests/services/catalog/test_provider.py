"""The provider and the models of the settings, and their mistakes in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.catalog.provider import OWN_MODELS, load_models
from services.errors import ConfigError
from services.settings.loading import Settings, load

SHIPPED = Path(__file__).parents[3] / "data" / "models.toml"
OFFICIAL = "https://api-singapore.klingai.com"
DMXAPI = "https://www.dmxapi.cn/kling"
HOUSE = """
[house-model]
title = "House"
description = "Only our gateway has it"
endpoint = "generations"
ratios = ["1:1"]
resolutions = ["1k"]
state = "gateway"
units = { text = 1, image = 2 }
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copy(SHIPPED, tmp_path)
    return tmp_path


def settings(base_url: str, model: str = "") -> Settings:
    environ = {"KLING_BASE_URL": base_url, "KLING_MODEL": model, "KLING_API_KEY": "sk-x"}
    return load(environ, env_file=None)


@pytest.mark.parametrize(
    ("base_url", "default", "knows_retired"),
    [(OFFICIAL, "kling-v3", False), (DMXAPI, "kling-v1-5", True)],
)
def test_klings_own_hosts_have_no_retired_model(
    data: Path, base_url: str, default: str, knows_retired: bool
) -> None:
    models = load_models(settings(base_url), data)
    assert models.default == default
    assert any(row.state == "retired" for row in models) is knows_retired


def test_a_retired_default_on_klings_own_host_is_a_problem_in_words(data: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_models(settings(OFFICIAL, "kling-v1-5"), data)
    [problem] = caught.value.problems
    assert problem == (
        "KLING_MODEL: Kling retired kling-v1-5 on 2026-09-15;"
        " available: kling-v3, kling-v2-1, kling-image-o1, kling-v3-omni"
    )


def test_a_default_that_is_no_model_is_a_problem_in_words(data: Path) -> None:
    with pytest.raises(ConfigError, match="KLING_MODEL: kling-v9 is not a row") as it:
        load_models(settings(DMXAPI, "kling-v9"), data)
    assert "kling-v1-5" in str(it.value)


def test_an_operators_own_file_beside_the_shipped_one_is_read(data: Path) -> None:
    own = data / OWN_MODELS
    own.write_text(HOUSE + '[kling-v1-5]\nstate = "current"\n', "utf-8")
    models = load_models(settings(OFFICIAL, "house-model"), data)
    assert models.default == "house-model"
    assert models.get("kling-v1-5").state == "current"


def test_an_own_file_that_is_wrong_is_named(data: Path) -> None:
    (data / OWN_MODELS).write_text("[house-model]\n", "utf-8")
    with pytest.raises(ConfigError, match=rf"{OWN_MODELS}: model house-model: .*missing"):
        load_models(settings(DMXAPI), data)
