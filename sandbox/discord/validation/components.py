"""Discord's requirements for components: each kind, its parent, and all of them together.

Sources: Discord's component reference; limits as published (40 components, 4000 characters of text,
10 gallery items, 25 options, 5 buttons a row, custom ids of 100 characters).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.discord.core.json_types import Json
from sandbox.discord.validation.commands import judge_file_types
from sandbox.discord.validation.validator import Form

ROW, BUTTON, SELECT, INPUT = 1, 2, 3, 4
USERS, ROLES, MENTIONABLES, CHANNELS = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 18, 19, 21, 22, 23
SELECTS = (SELECT, USERS, ROLES, MENTIONABLES, CHANNELS)
PARTS_OF_CONTAINER = (ROW, TEXT, SECTION, GALLERY, FILE, SEPARATOR)
TOP_OF_V2 = (*PARTS_OF_CONTAINER, CONTAINER)
TOP_OF_MODAL = (ROW, TEXT, LABEL)
IN_LABEL = (INPUT, *SELECTS, UPLOAD, RADIO, CHECKBOXES, CHECKBOX)

COMPONENTS = 40
TEXT_LENGTH = 4000
CUSTOM_ID = 100
ALT_TEXT = 1024
ROW_WIDTH = 5
OPTIONS = 25
LINK_STYLE, PREMIUM_STYLE = 5, 6


@dataclass(slots=True)
class Tally:
    """Totals over all components of a message or modal.

    `media` are the forms of media items, which the caller checks against the attachments.
    """

    in_modal: bool = False
    count: int = 0
    text: int = 0
    custom_ids: set[str] = field(default_factory=set[str])
    media: list[Form] = field(default_factory=list[Form])


def judge_message(form: Form, *, v2: bool) -> Tally:
    """Validate a message's components; `v2` allows more than rows and requires at least one."""
    tally = Tally()
    top = TOP_OF_V2 if v2 else (ROW,)
    high = COMPONENTS if v2 else ROW_WIDTH
    for part in form.parts("components", low=1 if v2 else 0, high=high):
        _judge(part, allowed=top, tally=tally)
    if tally.count > COMPONENTS:
        words = f"The maximum number of components is {COMPONENTS}, nested ones included."
        form.wrong("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", words)
    if tally.text > TEXT_LENGTH:
        words = f"The total of all text may not exceed {TEXT_LENGTH} characters."
        form.wrong("components", "COMPONENT_MAX_DISPLAY_TEXT_EXCEEDED", words)
    return tally


def judge_modal(form: Form) -> None:
    """Validate the body of a modal: title, custom id, one to five components."""
    form.only({"custom_id", "title", "components"})
    form.text("custom_id", low=1, high=CUSTOM_ID, required=True)
    form.text("title", low=1, high=45, required=True)
    tally = Tally(in_modal=True)
    for part in form.parts("components", low=1, high=5, required=True):
        _judge(part, allowed=TOP_OF_MODAL, tally=tally)


def _judge(form: Form, *, allowed: tuple[int, ...], tally: Tally) -> None:
    kind = form.one_of("type", allowed, required=True)
    if kind is None or kind not in allowed:
        return
    tally.count += 1
    rule, fields = RULES[kind]
    form.only({"type", "id", *fields})
    form.whole("id", high=(1 << 31) - 1)
    rule(form, tally)


def _custom_id(form: Form, tally: Tally) -> None:
    custom_id = form.text("custom_id", low=1, high=CUSTOM_ID, required=True)
    if custom_id in tally.custom_ids:
        words = "Component custom id cannot be duplicated"
        form.wrong("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", words)
    if custom_id is not None:
        tally.custom_ids.add(custom_id)


def _row(form: Form, tally: Tally) -> None:
    children = form.parts("components", low=1, high=ROW_WIDTH, required=True)
    allowed = (INPUT,) if tally.in_modal else (BUTTON, *SELECTS)
    for child in children:
        _judge(child, allowed=allowed, tally=tally)
    wide = [child for child in children if child.value.get("type") != BUTTON]
    if wide and len(children) > 1:
        words = "A select or a text input takes the whole row"
        form.wrong("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", words)


def _button(form: Form, tally: Tally) -> None:
    style = form.one_of("style", range(1, 7), required=True)
    label = form.text("label", high=80)
    form.flag("disabled")
    _emoji(form)
    if style == LINK_STYLE:
        url = form.text("url", low=1, high=512, required=True)
        if url and not url.startswith(("http://", "https://", "discord://")):
            form.wrong("url", "URL_TYPE_INVALID_SCHEME", f"Scheme of {url!r} is not supported.")
        if "custom_id" in form.value:
            words = "A link button has no custom id"
            form.wrong("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", words)
    elif style != PREMIUM_STYLE:
        _custom_id(form, tally)
    if style != PREMIUM_STYLE and not label and not form.value.get("emoji"):
        form.wrong("label", "BUTTON_COMPONENT_INVALID_LABEL", "A label or an emoji is required")


def _emoji(form: Form) -> None:
    emoji = form.part("emoji")
    if emoji is not None:
        emoji.only({"id", "name", "animated"})
        emoji.text("name", low=1, high=32)


