"""Blocked words: looked for in text that was made plain, so that spelling tricks do not help.

Wide and fancy letters, accents, invisible characters, letters of other scripts that look Latin,
and digits in the place of letters are folded; whatever else stands between words becomes a space.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

LONGEST = 100
"""Characters of a blocked phrase."""

_LOOK_ALIKES = {
    # Cyrillic
    **dict(zip("авекмнорстухіјѕԁһ", "abekmhopctyxijsdh", strict=True)),
    # Greek
    **dict(zip("αβεικνορτυχ", "abeikvoptux", strict=True)),
    # Crossed and dotless Latin
    **dict(zip("ıłøđħŧɡ", "ilodhtg", strict=True)),
    # Letters in boxes: flags' letters and negative squares
    **{chr(0x1F1E6 + number): chr(ord("a") + number) for number in range(26)},
    **{chr(0x1F170 + number): chr(ord("a") + number) for number in range(26)},
}
_STAND_INS = dict(zip("01345789@$!|€", "oieastbgasiie", strict=True))
"""Digits and signs that stand for letters; they may also be just digits and signs."""

_FOLDED = str.maketrans({**_LOOK_ALIKES, **_STAND_INS})
_WITH_L = str.maketrans({**_LOOK_ALIKES, **_STAND_INS, **dict.fromkeys("1!|", "l")})
_CUT = str.maketrans({**_LOOK_ALIKES, **dict.fromkeys(_STAND_INS, " ")})

_UNSEEN = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents and vowel points
    "\u00ad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"  # without width
)

_GAP = re.compile(r"[\W_]+")

_SPELT_OUT = re.compile(r"\b(?:\w ){2,}\w\b")
"""Three or more single letters in a row."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts where a word does not end at a space: Chinese, Japanese, Korean, Thai, Lao, Khmer ..."""


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def legible(text: str) -> str:
    """Return text that can be stored, sent and shown: no controls, no halves of characters.

    Line breaks and tabs stay.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub(" ", whole.replace("\r\n", "\n"))


def plain(text: str) -> str:
    """Fold a phrase for comparing; empty when nothing of it can be looked for."""
    return _tidy(_bare(text.strip().strip("!|")).translate(_FOLDED))


def holds_blocked(text: str, phrases: Sequence[str]) -> bool:
    """Tell whether a text has one of the phrases: as whole words, or anywhere where no spaces are.

    Words that are spelt out ("b a d") are found too.
    """
    if not phrases:
        return False
    bare, wanted = _bare(text), _wanted(tuple(phrases))
    readings = [_tidy(bare.translate(table)) for table in (_FOLDED, _WITH_L, _CUT)]
    readings += [_SPELT_OUT.sub(lambda run: run[0].replace(" ", ""), one) for one in readings]
    return any(word in f" {one} " for one in readings for word in wanted)


def _bare(text: str) -> str:
    """Take letters down to their plain form; marks that change the letter (kana) stay."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    apart = _UNSEEN.sub("", unicodedata.normalize("NFKD", folded))
    return unicodedata.normalize("NFC", apart)


def _tidy(text: str) -> str:
    return _GAP.sub(" ", text).strip()


@lru_cache(maxsize=256)
def _wanted(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_bounded(word) for word in map(plain, phrases) if word)


def _bounded(word: str) -> str:
    """Ask for a space on each side where the script has them."""
    before = "" if _UNSPACED.match(word[0]) else " "
    after = "" if _UNSPACED.match(word[-1]) else " "
    return f"{before}{word}{after}"
