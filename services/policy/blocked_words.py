"""Blocked words: searches phrases in folded text, so that spelling tricks do not help.

Folding reduces wide and fancy letters, letters in boxes, small capitals, accents and marks,
invisible characters, letters of other scripts that look Latin, and digits used as letters to plain
letters. Anything else between words becomes a space. Chinese characters that look like letters are
not folded: they are words of many prompts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import product
from string import ascii_lowercase

LONGEST = 100
"""Maximum characters of a blocked phrase."""

_TWINS = {
    # Cyrillic
    **dict(zip("авекмнорстухіјѕԁһѵүԛԝӏєөғԍ", "abekmhopctyxijsdhvyqwleofg", strict=True)),
    # Greek, with the letters that generators of fancy text use
    **dict(zip("αβγεηικμνοπρστυχωζϳ", "abyenikuvonpotuxwzj", strict=True)),
    # Armenian
    **dict(zip("հյլոսօցզ", "hjlnuogq", strict=True)),
    # Coptic
    **dict(zip("ⲁⲃⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭ", "abehikmnopctyx", strict=True)),
    # Cherokee
    **dict(zip("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᎽᏀᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏴᏮ", "drtiajewmhygzbrwsvslcpkdbg", strict=True)),
    # Lisu
    **dict(zip("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz", strict=True)),
    # Canadian syllabics
    **dict(zip("ᗩᗷᑕᗪᗴᖴᘜᕼᒍᒎᒪᗰᑎᗝᑭᑫᖇᔕᑌᐯᗯ᙭ᘔ", "abcdefghjjlmnopqrsuvwxz", strict=True)),
    # Latin letters that are not named after the one they look like
    **dict(zip("ðþƿɑɩɣʊəŋĸƨꞵꭓǀʗ", "dppaiyuenksbxlc", strict=True)),
    "æ": "ae",
    "œ": "oe",
    # Flags are made of these
    **{chr(0x1F1E6 + number): chr(ord("a") + number) for number in range(26)},
}
_CAPITAL_TWINS = str.maketrans(
    dict(zip("ΑΒΕΖΗΙΚΛΜΝΟΡΣΤΥΧՏՍՕԼ", "ABEZHIKAMNOPETYXSUOL", strict=True))
)
"""Capitals of other scripts that look like a different Latin letter than their small letters do."""

_IN_BRACKETS = {
    **{0x249C + number: chr(ord("a") + number) for number in range(26)},
    **{0x1F110 + number: chr(ord("a") + number) for number in range(26)},
}
"""Letters in brackets: Unicode decomposes each into three characters, which would separate the
letters of a word."""

_NAMED_BLOCKS = (
    (0x00C0, 0x0250),
    (0x0250, 0x02B0),
    (0x1D00, 0x1DC0),
    (0x1E00, 0x1F00),
    (0x2180, 0x2190),
    (0x2C60, 0x2C80),
    (0xA720, 0xA800),
    (0xAB30, 0xAB70),
    (0x1DF00, 0x1DF30),
    (0x1F110, 0x1F1AD),
)
_NAME = re.compile(
    r"(?:(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) )?"
    r"LATIN (?:SMALL CAPITAL |CAPITAL |SMALL |EPIGRAPHIC )?LETTER (?:SMALL CAPITAL )?"
    r"(?:(?:AFRICAN|BARRED|BLACKLETTER|BROKEN|CLOSED|DOTLESS|GLOTTAL|INSULAR|INVERTED|LENIS|LONG"
    r"|MIDDLE-WELSH|OPEN|REVERSED|SCRIPT|SIDEWAYS|STIRRUP|STRETCHED|TURNED|VISIGOTHIC) )*"
    r"([A-Z])(?: (?:WITH|BAR|ROTUNDA|PRECEDED).*)?"
)
"""Matches the Unicode names of crossed, hooked, small capital, turned and boxed letters.