def _select(form: Form, tally: Tally) -> None:
    _custom_id(form, tally)
    form.text("placeholder", high=150)
    low = form.whole("min_values", high=OPTIONS)
    high = form.whole("max_values", low=1, high=OPTIONS)
    if low is not None and high is not None and low > high:
        form.wrong("max_values", "SELECT_COMPONENT_BOUNDS", "May not be below min_values")
    form.flag("disabled")
    form.flag("required")
    if form.value.get("type") == SELECT:
        _options(form, low=1, high=OPTIONS)


def _options(form: Form, *, low: int, high: int) -> None:
    seen: set[str] = set()
    for option in form.parts("options", low=low, high=high, required=True):
        option.only({"label", "value", "description", "emoji", "default"})
        option.text("label", low=1, high=100, required=True)
        value = option.text("value", low=1, high=100, required=True)
        option.text("description", high=100)
        option.flag("default")
        _emoji(option)
        if value in seen:
            words = "The specified option value is already used"
            option.wrong("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words)
        seen.add(value or "")


def _input(form: Form, tally: Tally) -> None:
    _custom_id(form, tally)
    form.one_of("style", (1, 2), required=True)
    form.text("label", low=1, high=45)
    form.text("value", high=4000)
    form.text("placeholder", high=100)
    form.whole("min_length", high=4000)
    form.whole("max_length", low=1, high=4000)
    form.flag("required")


def _section(form: Form, tally: Tally) -> None:
    for child in form.parts("components", low=1, high=3, required=True):
        _judge(child, allowed=(TEXT,), tally=tally)
    accessory = form.part("accessory", required=True)
    if accessory is not None:
        _judge(accessory, allowed=(BUTTON, THUMBNAIL), tally=tally)


def _text(form: Form, tally: Tally) -> None:
    tally.text += len(form.text("content", low=1, high=TEXT_LENGTH, required=True) or "")


def _media(form: Form, *, key: str, tally: Tally) -> None:
    form.text("description", low=1, high=ALT_TEXT)
    form.flag("spoiler")
    media = form.part(key, required=True)
    if media is not None:
        media.text("url", low=1, high=2048, required=True)
        tally.media.append(media)


def _thumbnail(form: Form, tally: Tally) -> None:
    _media(form, key="media", tally=tally)


def _gallery(form: Form, tally: Tally) -> None:
    for item in form.parts("items", low=1, high=10, required=True):
        item.only({"media", "description", "spoiler"})
        _media(item, key="media", tally=tally)


def _file(form: Form, tally: Tally) -> None:
    _media(form, key="file", tally=tally)
    url: Json = form.value.get("file") or {}
    if not str(url.get("url", "attachment://")).startswith("attachment://"):
        words = "A file component only takes attachment:// references"
        form.wrong("file", "COMPONENT_INVALID_FILE_REFERENCE", words)


def _separator(form: Form, _: Tally) -> None:
    form.flag("divider")
    form.one_of("spacing", (1, 2))


def _container(form: Form, tally: Tally) -> None:
    form.whole("accent_color", high=0xFFFFFF)
    form.flag("spoiler")
    for child in form.parts("components", low=1, high=COMPONENTS, required=True):
        _judge(child, allowed=PARTS_OF_CONTAINER, tally=tally)


def _label(form: Form, tally: Tally) -> None:
    form.text("label", low=1, high=45, required=True)
    form.text("description", high=100)
    child = form.part("component", required=True)
    if child is not None:
        _judge(child, allowed=IN_LABEL, tally=tally)


def _upload(form: Form, tally: Tally) -> None:
    _custom_id(form, tally)
    form.whole("min_values", high=10)
    form.whole("max_values", low=1, high=10)
    form.flag("required")
    judge_file_types(form)


def _choices(form: Form, tally: Tally) -> None:
    _custom_id(form, tally)
    _options(form, low=2 if form.value["type"] == RADIO else 1, high=10)


def _checkbox(form: Form, tally: Tally) -> None:
    _custom_id(form, tally)
    form.flag("default")


SELECT_FIELDS = "custom_id placeholder min_values max_values disabled required default_values"
_COMPONENT = Callable[[Form, Tally], None]
_TABLE: Mapping[int, tuple[_COMPONENT, str]] = {
    ROW: (_row, "components"),
    BUTTON: (_button, "style label emoji custom_id sku_id url disabled"),
    SELECT: (_select, f"{SELECT_FIELDS} options"),
    INPUT: (_input, "custom_id style label min_length max_length required value placeholder"),
    USERS: (_select, SELECT_FIELDS),
    ROLES: (_select, SELECT_FIELDS),
    MENTIONABLES: (_select, SELECT_FIELDS),
    CHANNELS: (_select, f"{SELECT_FIELDS} channel_types"),
    SECTION: (_section, "components accessory"),
    TEXT: (_text, "content"),
    THUMBNAIL: (_thumbnail, "media description spoiler"),
    GALLERY: (_gallery, "items"),
    FILE: (_file, "file spoiler description name size"),
    SEPARATOR: (_separator, "divider spacing"),
    CONTAINER: (_container, "components accent_color spoiler"),
    LABEL: (_label, "label description component"),
    UPLOAD: (_upload, "custom_id min_values max_values required file_types"),
    RADIO: (_choices, "custom_id options required"),
    CHECKBOXES: (_choices, "custom_id options min_values max_values required"),
    CHECKBOX: (_checkbox, "custom_id default"),
}
RULES = {kind: (rule, tuple(fields.split())) for kind, (rule, fields) in _TABLE.items()}
