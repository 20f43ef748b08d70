"""Discord's requirements for messages; turns a body and its files into a `Draft`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.cdn import safe_name
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import (
    COMPONENTS_V2,
    EPHEMERAL,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Attachment,
    Message,
)
from sandbox.discord.core.request_body import Sent
from sandbox.discord.validation.components import ALT_TEXT, judge_message
from sandbox.discord.validation.embeds import judge_embeds
from sandbox.discord.validation.validator import Form, names

CONTENT = 2000
ATTACHMENTS = 10
NONCE = 25
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL | COMPONENTS_V2
KNOWN = names(
    "content tts embeds nonce enforce_nonce allowed_mentions message_reference components "
    "sticker_ids flags attachments username avatar_url thread_name applied_tags poll"
)
KNOWN_OF_ATTACHMENT = names(
    "id filename title description spoiler is_spoiler duration_secs waveform is_remix url "
    "proxy_url size width height content_type ephemeral flags placeholder placeholder_version"
)
REFERENCE = "attachment://"
LINKED_ID = re.compile(r"/attachments/\d+/(\d+)/")


@dataclass(slots=True)
class Draft:
    """Content of a message after a request: the body's fields, on top of the old message.

    `fresh` are the new files. `kept` are attachments of the old message that stay, with the alt
    texts in `alts` and behind a spoiler if `spoilers` says so.
    """

    content: str = ""
    flags: int = 0
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    kept: list[Attachment] = field(default_factory=list[Attachment])
    alts: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    spoilers: dict[str, bool] = field(default_factory=dict[str, bool])
    fresh: list[UploadedFile] = field(default_factory=list["UploadedFile"])
    nonce: str | None = None
    enforce_nonce: bool = False
    reference: Json | None = None
    allowed_mentions: Json | None = None

    @property
    def is_v2(self) -> bool:
        """Return whether the message uses Components V2."""
        return bool(self.flags & COMPONENTS_V2)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file to attach."""

    filename: str
    body: bytes
    description: str | None
    spoiler: bool = False
    stated_size: int | None = None


def draft_message(
    sent: Sent, *, old: Message | None, file_limit: int, under: tuple[str, ...] = ()
) -> Draft:
    """Validate a body for the `old` message (None: a new one); raises Refusal with the problems.

    `under` is the path of the body within the request's body.
    """
    form = Form(sent.value, path=under)
    form.only(KNOWN)
    draft = Draft() if old is None else _before(old)
    _read_plain(form, draft)
    _read_attachments(form, draft, sent=sent, is_new=old is None)
    _check_sizes(sent, file_limit=file_limit)
    _read_rich(form, draft)
    if old is not None:
        # Whether a message is ephemeral is decided when it is created; a later flag is ignored.
        draft.flags = draft.flags & ~EPHEMERAL | old.flags & EPHEMERAL
    form.settle()
    if not (draft.content or draft.embeds or draft.components or draft.kept or draft.fresh):
        raise Refusal(50006)
    return draft


def _before(old: Message) -> Draft:
    return Draft(
        content=old.content,
        flags=old.flags,
        embeds=old.embeds,
        components=old.components,
        kept=list(old.attachments),
    )


def _read_plain(form: Form, draft: Draft) -> None:
    body = form.value
    if "content" in body:
        draft.content = form.text("content", high=CONTENT) or ""
    flags = form.whole("flags")
    if flags is not None:
        if flags & ~SETTABLE:
            words = f"Of the flags only {SETTABLE} can be set"
            form.wrong("flags", "BASE_TYPE_CHOICES", words)
        # Components V2 cannot be switched off again.
        draft.flags |= flags
    draft.nonce = form.text("nonce", high=NONCE)
    draft.enforce_nonce = form.flag("enforce_nonce")
    mentions = form.part("allowed_mentions")
    if mentions is not None:
        draft.allowed_mentions = _judge_mentions(mentions)
    reference = form.part("message_reference")
    if reference is not None:
        reference.only({"type", "message_id", "channel_id", "guild_id", "fail_if_not_exists"})
        reference.snowflake("message_id", required=True)
        draft.reference = reference.value
    for key in ("sticker_ids", "poll"):
        if body.get(key):
            form.wrong(key, "SANDBOX_ABSENT", "The sandbox has no stickers and no polls")


