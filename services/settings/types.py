"""Types of settings: a SettingType parses a text into a typed value or raises ValueError."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, LiteralString, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from services.common.hosts import is_loopback

MOST_SHARDS = 100_000
"""Upper bound of the numbers in SHARD_IDS. No bot has so many shards: such a number is a typing
error."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Word = TypeVar("Word", bound=LiteralString)


class Secret:
    """Text that is shown only on request: `str`, `repr` and f-strings give `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        """Hide the text."""
        return "***"

    def __eq__(self, other: object) -> bool:
        """Compare by text. Not in constant time, so never use it for untrusted input."""
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        """Hash by text."""
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class SettingType(Generic[T_co]):
    """A type of value: its parser, and a text that says which values are valid."""

    parse: Callable[[str], T_co]
    expected: str
    secret: bool = False


def optional(kind: SettingType[T]) -> SettingType[T | None]:
    """Return a type that also accepts an empty text, which means None."""
    return SettingType(lambda text: kind.parse(text) if text else None, kind.expected, kind.secret)


def whole(lowest: int, highest: int | None = None, *, of: str = "") -> SettingType[int]:
    """Accept whole numbers in a range; `of` names what is counted."""

    def parse(text: str) -> int:
        """Parse a whole number within its bounds; raises ValueError."""
        return _within(int(text), lowest, highest)

    return SettingType(parse, f"a whole number{of and ' of ' + of}, {_span(lowest, highest)}")


def number(lowest: float, *, of: str, times: float = 1) -> SettingType[float]:
    """Accept numbers from `lowest` on, with fractions; `times` converts them to the stored unit."""

    def parse(text: str) -> float:
        """Parse a number and convert it; raises ValueError."""
        return _within(float(text), lowest, None) * times

    return SettingType(parse, f"a number of {of}, {_span(lowest, None)}")


def positive(*, of: str, times: float = 1) -> SettingType[float]:
    """Accept numbers above zero; `times` converts them to the stored unit."""

    def parse(text: str) -> float:
        """Parse a number above 0 and convert it; raises ValueError."""
        return _within(float(text), math.ulp(0), None) * times

    return SettingType(parse, f"a number of {of} above 0")


def _span(lowest: float, highest: float | None) -> str:
    return f"{lowest:g} or more" if highest is None else f"{lowest:g} to {highest:g}"


def _within(value: T, lowest: float, highest: float | None) -> T:
    if not isinstance(value, int | float) or not math.isfinite(value) or value < lowest:
        raise ValueError
    if highest is not None and value > highest:
        raise ValueError
    return value


def _micro(text: str) -> int:
    figure = _within(float(text.removeprefix("$")), 0, 1e9)
    # Rounded up, so that a cap below a millionth is not 0, which means no cap.
    return math.ceil(round(figure * 1e6, 3))


DOLLARS = SettingType(_micro, "a number of US dollars, 0 or more")
"""US dollars, parsed into whole micro-dollars."""


def choice(*words: Word) -> SettingType[Word]:
    """Accept one of these words, in upper or lower case."""

    def parse(text: str) -> Word:
        """Return the word in its own spelling; raises ValueError."""
        for word in words:
            if text.lower() == word:
                return word
        raise ValueError

    return SettingType(parse, f"one of {', '.join(words)}")


def _switch(text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False}
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


SWITCH = SettingType(_switch, "true or false")


def secret(expected: str, *, prefix: str = "") -> SettingType[Secret]:
    """Accept text that fits into an HTTP header; a pasted `prefix` ("Bearer") is removed."""

    def parse(text: str) -> Secret:
        """Parse a secret, without a pasted prefix; raises ValueError."""
        bare = re.sub(rf"^{prefix}\s+", "", text, flags=re.IGNORECASE) if prefix else text
        if not re.fullmatch(r"[\x21-\x7e]+", bare):
            raise ValueError
        return Secret(bare)

    return SettingType(parse, f"{expected}, without spaces", secret=True)


def _webhook_secret(text: str) -> Secret:
    # Standard Webhooks: the key is the base64 text after the prefix.
    if not base64.b64decode(text.removeprefix("whsec_"), validate=True):
        raise ValueError
    return Secret(text)


WEBHOOK_SECRET = SettingType(
    _webhook_secret, "whsec_ and base64, as Kling's console shows it", secret=True
)


def _word(text: str) -> str:
    if not re.fullmatch(r"[\w.:-]+", text):
        raise ValueError
    return text


MODEL = SettingType(_word, "a model's name such as kling-v3")
HOST = SettingType(_word, "an address or host name such as 127.0.0.1")


def _path(text: str) -> Path:
    if "\0" in text:
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # the home folder of an unknown user
        raise ValueError from error


FILE = SettingType(_path, "a path")


def _database(text: str) -> Secret:
    parts = urlsplit(text)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.netloc or re.search(r"\s", text):
        raise ValueError
    if parts.port is not None and parts.port < 1:  # .port raises ValueError above 65535
        raise ValueError
    return Secret(text)


DATABASE = SettingType(
    _database, "postgresql://user:password@host/name, without spaces", secret=True
)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:  # a folder of zones ("Europe") is an OSError
        raise ValueError from error


ZONE = SettingType(_zone, "a time zone such as UTC or Europe/Berlin")


def _ids(text: str) -> tuple[int, ...]:
    words = [word.strip("<@!>") for word in re.split(r"[,;\s]+", text) if word]
    if not all(re.fullmatch(r"[0-9]{1,20}", word) for word in words):
        raise ValueError
    return tuple(dict.fromkeys(int(word) for word in words))


IDS = SettingType(_ids, "Discord user ids (digits), separated by commas")


def _shard_count(text: str) -> int | Literal["auto"]:
    return "auto" if text.lower() == "auto" else _within(int(text), 1, None)


SHARD_COUNT = SettingType(_shard_count, "auto, or a whole number of shards, 1 or more")


def _numbers(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", text):
        first, dash, last = part.partition("-")
        one, other = int(first), int(last if dash else first)
        if not 0 <= one <= other < MOST_SHARDS:
            raise ValueError
        found |= set(range(one, other + 1))
    return tuple(sorted(found))


SHARD_IDS = SettingType(_numbers, "numbers of shards such as 0-3,7")


def _checked_url(text: str, scheme: str) -> str:
    parts = urlsplit(text)
    plain = scheme.removesuffix("s")
    port_is_good = parts.port is None or parts.port > 0  # .port raises ValueError above 65535
    if not parts.hostname or parts.username or parts.query or parts.fragment or not port_is_good:
        raise ValueError
    if re.search(r"\s", text):
        raise ValueError
    if parts.scheme != scheme and not (parts.scheme == plain and is_loopback(parts.hostname)):
        raise ValueError
    return text.rstrip("/")


def _origins(text: str) -> tuple[str, ...]:
    found = [_checked_url(word, "https") for word in re.split(r"[,;\s]+", text) if word]
    if any(urlsplit(one).path for one in found):
        raise ValueError
    return tuple(dict.fromkeys(found))


ORIGINS = SettingType(
    _origins,
    "https://host or https://host:port (http:// only for this computer), separated by commas",
)


def _url(scheme: str, tidy: Callable[[str], str] = str) -> SettingType[str]:
    expected = f"an {scheme}:// address ({scheme.removesuffix('s')}:// only for this computer)"
    if scheme == "wss":
        expected = expected.replace("an ", "a ", 1)
    return SettingType(lambda text: tidy(_checked_url(text, scheme)), expected)


def _without_route(url: str) -> str:
    """Remove the parts of a route that people copy from an example call."""
    return re.sub(r"/v1(/images(/generations)?)?$", "", url)


def _with_version(url: str) -> str:
    """Append /api/v10, the version of discord.py 2.7, unless the URL has a version."""
    return url if re.search(r"/api/v\d+$", url) else url.removesuffix("/api") + "/api/v10"


def _bucket(text: str) -> str:
    # Amazon's rules for bucket names; the prefix needs only simple characters.
    if (
        not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*/?", text)
        or "/.." in text
    ):
        raise ValueError
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    return _checked_url(text, "http" if text.startswith("http://") else "https")


BUCKET = SettingType(_bucket, "an s3://bucket/prefix address")
ENDPOINT = SettingType(_endpoint, "an https:// address")
REGION = SettingType(_word, "a region such as eu-central-1")

URL = _url("https")
KLING_URL = _url("https", _without_route)
DISCORD_URL = _url("https", _with_version)
GATEWAY_URL = _url("wss")


# Settings as the operator sees them: rows of a table under the headings of .env.example.


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the operator sees it in .env.example and in errors."""

    name: str
    kind: SettingType[object]
    default: str
    group: str
    help: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading in .env.example. Calling it creates the dataclass field of a setting below it."""

    title: str

    def __call__(self, name: str, kind: SettingType[T], *, default: str = "", text: str) -> T:
        """Return a field whose default is parsed from text, as the operator's values are."""
        row = Row(name, kind, default, self.title, text)
        # A factory, so that importing this module reads no time zone file.
        return field(default_factory=lambda: kind.parse(default), metadata={"row": row})
