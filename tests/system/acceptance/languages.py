"""Languages of all texts that reached Discord, read from the wire, and the expected ones.

Private answers follow the reader, public ones the server. Texts that users typed, names, numbers,
addresses and Discord's own markup are in no language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.bot_harness import BotHarness

Json = dict[str, Any]

EPHEMERAL = 64
ANSWERS, UPDATES, CHOICES, FORM = (4, 5), (6, 7), 8, 9
"""Types of a response to an interaction (Discord)."""

WORDS = ("content", "label", "placeholder", "title", "description")
"""Keys of components and attachments whose values users read."""

INSIDE = ("components", "component", "accessory", "items", "options", "attachments")

IN_NO_LANGUAGE = re.compile(
    r"```.*?```|`[^`]*`|https?://\S+|<[@#:t][^>]*>|\$[\d.]+|\b[0-9a-z]{22}\b"
    r"|\b[\w-]+\.(?:png|jpg|jpeg|webp|txt)\b|\bkling-[\w.-]+|\bKling [\w.]+(?: Omni)?",
    re.DOTALL,
)
NAMES = frozenset(
    {
        "AI",
        "MB",
        "Discord",
        "Kling",
        "Repaint",
        "ID",
        "png",
        "jpg",
        "PNG",
        "JPEG",
        "WebP",
        "GIF",
        "AVIF",
    }
)
"""Latin words that stand in Chinese sentences too."""

HAN = re.compile("[\u3400-\u9fff]+")
LATIN = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class ReceivedText:
    """A text that reached a reader."""

    text: str
    locale: str
    where: str

    @property
    def foreign(self) -> list[str]:
        """Return words of another language."""
        rest = IN_NO_LANGUAGE.sub(" ", self.text)
        if self.locale == "zh-CN":
            return [word for word in LATIN.findall(rest) if word not in NAMES]
        return HAN.findall(rest)


def read_since(world: BotHarness, mark: int, *, neutral: re.Pattern[str]) -> list[ReceivedText]:
    """Return every text since a mark in the transcript, without what is `neutral`."""
    wire = ReplyReaders(world)
    found: list[ReceivedText] = []
    for number, (kind, name, body) in enumerate(world.env.backend.transcript):
        if kind == "GATEWAY" and name == "INTERACTION_CREATE":
            wire.hear(body)
        elif kind == "HTTP" and isinstance(body, dict):
            texts = list(wire.sent(name, body))
            found += texts if number >= mark else []
    return [ReceivedText(neutral.sub(" ", one.text), one.locale, one.where) for one in found]


class ReplyReaders:
    """Knows the reader of each interaction's answers."""

    def __init__(self, world: BotHarness) -> None:
        self._world = world
        self._asked: dict[str, Json] = {}
        self._private: dict[str, bool] = {}

    def hear(self, interaction: Json) -> None:
        self._asked[interaction["token"]] = interaction

    def sent(self, call: str, body: Json) -> Iterator[ReceivedText]:
        method, _, path = call.partition(" ")
        parts = path.strip("/").split("/")
        if parts[0] == "interactions":
            yield from self._first(parts[2], body)
        elif parts[0] == "webhooks" and method in ("POST", "PATCH"):
            own = parts[-1] == "@original"
            private = self._private.get(parts[2], False) if own else _is_private(body)
            yield from _texts(body, self._locale(parts[2], private=private), path)
        elif parts[0] == "channels" and "messages" in parts:
            yield from _texts(body, self._of_channel(int(parts[1])), path)

    def _first(self, token: str, body: Json) -> Iterator[ReceivedText]:
        data, kind = body.get("data") or {}, body["type"]
        private = _is_private(data) or kind in (CHOICES, FORM)
        if kind in UPDATES:
            private = _is_private(self._asked[token].get("message") or {})
        self._private[token] = private
        locale = self._locale(token, private=private)
        yield from _texts(data, locale, f"callback {kind}")
        for choice in data.get("choices", ()):
            yield ReceivedText(choice["name"], locale, "choice")

    def _locale(self, token: str, *, private: bool) -> str:
        asked = self._asked[token]
        return str(asked["locale"] if private else asked.get("guild_locale") or asked["locale"])

    def _of_channel(self, channel_id: int) -> str:
        backend = self._world.env.backend
        guild_id = backend.get_channel(channel_id).guild_id
        if guild_id is None:
            return str(self._world.says["locale"])
        return str(backend.get_guild(guild_id).preferred_locale)


def _is_private(message: Json) -> bool:
    return bool(int(message.get("flags") or 0) & EPHEMERAL)


def _texts(part: Mapping[str, Any], locale: str, where: str) -> Iterator[ReceivedText]:
    for key in WORDS:
        if isinstance(part.get(key), str):
            yield ReceivedText(part[key], locale, f"{where} {key}")
    for key in INSIDE:
        inner = part.get(key) or ()
        for one in (inner,) if isinstance(inner, dict) else inner:
            yield from _texts(one, locale, where)
