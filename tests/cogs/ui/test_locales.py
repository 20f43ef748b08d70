"""Every language says the same things with the same fields, within Discord's limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast, visitor

from cogs.ui import locales
from cogs.ui.text import sentence

OTHERS = sorted(locales.tags() - {locales.SOURCE})
COMMAND_KEY = re.compile(r"(command|option)_\w+_(name|description)|choice_\w+")
"""Keys of the texts of commands, whose English stands in the code."""

MESSAGE_LIMIT = 2000
"""Characters of a message (Discord)."""


class Variables(visitor.Visitor):
    """Collects the fields that a message names, those of messages it refers to left out."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)


def messages(tag: str) -> Iterator[ast.Message]:
    """The sentences; the texts of commands have their own test."""
    yield from (one for one in entries(tag) if not COMMAND_KEY.fullmatch(one.id.name))


def entries(tag: str) -> Iterator[ast.Message]:
    for text in locales.texts(tag):
        for entry in FluentParser().parse(text).body:
            assert not isinstance(entry, ast.Junk), f"{tag}: {entry.content}"
            if isinstance(entry, ast.Message):
                yield entry


@cache
def fields_of(tag: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for message in messages(tag):
        assert message.id.name not in found, f"{tag}: {message.id.name} stands there twice"
        variables = Variables()
        variables.visit(message)
        found[message.id.name] = variables.names
    return found


def test_locales_are_english_and_chinese() -> None:
    assert locales.tags() >= {"en-US", "zh-CN"}


@pytest.mark.parametrize("tag", OTHERS)
def test_locales_have_the_same_texts_and_fields(tag: str) -> None:
    assert fields_of(tag) == fields_of(locales.SOURCE)


@pytest.mark.parametrize("tag", sorted(locales.tags()))
def test_texts_fit_a_message(tag: str) -> None:
    for key, names in fields_of(tag).items():
        text = sentence(key, tag, **dict.fromkeys(names, "x" * 40))
        assert 0 < len(text) <= MESSAGE_LIMIT
        assert "{" not in text, f"{tag} {key}: a field stayed open"


@pytest.mark.parametrize("tag", OTHERS)
def test_commands_are_called_as_the_reader_sees_them(tag: str) -> None:
    """Discord shows the names of the reader's language, so sentences must not use the English."""
    folder = locales.FOLDER / tag
    commands = (folder / "commands.ftl").read_text("utf-8").splitlines()
    named = [line.partition(" = ")[2] for line in commands if "_name = " in line]
    for text in locales.texts(tag):
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        for command in re.findall(r"(?<![/\w])/([^\s`，。：；/{}、]+)", "\n".join(lines)):
            assert any(command.startswith(name) for name in named), command


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("en-GB", "en-US"), ("zh-CN", "zh-CN"), ("zh-TW", "zh-CN"), ("de", "en-US"), ("", "en-US")],
)
def test_nearest_returns_the_closest_language(locale: str, tag: str) -> None:
    assert locales.nearest(locale) == tag


def test_plurals_follow_the_language() -> None:
    assert sentence("place", "en-US", ahead=0) == "next in line"
    assert sentence("place", "en-US", ahead=1) == "1 request ahead"
    assert sentence("place", "en-US", ahead=2) == "2 requests ahead"
    assert sentence("place", "zh-CN", ahead=2) == "前面还有 2 个请求"


def test_sentence_of_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("no_such_sentence")


@pytest.mark.proof
@pytest.mark.parametrize("tag", sorted(locales.tags()))
def test_entry_parsed_alone_gives_the_same_text(tag: str) -> None:
    """Entries are parsed one by one, when they are first said, with those they refer to."""
    whole = FluentBundle([tag], use_isolating=False)
    for text in locales.texts(tag):
        whole.add_resource(FluentResource(text))

    for key, names in fields_of(tag).items():
        fields = dict.fromkeys(names, 3)
        pattern = whole.get_message(key).value
        assert pattern is not None
        text, _ = whole.format_pattern(pattern, fields)
        alone = locales.Language(tag, locales.texts(tag))
        assert alone.say(key, fields) == text, key


def written(key: str, name: str, value: str, tag: str) -> str:
    """Format a sentence with one long field and short others."""
    fields: dict[str, object] = dict.fromkeys(fields_of(tag)[key], "x")
    return sentence(key, tag, **fields | {name: value})


@pytest.mark.parametrize("tag", sorted(locales.tags()))
@pytest.mark.parametrize("size", [501, 2_499, 2_501, 30_000])
def test_text_fields_of_any_length_are_formatted(tag: str, size: int) -> None:
    value = "ab" * (size // 2)
    texts = {
        (key, name): written(key, name, value, tag)
        for key, names in fields_of(tag).items()
        for name in names
    }
    assert [place for place, text in texts.items() if "{???}" in text] == []


def test_long_fields_are_whole_and_in_place() -> None:
    one, another = "a" * 3_000, "b" * 3_000
    assert sentence("listed", "en-US", one=one, another=another) == f"{one}, {another}"


def test_long_field_content_is_not_read_as_a_field() -> None:
    one = "\ue000" + "{ $another }" * 300
    assert sentence("listed", "en-US", one=one, another="b" * 600).startswith(f"{one}, b")
