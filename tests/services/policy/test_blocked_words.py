"""Blocked words are found despite spelling tricks, and nothing else is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.policy.blocked_words import holds_blocked, plain


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
        "a b l a c k magic",
        "🅱🅻🅰🅲🅺 magic",
        "🅑🅛🅐🅒🅚 magic",
        "🄱🄻🄰🄲🄺 magic",
        "⒝⒧⒜⒞⒦ magic",
        "🄑🄛🄐🄒🄚 magic",
        "b⃞l⃞a⃞c⃞k⃞ magic",
        "ʙʟᴀᴄᴋ ᴍᴀɢɪᴄ",
        "ᵇˡᵃᶜᵏ magic",
        "ƁⱠȺȻꝀ magic",
        "ɓɭɑƈƙ magic",
        "ᗷᒪᗩᑕK magic",
        "ꓐꓡꓮꓚꓗ magic",
        "ᏴLᎪᏟᏦ magic",
        "ΒLΑCΚ ΜΑGΙC",
        "BLАСК МАGІС",
        "b̷l̷a̷c̷k̷ magic",
        "b\u0e49l\u0e49a\u0483ck magic",
        "b\U000e0062l\u034fack magic",
        "bl\U0001d173ack magic",
        "b\u200dl\u200ca\u2060c\u180ek magic",
    ],
)
def test_a_trick_is_seen_through(text: str) -> None:
    assert holds_blocked(f"a cat, {text} and a hat", ["Black magic"])


ALPHABETS = {
    "fullwidth": 0xFF21,
    "mathematical bold": 0x1D400,
    "mathematical sans-serif": 0x1D5A0,
    "double-struck, but for those that stand elsewhere": 0x1D538,
    "circled": 0x24B6,
    "squared": 0x1F130,
    "negative circled": 0x1F150,
    "negative squared": 0x1F170,
    "regional indicators": 0x1F1E6,
    "parenthesized small": 0x249C,
    "parenthesized": 0x1F110,
}


@pytest.mark.parametrize("first", ALPHABETS.values(), ids=ALPHABETS)
def test_plain_text_in_another_alphabet_is_the_plain_letters(first: int) -> None:
    """Letters that Unicode leaves out of an alphabet (the double-struck C) are skipped."""
    for number in range(26):
        letter = chr(first + number)
        if unicodedata.name(letter, ""):
            assert plain(f"x{letter}x") == f"x{chr(ord('a') + number)}x"


@pytest.mark.parametrize(
    ("capitals", "small"),
    [("ΝΗΣΙ", "νησι"), ("КОТ", "кот"), ("ΜΠΥΡΑ", "μπύρα"), ("ԱՅՍՕՐ", "այսօր")],
)
def test_a_phrase_of_another_script_is_found_in_capitals(capitals: str, small: str) -> None:
    assert holds_blocked(f"a {capitals} b", [small])
    assert holds_blocked(f"a {small} b", [capitals])


@pytest.mark.parametrize(("text", "phrase"), [("🆒 hat", "cool"), ("🆓", "free"), ("🅱🆎y", "baby")])
def test_words_and_pairs_in_boxes_are_their_letters(text: str, phrase: str) -> None:
    assert holds_blocked(text, [phrase])


@pytest.mark.parametrize("mark", ["\u0e49", "\u0951", "\u0483", "\u20dd", "\u08f0"])
def test_a_mark_on_a_latin_letter_changes_nothing(mark: str) -> None:
    assert plain(f"b{mark}a{mark}d") == "bad"


def test_a_mark_of_its_own_script_changes_the_word() -> None:
    assert not holds_blocked("ไม้", ["ไม"[:1] + "มา"])
    assert plain("हिन्दी") != plain("हनद")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Scunthorpe in the rain", "cunt"),
        ("a classic portrait", "ass"),
        ("black cats and magic", "black magic"),
        ("a b c of painting", "abcd"),
        ("", "anything"),
        ("1980s poster", "8"),
        ("山 and 千 of Chinese", "w"),
        ("a b l", "bl"),
        ("γάτα στον ήλιο", "cat"),
        ("кошка на крыше", "cat"),
        ("smørrebrød", "smores"),
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
"""Characters that mark shouting or spoilers are not part of a phrase at its ends."""


@given(PHRASES, st.text(max_size=40))
def test_a_phrase_is_found_in_itself_and_with_words_around_it(phrase: str, around: str) -> None:
    if plain(phrase):
        assert holds_blocked(phrase, [phrase])
        assert holds_blocked(f"aa {phrase} zz", [phrase])
    assert not holds_blocked(around, [])