def _judge_mentions(form: Form) -> Json:
    form.only({"parse", "users", "roles", "replied_user"})
    parse = form.listed("parse", high=3)
    for key in ("users", "roles"):
        if form.listed(key, high=100) and key in parse:
            words = f"parse:[{key!r}] and {key}: [ids...] are mutually exclusive."
            form.wrong("", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
    return form.value


def _read_attachments(form: Form, draft: Draft, *, sent: Sent, is_new: bool) -> None:
    """Split the listed attachments into new files and attachments that stay."""
    listed = form.parts("attachments", high=ATTACHMENTS)
    held = {attachment.id: attachment for attachment in draft.kept}
    if "attachments" in form.value:
        draft.kept = []
    numbers = dict(sent.files)
    for entry in listed:
        entry.only(KNOWN_OF_ATTACHMENT)
        name = entry.text("filename", high=1024)
        alt = entry.text("description", high=ALT_TEXT)
        number = entry.snowflake("id", required=True) or ""
        is_spoiler = entry.flag("is_spoiler")
        if number in held and not is_new:
            draft.alts[number] = alt or held[number].description
            if "is_spoiler" in entry.value:
                draft.spoilers[number] = is_spoiler
            draft.kept.append(held[number])
        elif number.isdecimal() and int(number) in numbers:
            filename, body = numbers.pop(int(number))
            draft.fresh.append(UploadedFile(safe_name(name or filename), body, alt, is_spoiler))
        else:
            words = f"There is no file and no attachment {number!r}"
            entry.wrong("id", "ATTACHMENT_NOT_FOUND", words)
    draft.fresh += [UploadedFile(safe_name(name), body, None) for name, body in numbers.values()]
    if numbers and not is_new and "attachments" in form.value:
        words = "An edit appends only the files that its attachments list"
        form.wrong("attachments", "SANDBOX_FILE_UNLISTED", words)
    if len(draft.kept) + len(draft.fresh) > ATTACHMENTS:
        form.wrong("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS} or fewer.")


def _check_sizes(sent: Sent, *, file_limit: int) -> None:
    if any(len(body) > file_limit for _, body in sent.files.values()):
        raise Refusal(40005)


def _read_rich(form: Form, draft: Draft) -> None:
    """Copy embeds and components into the draft and check their `attachment://` names."""
    media: list[Form] = []
    if "embeds" in form.value:
        media += judge_embeds(form)
        draft.embeds = form.value["embeds"] or []
    if "components" in form.value:
        if form.value["components"] or not draft.is_v2:
            media += judge_message(form, v2=_judged_as_v2(form, draft)).media
        draft.components = form.value["components"] or []
    if draft.is_v2:
        _check_v2(form, draft)
    # Discord does not document whether an edit may refer to kept attachments without listing them.
    kept = draft.kept if "attachments" in form.value else []
    names = {item.filename for item in (*kept, *draft.fresh)}
    for medium in media:
        url = str(medium.value.get("url", ""))
        name = url.removeprefix(REFERENCE)
        if url.startswith(REFERENCE) and name not in names and safe_name(name) not in names:
            words = f"The referenced attachment {url!r} was not found"
            medium.wrong("url", "MEDIA_ITEM_ATTACHMENT_NOT_FOUND", words)


def _judged_as_v2(form: Form, draft: Draft) -> bool:
    """Return whether components are read as V2: by the body's flags, otherwise the message's.

    V2 cannot be switched off, yet an edit whose flags lack it is refused (observed at Discord).
    """
    flags = form.value.get("flags")
    return draft.is_v2 if flags is None else bool(flags & COMPONENTS_V2)


def _check_v2(form: Form, draft: Draft) -> None:
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    for key, value in (("content", draft.content), ("embeds", draft.embeds)):
        if value:
            words = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.wrong(key, code, words)
    shown = {safe_name(name) for name in references(draft.components)}
    for fresh in draft.fresh:
        if fresh.filename not in shown:
            words = f"No component shows {fresh.filename!r}: it would be invisible"
            form.wrong("attachments", "SANDBOX_ATTACHMENT_UNREFERENCED", words)


def references(value: object) -> Iterator[str]:
    """Yield the names of attachments that embeds or components refer to."""
    for media in media_items(value):
        if (url := str(media["url"])).startswith(REFERENCE):
            yield url.removeprefix(REFERENCE)


def media_items(value: object) -> Iterator[Json]:
    """Yield every media item inside embeds or components."""
    if isinstance(value, list):
        for item in value:
            yield from media_items(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("media", "file", "image", "thumbnail") and isinstance(item, dict):
                yield item
            else:
                yield from media_items(item)


def bind_media(draft: Draft, *, attachments: list[Attachment]) -> frozenset[str]:
    """Set `attachment_id` in a draft's media; return the ids of the attachments that it shows."""
    by_name = {attachment.filename: attachment.id for attachment in attachments}
    ids = set(by_name.values())
    shown: set[str] = set()
    for media in media_items([draft.embeds, draft.components]):
        url = str(media.get("url", ""))
        linked = LINKED_ID.search(url)
        if url.startswith(REFERENCE):
            media["attachment_id"] = by_name.get(safe_name(url.removeprefix(REFERENCE)), "")
        elif linked is not None and linked[1] in ids:
            media["attachment_id"] = linked[1]
        if media.get("attachment_id") in ids:
            shown.add(media["attachment_id"])
    return frozenset(shown)