The pattern's group is the plain letter.
"""

_BOXED_WORD = re.compile(r"(?:NEGATIVE )?SQUARED ([A-Z]{2,4})(?: WITH .*)?")


def _named_twins() -> dict[str, str]:
    """Return the plain letter of letters that Unicode names after one but does not decompose."""
    found: dict[str, str] = {}
    for code in (code for block in _NAMED_BLOCKS for code in range(*block)):
        name = unicodedata.name(chr(code), "")
        match = _NAME.fullmatch(name) or _BOXED_WORD.fullmatch(name)
        if match is not None:
            found[chr(code).casefold()] = match[1].lower()
    return {twin: plain for twin, plain in found.items() if len(twin) == 1}


_LOOK_ALIKES = {**_named_twins(), **_TWINS}
_STAND_INS = dict(zip("01345789@$!|€", "oieastbgasiie", strict=True))
"""Digits and signs, each with the letters for which it may stand; it may also stand for itself."""

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

_COMMON = """
a about above after again all also an and any are around as at be because been before behind being
below between both but by can could do does down each every for from had has have he her here hers
him his how i if in inside into is it its just like make many may me more most much my near no not
now of off on one only or other our out outside over own please she should so some such than that
the their them then there these they this those through to too two under up us very was we were what
when where which while who will with without would you your
图片 图像 照片 一个 一张 一只 一位 我们 你们 他们 这个 那个 这张 那张 没有 什么 可以
"""
"""Words that occur in most prompts."""

SHORTEST_RUN = 3
_SPELT_OUT = re.compile(r"\b(?:\w ){2,}\w\b")
"""Matches three or more single letters with spaces between them."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Matches characters of scripts without spaces between words: Chinese, Japanese, Korean, Thai, Lao,
Khmer ..."""


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def normalize(text: str) -> str:
    """Return text that can be stored, sent and shown: without control characters.

    Unpaired surrogates are removed too; line breaks and tabs stay.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub(" ", whole.replace("\r\n", "\n"))


def plain(text: str) -> str:
    """Return a phrase folded for comparison; empty if nothing of it can be searched for."""
    return _tidy(_bare(text.strip().strip("!|")).translate(_FOLDED))


def is_common(phrase: str) -> bool:
    """Return whether a phrase is so common that blocking it would refuse most requests."""
    word = plain(phrase)
    return len(word) == 1 or word in _common()


def holds_blocked(text: str, phrases: Sequence[str]) -> bool:
    """Return whether a text contains one of these phrases.

    A phrase matches as whole words; in scripts without spaces it matches anywhere. Words that are
    spelt out ("b a d") are found too.
    """
    if not phrases:
        return False
    bare, wanted = _bare(text), _wanted(tuple(phrases))
    readings = [_tidy(bare.translate(table)) for table in (_FOLDED, _WITH_L, _CUT)]
    if (in_capitals := text.translate(_CAPITAL_TWINS)) != text:
        readings.append(_tidy(_bare(in_capitals).translate(_FOLDED)))
    readings += [joined for one in readings for joined in _joined(one)]
    return any(word in f" {one} " for one in readings for word in wanted)


def _bare(text: str) -> str:
    """Reduce letters to plain ones; marks that make another letter (kana) stay."""
    folded = unicodedata.normalize("NFKC", text.translate(_IN_BRACKETS)).casefold()
    apart = _UNSEEN.sub("", unicodedata.normalize("NFKD", folded))
    return unicodedata.normalize("NFC", apart if apart.isascii() else _unmarked(apart))


def _unmarked(text: str) -> str:
    """Remove characters without width, and marks of any script that follow a Latin letter."""
    kept: list[str] = []
    for letter in text:
        kind = unicodedata.category(letter)
        on_latin = bool(kept) and kept[-1] in ascii_lowercase
        if kind != "Cf" and not (on_latin and kind in {"Mn", "Me"}):
            kept.append(letter)
    return "".join(kept)


def _joined(text: str) -> Iterator[str]:
    """Yield the text with spelt-out letters joined to words.

    Each run is also joined without its first or last letter, which may be a word of its own ("a").
    """
    if _SPELT_OUT.search(text) is None:
        return
    for first, last in product((False, True), repeat=2):

        def in_one(run: re.Match[str], *, first: bool = first, last: bool = last) -> str:
            """Return a run of single letters as one word, with or without its ends."""
            letters = run[0].split(" ")
            if len(letters) - first - last < SHORTEST_RUN:
                return run[0]
            before, after = letters[0] + " " if first else "", " " + letters[-1] if last else ""
            return before + "".join(letters[first : len(letters) - last]) + after

        yield _SPELT_OUT.sub(in_one, text)


def _tidy(text: str) -> str:
    return _GAP.sub(" ", text).strip()


@cache
def _common() -> frozenset[str]:
    return frozenset(map(plain, _COMMON.split()))


@lru_cache(maxsize=256)
def _wanted(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_bounded(word) for word in map(plain, phrases) if word)


def _bounded(word: str) -> str:
    """Return a phrase with a space on each side where its script separates words by spaces."""
    before = "" if _UNSPACED.match(word[0]) else " "
    after = "" if _UNSPACED.match(word[-1]) else " "
    return f"{before}{word}{after}"
