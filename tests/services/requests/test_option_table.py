"""The table of options agrees with the records, the payload, the languages and the guide."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from services.kling import MAX_COUNT, ImageGeneration
from services.models import OPTIONS, Field, OptionRow, Options, Preferences

ROOT = Path(__file__).resolve().parents[3]
ROWS = [pytest.param(row, id=row.name) for row in OPTIONS.values()]


@pytest.mark.parametrize("row", ROWS)
def test_option_row_has_the_type_of_its_field(row: OptionRow) -> None:
    hint = get_type_hints(Options)[row.name]

    assert row.type == hint or row.type in get_args(hint)
    assert row.bounds is not None or row.type not in (int, float)


@pytest.mark.parametrize("row", ROWS)
def test_option_row_without_a_form_has_a_default_to_fall_back_on(row: OptionRow) -> None:
    """Edit prompt leaves such an option out if the chosen model does not take it."""
    default = getattr(Options(), row.name)

    assert row.field is None or row.in_form or default is None


def test_options_all_have_rows_unless_other_input_sets_them() -> None:
    set_otherwise = {"style_words", "sides"}  # by acceptance, and by the sides of /expand

    assert OPTIONS.keys() == {field.name for field in fields(Options)} - set_otherwise
    assert {field.name for field in fields(Preferences)} <= OPTIONS.keys()


def test_option_fields_are_fields_of_the_payload() -> None:
    assert set(get_args(Field)) == {row.field for row in OPTIONS.values()} - {None}
    assert set(get_args(Field)) <= {field.name for field in fields(ImageGeneration)}


def test_option_count_allows_what_kling_allows() -> None:
    assert OPTIONS["count"].bounds == (1, MAX_COUNT)


@pytest.mark.parametrize(
    ("row", "value", "allowed"),
    [
        (OPTIONS["fidelity"], 0.0, True),
        (OPTIONS["fidelity"], 1.01, False),
        (OPTIONS["fidelity"], float("nan"), False),
        (OPTIONS["style"], "x" * 9999, True),
        (OptionRow(name="mood", description="Mood", bounds=(1, 5)), "happy", True),
        (OptionRow(name="mood", description="Mood", bounds=(1, 5)), "happier", False),
    ],
)
def test_option_row_allows_values_within_its_bounds(
    row: OptionRow, value: object, *, allowed: bool
) -> None:
    assert row.allows(value) is allowed


def test_members_guide_lists_every_option() -> None:
    page = (ROOT / "docs" / "members.md").read_text("utf-8")
    cells = re.findall(
        r"^\| (`[^|]+) \|", page[page.index("## What you can choose") :], re.MULTILINE
    )

    assert OPTIONS.keys() <= {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
