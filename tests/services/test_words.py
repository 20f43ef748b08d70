"""Blocked words are found through spelling tricks, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.words import holds_blocked, plain


@pytest.mark.parametrize(
    "text",
    [
        "black magic",
        "some BLACK  Magic, please",
        "bl\u00e1ck m\u00e0gic",
        "bla\u0301ck magic",
        "black-magic",
        "black\nmagic",
        "black_magic!",
        "ｂｌａｃｋ ｍａｇｉｃ",
        "𝔟𝔩𝔞𝔠𝔨 𝖒𝖆𝖌𝖎𝖈",
        "ⓑⓛⓐⓒⓚ magic",
        "🇧🇱🇦🇨🇰 magic",
        "bl4ck m@g1c",
        "b|ack magic",
        "b1ack magic",
        "b!ack magic",
        "bla\u200bck ma\u00adgic",
        "bl\u0430ck m\u0430gi\u0441",
        "bl\u03b1ck magic",
        "b l a c k magic",
        "b.l.a.c.k magic",
        "\u202eblack magic",
    ],
)
def test_a_trick_is_seen_through(text: str) -> None:
    assert holds_blocked(f"a cat, {text} and a hat", ["Black magic"])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Scunthorpe in the rain", "cunt"),
        ("a classic portrait", "ass"),
        ("black cats and magic", "black magic"),
        ("a b c of painting", "abcd"),
        ("", "anything"),
        ("1980s poster", "8"),
    ],
)
def test_what_only_looks_a_little_like_it_is_let_through(text: str, phrase: str) -> None:
    assert not holds_blocked(text, [phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("画一个黑魔法阵", "黑魔法"),
        ("くろいまほうの猫", "まほう"),
        ("흑마법사", "마법"),
        ("ﾏﾎｳの猫", "マホウ"),
    ],
)
def test_where_no_spaces_are_it_is_found_anywhere(text: str, phrase: str) -> None:
    assert holds_blocked(text, [phrase])


def test_marks_that_make_another_letter_stay() -> None:
    """In Japanese a dot makes another sound, and another word."""
    assert not holds_blocked("ばら", ["はら"])


@pytest.mark.parametrize("number", ["2026", "1984", "3"])
def test_numbers_can_be_blocked_too(number: str) -> None:
    assert holds_blocked(f"a calendar of {number}, please", [number])


@pytest.mark.parametrize("phrase", ["!!! ...", "\u200b", "   ", "||"])
def test_a_phrase_without_a_letter_is_nothing(phrase: str) -> None:
    assert plain(phrase) == ""
    assert not holds_blocked("!!! ... || anything", [phrase])


def test_two_spellings_are_one_phrase() -> None:
    assert plain("Black MAGIC!") == plain("  bl\u00e1ck   m\u00e0gic ") == "black magic"


PHRASES = st.text(st.characters(exclude_characters="!|"), max_size=40)
"""What marks a cry or a spoiler is not part of a phrase at its ends."""


@given(PHRASES, st.text(max_size=40))
def test_a_phrase_is_found_in_itself_and_with_words_around_it(phrase: str, around: str) -> None:
    if plain(phrase):
        assert holds_blocked(phrase, [phrase])
        assert holds_blocked(f"aa {phrase} zz", [phrase])
    assert not holds_blocked(around, [])
