"""Messages that Discord would refuse are refused here, with the place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import COMPONENTS_V2, EPHEMERAL, LOADING, Attachment, Message, User
from sandbox.discord.core.request_body import Sent
from sandbox.discord.validation.messages import Draft, draft_message

LIMIT = 1000
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
V2 = {"flags": COMPONENTS_V2}
BOT = User("1", "bot", None, "#000", "a")


def draft(body: Json, *, files: int = 0, old: Message | None = None) -> Draft:
    sent = Sent(body, {number: (f"{number}.png", b"x") for number in range(files)})
    return draft_message(sent, old=old, file_limit=LIMIT)


def problem(body: Json, **more: Any) -> str:
    """Return the first problem as `path code`; `~` stands for the first thing in a row."""
    with pytest.raises(Refusal) as refusal:
        draft(body, **more)
    place: Any = refusal.value.errors
    path: list[str] = []
    while "_errors" not in place:
        step = next(iter(place))
        path.append(step)
        place = place[step]
    where = ".".join(path).replace("components.0.components.0", "~")
    return f"{where} {place['_errors'][0]['code']}"


def row(*children: Json) -> Json:
    return {"type": 1, "components": list(children)}


def button(custom_id: str = "a", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **more}


def select(count: int = 1, **more: Any) -> Json:
    options = [{"label": "x", "value": str(number)} for number in range(count)]
    return {"type": 3, "custom_id": "s", "options": options, **more}


def text(content: str = "words") -> Json:
    return {"type": 10, "content": content}


def gallery(*names: str, **more: Any) -> Json:
    items = [{"media": {"url": f"attachment://{name}"}, **more} for name in names]
    return {"type": 12, "items": items}


def section(*texts: Json, accessory: Json | None = None) -> Json:
    part = {"type": 9, "components": list(texts)}
    return part if accessory is None else part | {"accessory": accessory}


def v2(*components: Json) -> Json:
    return {**V2, "components": list(components)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"content": "x" * 2001}, "content BASE_TYPE_MAX_LENGTH"),
        ({"content": 5}, "content STRING_TYPE_CONVERT"),
        ({"contnet": "x"}, "contnet UNKNOWN_FIELD"),
        ({"content": "x", "nonce": "n" * 26}, "nonce BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "flags": LOADING}, "flags BASE_TYPE_CHOICES"),
        ({"content": "x", "sticker_ids": ["1"]}, "sticker_ids SANDBOX_ABSENT"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds BASE_TYPE_BAD_LENGTH"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"color": 1}]}, "embeds.0.description BASE_TYPE_REQUIRED"),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds MAX_EMBED_SIZE_EXCEEDED"),
        (
            {"embeds": [{"title": "x", "fields": [{"name": "a"}]}]},
            "embeds.0.fields.0.value BASE_TYPE_REQUIRED",
        ),
        ({"components": [button()]}, "components.0.type BASE_TYPE_CHOICES"),
        ({"components": [row()]}, "components.0.components BASE_TYPE_BAD_LENGTH"),
        (
            {"components": [row(*map(button, "abcdef"))]},
            "components.0.components BASE_TYPE_BAD_LENGTH",
        ),
        (
            {"components": [row(button()), row(button())]},
            "components.1.components.0.custom_id COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        ({"components": [row(button("a" * 101))]}, "~.custom_id BASE_TYPE_MAX_LENGTH"),
        ({"components": [row(button(label="x" * 81))]}, "~.label BASE_TYPE_MAX_LENGTH"),
        ({"components": [row(button(label=None))]}, "~.label BUTTON_COMPONENT_INVALID_LABEL"),
        (
            {"components": [row({"type": 2, "style": 1, "label": "x"})]},
            "~.custom_id BASE_TYPE_REQUIRED",
        ),
        ({"components": [row(button(style=5))]}, "~.url BASE_TYPE_REQUIRED"),
        ({"components": [row(select(26))]}, "~.options BASE_TYPE_BAD_LENGTH"),
        (
            {"components": [row(select(min_values=3, max_values=2))]},
            "~.max_values SELECT_COMPONENT_BOUNDS",
        ),
        (
            {"components": [row(select(), button())]},
            "components.0.components COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        ),
        ({"components": [text()]}, "components.0.type BASE_TYPE_CHOICES"),
        (v2(button()), "components.0.type BASE_TYPE_CHOICES"),
        (v2(text("x" * 2001), text("x" * 2000)), "components COMPONENT_MAX_DISPLAY_TEXT_EXCEEDED"),
        (
            v2({"type": 17, "components": [text()] * 40}),
            "components COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        (v2({"type": 17, "components": [{"type": 17}]}), "~.type BASE_TYPE_CHOICES"),
        (v2(gallery()), "components.0.items BASE_TYPE_BAD_LENGTH"),
        (v2(gallery(*["0.png"] * 11)), "components.0.items BASE_TYPE_BAD_LENGTH"),
        (v2(gallery("0.png")), "components.0.items.0.media.url MEDIA_ITEM_ATTACHMENT_NOT_FOUND"),
        (v2(section(text())), "components.0.accessory BASE_TYPE_REQUIRED"),
        (
            v2(section(*[text()] * 4, accessory=button())),
            "components.0.components BASE_TYPE_BAD_LENGTH",
        ),
        (v2(section(text(), accessory=text())), "components.0.accessory.type BASE_TYPE_CHOICES"),
        (
            v2({"type": 13, "file": {"url": "https://x.y"}}),
            "components.0.file COMPONENT_INVALID_FILE_REFERENCE",
        ),
        (v2({"type": 14, "spacing": 3}), "components.0.spacing BASE_TYPE_CHOICES"),
        (v2(text()) | {"content": "x"}, f"content {LEGACY}"),
        (v2(text()) | {"embeds": [{"title": "x"}]}, f"embeds {LEGACY}"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
    ],
)
def test_a_bad_message_is_refused_at_the_right_place(body: Json, expected: str) -> None:
    assert problem(body) == expected


def draft_or_code(body: Json, **more: Any) -> Draft | int:
    try:
        return draft(body, **more)
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("body", "files", "expected"),
    [
        ({"attachments": [{"id": 5}]}, 1, "attachments.0.id ATTACHMENT_NOT_FOUND"),
        (
            {"attachments": [{"id": 0, "description": "x" * 1025}]},
            1,
            "attachments.0.description BASE_TYPE_MAX_LENGTH",
        ),
        ({}, 11, "attachments BASE_TYPE_MAX_LENGTH"),
        (v2(text()), 1, "attachments SANDBOX_ATTACHMENT_UNREFERENCED"),
        (
            v2(gallery("0.png", description="x" * 1025)),
            1,
            "components.0.items.0.description BASE_TYPE_MAX_LENGTH",
        ),
    ],
)
def test_bad_attachments_are_refused(body: Json, files: int, expected: str) -> None:
    assert problem(body, files=files) == expected


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"components": []}, {"embeds": []}])
def test_an_empty_message_is_refused(body: Json) -> None:
    assert draft_or_code(body) == 50006


def test_a_file_over_the_limit_is_refused() -> None:
    big = Sent({}, {0: ("big.png", b"x" * (LIMIT + 1))})
    with pytest.raises(Refusal) as refusal:
        draft_message(big, old=None, file_limit=LIMIT)
    assert (refusal.value.status, refusal.value.code) == (413, 40005)


def test_limits_themselves_are_allowed() -> None:
    draft({"content": "x" * 2000, "components": [row(*map(button, "abcde")), row(select(25))]})
    draft(v2({"type": 17, "components": [text("x" * 100)] * 39}))
    draft(v2(gallery(*(f"{number}.png" for number in range(10)))), files=10)


def test_files_without_an_entry_are_attached_all_the_same() -> None:
    made = draft(
        {"attachments": [{"id": 1, "filename": "my cat.png", "description": "a"}]}, files=2
    )
    assert [(one.filename, one.description) for one in made.fresh] == [
        ("my_cat.png", "a"),
        ("0.png", None),
    ]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Refusal) as refusal:
        draft({"content": "x" * 2001, "tts": False, "embed": {}, "components": [text()]})
    assert refusal.value.errors.keys() == {"content", "embed", "components"}


def test_an_edit_can_switch_to_v2_but_not_back_and_not_to_private() -> None:
    old = Message("2", "3", BOT, 0.0)
    made = draft(v2(text()) | {"flags": COMPONENTS_V2 | EPHEMERAL}, old=old)
    assert made.flags == COMPONENTS_V2
    old.flags, old.components = COMPONENTS_V2, [text()]
    assert draft({"flags": 0}, old=old).is_v2
    assert problem({"content": "x"}, old=old).startswith("content MESSAGE_CANNOT_USE_LEGACY")


def test_a_classic_message_becomes_v2_only_when_its_old_fields_are_emptied() -> None:
    old = Message("2", "3", BOT, 0.0, content="words")
    assert problem(v2(text()), old=old).startswith("content MESSAGE_CANNOT_USE_LEGACY")
    draft(v2(text()) | {"content": None}, old=old)


def test_an_edit_whose_flags_lack_the_switch_has_its_components_refused() -> None:
    old = Message("2", "3", BOT, 0.0, flags=COMPONENTS_V2, components=[text()])
    assert problem(v2(text()) | {"flags": 0}, old=old) == "components.0.type BASE_TYPE_CHOICES"
    for flags in ({}, {"flags": None}, V2):
        draft({"components": [text()], **flags}, old=old)


def with_file() -> Message:
    held = Attachment("7", "3", "0.png", b"x", 0.0)
    return Message("2", "3", BOT, 0.0, flags=COMPONENTS_V2, attachments=[held])


def test_an_edit_shows_only_kept_files_that_it_lists() -> None:
    lost = "components.0.items.0.media.url MEDIA_ITEM_ATTACHMENT_NOT_FOUND"
    assert problem(v2(gallery("0.png")), old=with_file()) == lost
    assert problem(v2(gallery("0.png")) | {"attachments": []}, old=with_file()) == lost
    draft(v2(gallery("0.png")) | {"attachments": [{"id": "7"}]}, old=with_file())


def test_an_edit_appends_only_files_that_its_attachments_list() -> None:
    body = {"attachments": [{"id": "7"}]}
    unlisted = "attachments SANDBOX_FILE_UNLISTED"
    assert problem(v2(gallery("0.png", "1.png")) | body, files=2, old=with_file()) == unlisted
    classic = Message("2", "3", BOT, 0.0, content="words")
    assert len(draft({}, files=2, old=classic).fresh) == 2
    assert len(draft({"attachments": [{"id": 0}, {"id": 1}]}, files=2, old=classic).fresh) == 2
