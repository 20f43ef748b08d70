"""Limits of Discord that its schema lacks, each with the words of Discord's documents.

The project's own limits are here too: every image has alt text, every button a label.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import discord

Files = Mapping[str, tuple[str, int]]

CONTENT, EMBEDS, TEXT_OF_V2, COMPONENTS = 2000, 6000, 4000, 40
FILES, FILE_BYTES, REQUEST_BYTES = 10, 10 * 1024 * 1024, 25 * 1024 * 1024
COMMAND_CHARACTERS = 8000
V2 = 1 << 15
V2_TYPES = {9, 10, 11, 12, 13, 14, 17}
ACTION_ROW, BUTTON, TEXT, GALLERY, FILE = 1, 2, 10, 12, 13
LINK, PREMIUM = 5, 6
CHAT = 1
NAME = re.compile(r"[-_'\w]{1,32}")
LEGACY = ("content", "embeds", "poll", "sticker_ids")


def message_problems(
    body: Mapping[str, Any], files: Files | None, *, is_new: bool
) -> Iterator[str]:
    """Yield the problems of a message, new or edited; `files` may be unknown (None)."""
    components = list(nested(body.get("components") or []))
    is_v2 = any(part["type"] in V2_TYPES for part in components)
    if len(body.get("content") or "") > CONTENT:
        yield f"content has over {CONTENT} characters"
    if sum(map(_embed_length, body.get("embeds") or [])) > EMBEDS:
        yield f"embeds have over {EMBEDS} characters in sum"
    if is_v2:
        yield from _v2_problems(body, components)
    elif (
        is_new
        and not any(body.get(key) for key in (*LEGACY, "components", "attachments"))
        and not files
    ):
        yield "an empty message"
    yield from _component_problems(components)
    yield from _file_problems(files or {})
    yield from _attachment_problems(body, files, is_new=is_new)
    if "allowed_mentions" not in body and is_new:
        yield "mentions are not switched off"


def _v2_problems(body: Mapping[str, Any], components: list[Any]) -> Iterator[str]:
    if not (body.get("flags") or 0) & V2:
        yield "Components V2 without their flag"
    if any(body.get(key) for key in LEGACY):
        yield "Components V2 beside content, embeds or a poll"
    if len(components) > COMPONENTS:
        yield f"over {COMPONENTS} components, nested ones included"
    if sum(len(part.get("content") or "") for part in components) > TEXT_OF_V2:
        yield f"over {TEXT_OF_V2} characters of text"


def _component_problems(components: list[Any]) -> Iterator[str]:
    ids = Counter(part["custom_id"] for part in components if part.get("custom_id"))
    yield from (f"custom_id {one} stands there twice" for one, times in ids.items() if times > 1)
    for part in components:
        if part["type"] == BUTTON:
            yield from _button_problems(part)
        if part["type"] == GALLERY:
            for item in part["items"]:
                if not item.get("description"):
                    yield "a picture without alt text"


def _button_problems(button: Mapping[str, Any]) -> Iterator[str]:
    if button.get("style") not in (LINK, PREMIUM) and not button.get("custom_id"):
        yield "a button without custom_id"
    if button.get("style") == LINK and not button.get("url"):
        yield "a link button without url"
    if not button.get("label"):
        yield "a button without a label"


def _file_problems(files: Files) -> Iterator[str]:
    if len(files) > FILES:
        yield f"over {FILES} files"
    if any(size > FILE_BYTES for _, size in files.values()):
        yield f"a file over {FILE_BYTES} bytes"
    if any(size == 0 for _, size in files.values()):
        yield "an empty file"
    if sum(size for _, size in files.values()) > REQUEST_BYTES:
        yield f"over {REQUEST_BYTES} bytes of files in one request"


def _attachment_problems(
    body: Mapping[str, Any], files: Files | None, *, is_new: bool
) -> Iterator[str]:
    """Yield the problems of the attachment list and of the names in it.

    The list has every attachment that the message has afterwards: of a new message those that come
    with it, of an edited one also those that stay; an edit without a list keeps them all (Discord,
    Edit Message). Discord does not say that such an edit may show them by name, so our edits must
    list them.
    """
    attachments = body.get("attachments") or []
    if len(attachments) > FILES:
        yield f"over {FILES} attachments"
    if files is not None and "attachments" in body:
        listed = [str(one.get("id")) for one in attachments]
        yield from (f"files[{number}] is not listed" for number in files if number not in listed)
        if is_new:
            lost = (number for number in listed if number not in files)
            yield from (f"attachment {number} of a new message has no file" for number in lost)
    names = {one.get("filename") for one in attachments}
    names |= {name for name, _ in (files or {}).values()}
    shown = [body.get("components"), body.get("embeds")]
    for name in re.findall(r"attachment://([^'\"\s]+)", repr(shown)):
        if name not in names:
            yield f"attachment://{name} names no file"


def command_problems(commands: list[Any]) -> Iterator[str]:
    """Yield the problems of a registration."""
    for command in commands:
        name = command["name"]
        if _weight(command) > COMMAND_CHARACTERS:
            yield f"{name}: over {COMMAND_CHARACTERS} characters in all"
        is_chat = command.get("type", CHAT) == CHAT
        for part in [command, *_options(command)]:
            if is_chat:
                yield from (f"{name}: {words}" for words in _chat_problems(part))
            yield from (f"{name}: {words}" for words in _locale_problems(part))


def _chat_problems(part: Mapping[str, Any]) -> Iterator[str]:
    for name in (part["name"], *(part.get("name_localizations") or {}).values()):
        if not NAME.fullmatch(name) or name != name.lower():
            yield f"{name!r} is no name"
    if not part.get("description"):
        yield f"{part['name']} has no description"
    required = [option.get("required") is True for option in part.get("options") or []]
    if required != sorted(required, reverse=True):
        yield f"{part['name']}: a required option behind an optional one"


def _locale_problems(part: Mapping[str, Any]) -> Iterator[str]:
    known = {str(locale) for locale in discord.Locale}
    for key in ("name_localizations", "description_localizations"):
        for locale in part.get(key) or {}:
            if locale not in known:
                yield f"{part['name']}: Discord has no locale {locale}"


def modal_problems(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a modal."""
    components = list(nested(data.get("components") or []))
    ids = Counter(part["custom_id"] for part in components if part.get("custom_id"))
    yield from (f"custom_id {one} stands there twice" for one, times in ids.items() if times > 1)
    for part in components:
        least, most = part.get("min_length") or 0, part.get("max_length") or CONTENT * 2
        if part.get("value") and not least <= len(part["value"]) <= most:
            yield f"the prefilled text of {part['custom_id']} does not fit its own limits"


def nested(components: list[Any]) -> Iterator[Any]:
    """Yield components and those inside them."""
    for part in components:
        yield part
        yield from nested(part.get("components") or [])
        inner = [part[key] for key in ("component", "accessory") if part.get(key)]
        yield from nested(inner)


def _options(part: Mapping[str, Any]) -> Iterator[Any]:
    for option in part.get("options") or []:
        yield option
        yield from _options(option)


def _weight(part: Mapping[str, Any]) -> int:
    """Return a part's length as Discord counts it.

    It adds names, descriptions and values, each in its longest language.
    """
    weight = len(str(part.get("value") or ""))
    for key in ("name", "description"):
        spoken = [part.get(key) or "", *(part.get(f"{key}_localizations") or {}).values()]
        weight += max(map(len, spoken))
    return weight + sum(map(_weight, [*(part.get("options") or []), *(part.get("choices") or [])]))


def _embed_length(embed: Mapping[str, Any]) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for one in embed.get("fields") or []:
        texts += [one.get("name"), one.get("value")]
    return sum(len(text or "") for text in texts)
