"""An option that no language words is shown by its name and its value."""

from __future__ import annotations

import pytest

from cogs.ui.text import format_option, format_option_label


@pytest.mark.parametrize(
    ("option", "value", "locale", "text"),
    [
        ("fidelity", 0.5, "en-US", "**Fidelity** 0.5"),
        ("spoiler", True, "en-US", "**Spoiler** yes"),
        ("reference", None, "en-US", "**Reference** The model's own"),
        ("colour_warmth", 0.25, "en-US", "**Colour warmth** 0.25"),
        ("seed", 7, "zh-CN", "**Seed** 7"),
        ("mood", "*glad*", "en-US", r"**Mood** \*glad\*"),
    ],
)
def test_option_text_without_a_sentence_is_name_and_value(
    option: str, value: object, locale: str, text: str
) -> None:
    assert format_option(option, value, locale) == text


def test_option_label_without_a_sentence_is_the_readers_name_of_it() -> None:
    assert format_option_label("preference_ratio", "ratio", "en-US") == "Ratio"
    assert format_option_label("preference_fidelity", "fidelity", "zh-CN") == "相似度"
    assert format_option_label("preference_human_fidelity", "human_fidelity", "en-US") == (
        "Human fidelity"
    )
