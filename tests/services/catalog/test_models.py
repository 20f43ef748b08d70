"""The model table says which options each model supports, and refuses the others in words."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from services.catalog.models import ModelTable, default_model
from services.errors import (
    ConfigError,
    CountTooHigh,
    OptionNotCarried,
    PromptTooLong,
    UnknownModel,
)
from services.kling import Endpoint
from services.models import Options

SHIPPED = Path(__file__).parents[3] / "data" / "models.toml"
TABLE = ModelTable.load(SHIPPED)


def options(model: str, **chosen: object) -> Options:
    return dataclasses.replace(Options(model=model), **chosen)  # pyright: ignore[reportArgumentType]


def test_every_model_of_the_documents_is_there() -> None:
    found = {row.name: (row.endpoint, row.state) for row in TABLE}
    documented = {
        "kling-v3": (Endpoint.GENERATIONS, "current"),
        "kling-v2-1": (Endpoint.GENERATIONS, "current"),
        "kling-image-o1": (Endpoint.OMNI, "current"),
        "kling-v3-omni": (Endpoint.OMNI, "current"),
        "kling-v1-5": (Endpoint.GENERATIONS, "retired"),
        "kling-v1": (Endpoint.GENERATIONS, "retired"),
        "kling-v2": (Endpoint.GENERATIONS, "retired"),
        "kling-v2-new": (Endpoint.GENERATIONS, "retired"),
        "kling-expand": (Endpoint.EXPAND, "current"),
        "kling-blend": (Endpoint.MULTI, "current"),
    }

    assert found | documented == found
    retired = [TABLE.get(name) for name, (_, state) in documented.items() if state == "retired"]
    assert [row.retired_on for row in retired] == [dt.date(2026, 9, 15)] * 4


@pytest.mark.parametrize(
    ("model", "text", "image"),
    [
        ("kling-v3", 0.028, 0.028),
        ("kling-v2-1", 0.014, 0.028),
        ("kling-image-o1", 0.028, 0.028),
        ("kling-v1-5", 0.014, 0.028),
        ("kling-v1", 0.0035, 0.0035),
        ("kling-expand", 0.0, 0.028),
        ("kling-blend", 0.0, 0.056),
    ],
)
def test_prices_are_those_of_the_list(model: str, text: float, image: float) -> None:
    row = TABLE.get(model)
    assert row.price_usd(with_image=False) == pytest.approx(text)
    assert row.price_usd() == pytest.approx(image)


def test_what_expands_or_blends_is_no_model_that_repaints() -> None:
    assert (TABLE.default_for("expand"), TABLE.default_for("blend")) == (
        "kling-expand",
        "kling-blend",
    )
    assert TABLE.default_for("repaint") == TABLE.default
    assert {row.kind for row in TABLE.menu()} == {"repaint"}
    assert TABLE.get("kling-blend").model_name == "kling-v2-1"
    for name in ("kling-expand", "kling-blend"):
        with pytest.raises(UnknownModel):
            ModelTable.load(SHIPPED, default=name)


def test_a_table_without_such_a_row_says_so(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[kling-blend]\nstate = "retired"\n')
    table = ModelTable.load(SHIPPED, tmp_path / "own.toml", retired=False)
    with pytest.raises(UnknownModel):
        table.default_for("blend")


def test_four_k_costs_twice() -> None:
    assert TABLE.get("kling-v3-omni").price_usd(resolution="4k") == pytest.approx(0.056)


@pytest.mark.parametrize(
    "chosen",
    [
        options("kling-v3", ratio="21:9", count=9),
        options("kling-v2-1", reference="face", fidelity=0.0),
        options("kling-v2-1", reference="subject", human_fidelity=1.0),
        options("kling-v1-5", human_fidelity=0.45, fidelity=0.5),
        options("kling-image-o1", ratio="auto"),
        options("kling-v2-new"),
    ],
)
def test_what_a_model_carries_is_let_through(chosen: Options) -> None:
    TABLE.check(chosen)


@pytest.mark.parametrize(
    ("chosen", "option", "allowed"),
    [
        (options("kling-v3", reference="face"), "reference", ()),
        (options("kling-v3", fidelity=0.5), "fidelity", ()),
        (options("kling-v3", ratio="auto"), "ratio", TABLE.get("kling-v3").ratios),
        (options("kling-v3", ratio="5:4"), "ratio", TABLE.get("kling-v3").ratios),
        (options("kling-v2-1", ratio="21:9"), "ratio", TABLE.get("kling-v2-1").ratios),
        (options("kling-v2-1", human_fidelity=0.5), "human_fidelity", ()),
        (options("kling-v2-1", reference="face", human_fidelity=0.5), "human_fidelity", ()),
        (options("kling-v2-1", reference="face", fidelity=1.5), "fidelity", ("0..1",)),
        (options("kling-v2-1", reference="look"), "reference", ("subject", "face")),
        (options("kling-v2", ratio="1:1"), "ratio", ()),
        (options("kling-v3-omni", fidelity=0.1), "fidelity", ()),
    ],
)
def test_what_it_can_not_carry_is_refused_with_what_it_could(
    chosen: Options, option: str, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(OptionNotCarried) as caught:
        TABLE.check(chosen)
    assert (caught.value.option, caught.value.allowed) == (option, allowed)
    assert caught.value.model == chosen.model


def test_without_a_picture_other_rules_hold() -> None:
    TABLE.check(options("kling-v2-1", ratio="21:9"), with_image=False)
    for chosen, option in (
        (options("kling-v2-new"), "text"),
        (options("kling-v2-1", reference="face"), "reference"),
        (options("kling-v3-omni", ratio="auto"), "ratio"),
    ):
        with pytest.raises(OptionNotCarried) as caught:
            TABLE.check(chosen, with_image=False)
        assert caught.value.option == option


def test_a_resolution_is_the_model_s() -> None:
    TABLE.get("kling-v3-omni").check(options("kling-v3-omni"), resolution="4k")
    with pytest.raises(OptionNotCarried):
        TABLE.get("kling-v3").check(options("kling-v3"), resolution="4k")


def test_nine_images_and_2500_characters() -> None:
    with pytest.raises(CountTooHigh):
        TABLE.check(options("kling-v3", count=10))
    TABLE.check(options("kling-v3"), prompt="x" * 2500)
    with pytest.raises(PromptTooLong):
        TABLE.check(options("kling-v3"), prompt="x" * 2501)


def test_the_reference_page_s_models_always_send_a_reference() -> None:
    assert {row.name: row.default_reference for row in TABLE if row.default_reference} == {
        "kling-v1-5": "subject",
        "kling-v1": "subject",
    }


@pytest.mark.parametrize(
    ("base_url", "model"),
    [
        ("https://www.dmxapi.cn/kling", "kling-v1-5"),
        ("https://ssvip.dmxapi.com/kling/", "kling-v1-5"),
        ("https://api-singapore.klingai.com", "kling-v3"),
        ("https://notdmxapi.cn/kling", "kling-v3"),
        ("http://127.0.0.1:8000/kling", "kling-v3"),
    ],
)
def test_the_default_follows_the_provider(base_url: str, model: str) -> None:
    assert default_model(base_url) == model


def test_the_menu_shows_the_default_first_and_nothing_else_retired() -> None:
    table = ModelTable.load(SHIPPED, default="kling-v1-5")
    current = ["kling-v3", "kling-v2-1", "kling-image-o1", "kling-v3-omni"]
    menu = [row.name for row in table.menu()]
    assert menu[:5] == ["kling-v1-5", *current]
    assert {table.get(name).state for name in menu[1:]} == {"current"}
    assert table.default == "kling-v1-5"
    assert "21:9" in table.ratios()


def test_an_operator_overrides_a_field_and_adds_a_row(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text(
        """
        [kling-v3]
        title = "Ours"

        [house-model]
        title = "House"
        description = "Only our gateway has it"
        endpoint = "generations"
        ratios = ["1:1"]
        resolutions = ["1k"]
        state = "gateway"
        units = { text = 1, image = 2 }
        """,
        "utf-8",
    )
    table = ModelTable.load(SHIPPED, own, default="house-model")
    assert (table.get("kling-v3").title, table.get("kling-v3").units.image) == ("Ours", 8)
    assert table.menu()[0].name == "house-model"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[kling-v3]\nratios = 5", r"model kling-v3: .*ratios"),
        ("[kling-v3]\ncolour = 1", r"model kling-v3: .*colour"),
        ("[new]\ntitle = 'x'", r"model new: .*missing"),
        ("[kling-v3]\nfields = ['warmth']", r"model kling-v3: .*'warmth'.*fields"),
        ("kling-v3 = 1", "kling-v3 is no"),
        ("[kling", "models.toml: "),
    ],
)
def test_a_file_that_is_wrong_names_its_row_and_field(tmp_path: Path, text: str, says: str) -> None:
    own = tmp_path / "models.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=says):
        ModelTable.load(SHIPPED, own)


def test_every_problem_of_a_file_is_listed_with_its_name(tmp_path: Path) -> None:
    own = tmp_path / "models.local.toml"
    own.write_text("[kling-v3]\nratios = 5\n[kling-v2-1]\nstate = 'gone'\n[new]\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        ModelTable.load(SHIPPED, own)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [own.name] * 3
    assert [problem.split(": ")[1] for problem in caught.value.problems] == [
        "model kling-v3",
        "model kling-v2-1",
        "model new",
    ]


def test_retired_models_may_be_left_out() -> None:
    table = ModelTable.load(SHIPPED, retired=False)
    assert {row.state for row in table} == {"current"}
    with pytest.raises(UnknownModel):
        table.check(options("kling-v1-5"))


def test_model_row_with_a_further_field_takes_its_option(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text("[kling-v3]\nfields = ['image_fidelity']", "utf-8")
    table = ModelTable.load(SHIPPED, own)

    table.check(options("kling-v3", fidelity=0.5))
    with pytest.raises(OptionNotCarried, match="human_fidelity"):
        table.check(options("kling-v3", human_fidelity=0.5, reference=None))


def test_unknown_models_are_named() -> None:
    with pytest.raises(UnknownModel, match="kling-v9"):
        TABLE.check(options("kling-v9"))
    with pytest.raises(UnknownModel):
        ModelTable.load(SHIPPED, default="kling-v9")
    with pytest.raises(ConfigError):
        ModelTable.load(SHIPPED.with_name("none.toml"))


@pytest.mark.parametrize(
    ("name", "ratio"), [("kling-v3", "1:1"), ("kling-v3-omni", None), ("kling-v2", None)]
)
def test_a_picture_that_nobody_saw_gets_a_square_unless_the_model_sees_it(
    name: str, ratio: str | None
) -> None:
    assert TABLE.get(name).unseen_ratio == ratio
