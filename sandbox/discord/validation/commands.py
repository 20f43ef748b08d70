"""Discord's requirements for application commands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.validation.validator import Form, names

CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
WHOLE_LENGTH = 8000
OPTIONS = CHOICES = 25
STRING_LENGTH = 6000
COUNTS = {CHAT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
FILE_TYPES = 10
FILE_TYPE = re.compile(r"image|video|audio|\.[a-z0-9]{1,16}")
NAME = re.compile(r"[-_'\w]{1,32}")
LOCALES = names(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg "
    "ru uk hi th zh-CN ja zh-TW ko"
)
KNOWN = names(
    "id type name name_localizations description description_localizations options "
    "default_member_permissions dm_permission default_permission nsfw contexts "
    "integration_types handler"
)
KNOWN_OF_OPTION = names(
    "type name name_localizations description description_localizations required choices "
    "options channel_types min_value max_value min_length max_length autocomplete "
    "file_types"
)


def judge_counts(commands: list[Json]) -> None:
    """Raise Refusal for too many commands of a kind (30032) or two of one name (50035)."""
    kinds = Counter(command.get("type") or CHAT for command in commands)
    if any(count > COUNTS.get(kind, 1) for kind, count in kinds.items()):
        raise Refusal(30032)
    held = Counter((command["name"], command.get("type") or CHAT) for command in commands)
    form = Form({})
    for index, command in enumerate(commands):
        if held[command["name"], command.get("type") or CHAT] > 1:
            words = "Application command names must be unique"
            form.wrong(str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
    form.settle()


def judge_command(form: Form, *, guild_id: str | None) -> None:
    """Validate one command; problems are collected in the form."""
    form.only(KNOWN)
    kind = form.one_of("type", COUNTS) or CHAT
    if kind == CHAT:
        _chat_name(form)
        _description(form)
        _options(form, deep=0)
    else:
        form.text("name", low=1, high=32, required=True)
        if form.value.get("description") or form.value.get("options"):
            words = "Context menu commands have no description and no options"
            form.wrong("description", "APPLICATION_COMMAND_CONTEXT_MENU", words)
    _localized(form, "name_localizations", high=32, is_name=kind == CHAT)
    _localized(form, "description_localizations", high=100, is_name=False)
    _places(form, guild_id=guild_id)
    if _weight(form.value) > WHOLE_LENGTH:
        words = f"Command exceeds maximum size ({WHOLE_LENGTH})"
        form.wrong("options", "APPLICATION_COMMAND_TOO_LARGE", words)


def _places(form: Form, *, guild_id: str | None) -> None:
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        if form.value.get(key) is None:
            continue
        values = form.listed(key, low=1, high=len(allowed))
        if guild_id is not None:
            words = "Only global commands have contexts and integration types"
            form.wrong(key, "APPLICATION_COMMAND_GUILD_SCOPED", words)
        if any(value not in allowed for value in values):
            form.wrong(key, "BASE_TYPE_CHOICES", f"Values must be of {allowed}.")


def _chat_name(form: Form) -> None:
    name = form.text("name", low=1, high=32, required=True)
    if name is not None and not is_chat_name(name):
        words = "Command name is invalid: 1 to 32 lower-case letters, digits, - and _"
        form.wrong("name", "APPLICATION_COMMAND_INVALID_NAME", words)


def is_chat_name(name: str) -> bool:
    """Return whether a slash command or an option may have the name: lower-case word characters."""
    return NAME.fullmatch(name) is not None and name == name.lower()


def _description(form: Form) -> None:
    form.text("description", low=1, high=100, required=True)


def _localized(form: Form, key: str, *, high: int, is_name: bool) -> None:
    part = form.part(key)
    if part is None:
        return
    for locale in part.value:
        text = part.text(locale, low=1, high=high)
        if locale not in LOCALES:
            part.wrong(locale, "ENUM_TYPE_COERCE", f"{locale!r} is no locale of Discord.")
        if is_name and text is not None and not is_chat_name(text):
            part.wrong(locale, "APPLICATION_COMMAND_INVALID_NAME", "Name is invalid")


def _options(form: Form, *, deep: int) -> None:
    options = form.parts("options", high=OPTIONS)
    taken: set[str] = set()
    was_optional = False
    for option in options:
        _judge_option(option, deep=deep)
        name = str(option.value.get("name"))
        if name in taken:
            words = "Option name already in use"
            option.wrong("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
        taken.add(name)
        required = option.value.get("required") is True
        if required and was_optional:
            words = "Required options must be placed before non-required options"
            option.wrong("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        was_optional = was_optional or not required
    nested = [option for option in options if option.value.get("type") in (SUB, GROUP)]
    if nested and len(nested) < len(options):
        words = "Sub-command and sub-command group option types are mutually exclusive to others"
        form.wrong("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)


def _judge_option(option: Form, *, deep: int) -> None:
    option.only(KNOWN_OF_OPTION)
    kind = option.one_of("type", range(1, 12), required=True)
    _chat_name(option)
    _description(option)
    _localized(option, "name_localizations", high=32, is_name=True)
    _localized(option, "description_localizations", high=100, is_name=False)
    option.flag("required")
    if kind in (SUB, GROUP):
        if (kind == GROUP and deep > 0) or deep > 1:
            option.wrong("type", "BASE_TYPE_CHOICES", "Nested too deep")
        _options(option, deep=deep + 1)
    elif option.value.get("options"):
        option.wrong("options", "UNKNOWN_FIELD", "Only sub-commands have options")
    _bounds(option, kind=kind)
    _choices(option, kind=kind)


def _bounds(option: Form, *, kind: int | None) -> None:
    _only_for(option, ("min_length", "max_length"), kinds=(STRING,), kind=kind)
    _only_for(option, ("min_value", "max_value"), kinds=(INTEGER, NUMBER), kind=kind)
    _only_for(option, ("channel_types",), kinds=(CHANNEL,), kind=kind)
    _only_for(option, ("file_types",), kinds=(ATTACHMENT,), kind=kind)
    judge_file_types(option)
    option.whole("min_length", high=STRING_LENGTH)
    option.whole("max_length", low=1, high=STRING_LENGTH)


def judge_file_types(form: Form) -> None:
    """Validate a file filter: up to ten groups or suffixes such as `image` and `.bmp`."""
    if form.value.get("file_types") is None:
        return
    for value in form.listed("file_types", high=FILE_TYPES):
        if not isinstance(value, str) or not FILE_TYPE.fullmatch(value):
            form.wrong("file_types", "INVALID_FILE_TYPE", f"{value!r} is no file type.")


def _only_for(
    option: Form, keys: tuple[str, ...], *, kinds: Collection[int], kind: int | None
) -> None:
    for key in keys:
        if option.value.get(key) not in (None, []) and kind not in kinds:
            words = f"{key} does not go with option type {kind}"
            option.wrong(key, "APPLICATION_COMMAND_OPTION_FIELD", words)


def _choices(option: Form, *, kind: int | None) -> None:
    _only_for(option, ("choices",), kinds=(STRING, INTEGER, NUMBER), kind=kind)
    choices = option.parts("choices", high=CHOICES)
    for choice in choices:
        judge_choice(choice, kind=kind or STRING)
    if option.flag("autocomplete"):
        _only_for(option, ("autocomplete",), kinds=(STRING, INTEGER, NUMBER), kind=kind)
        if choices:
            words = "Autocomplete and choices are mutually exclusive"
            option.wrong("autocomplete", "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE", words)


def judge_choice(choice: Form, *, kind: int) -> None:
    """Validate a choice of an option or of an autocomplete response."""
    choice.only({"name", "name_localizations", "value"})
    choice.text("name", low=1, high=100, required=True)
    _localized(choice, "name_localizations", high=100, is_name=False)
    value: object = choice.value.get("value")
    if kind == STRING:
        choice.text("value", low=1, high=100, required=True)
    elif not isinstance(value, int | float) or isinstance(value, bool):
        choice.wrong("value", "NUMBER_TYPE_COERCE", f"Value {value!r} is not a number.")


def _weight(value: object) -> int:
    """Return the characters that Discord counts: names, descriptions and values.

    Of localized texts the longest counts.
    """
    if not isinstance(value, dict):
        return 0
    weight = 0
    for key in ("name", "description"):
        spoken = [value.get(key) or "", *(value.get(f"{key}_localizations") or {}).values()]
        weight += max(len(str(words)) for words in spoken)
    weight += len(str(value.get("value") or ""))
    children = [*(value.get("options") or []), *(value.get("choices") or [])]
    return weight + sum(_weight(child) for child in children)
