"""Every sentence is used, every used sentence exists, and their fields are the same."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import discord
import pytest
from fluent.syntax import ast as fluent
from fluent.syntax import visitor

from cogs.ui import locales
from services.engine.finish import make_error_key
from services.errors import (
    BotError,
    ConfigError,
    DeliveryFailed,
    DownloadFailed,
    KlingError,
    QuotaExceeded,
)
from services.kling.error_codes import BY_STATUS, RULES
from tests.cogs.ui.test_locales import messages

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SPEAKERS = {"sentence": 0, "phrase": 0, "known": 0}
"""Functions that take a key, and the position of that argument."""

PLACES = {"title": 45, "text": 45, "label": 80, "placeholder": 100, "description": 100}
"""Characters that fit into parts of forms and buttons, by the argument's name (Discord)."""

PLAIN = {"locale", "key"}
"""Named arguments of those functions that are no fields."""

UNWORDED = (ConfigError, KlingError, QuotaExceeded, DeliveryFailed, DownloadFailed)
"""Worded by the command line; by their code's rule; by side and unit; internal to the engine."""


class References(visitor.Visitor):
    """Collects the fields that a message names, and the messages that it refers to."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.messages: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:  # noqa: N802
        self.fields.add(node.id.name)

    def visit_MessageReference(self, node: fluent.MessageReference) -> None:  # noqa: N802
        self.messages.add(node.id.name)


@cache
def written() -> dict[str, References]:
    found: dict[str, References] = {}
    for message in messages(locales.SOURCE):
        found[message.id.name] = References()
        found[message.id.name].visit(message)
    return found


def fields_of(key: str) -> set[str]:
    """The fields of a message, those of the messages that it refers to included."""
    message = written()[key]
    return message.fields.union(*(fields_of(other) for other in message.messages))


@cache
def nodes(*rooms: str) -> list[ast.AST]:
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def spoken() -> Iterator[tuple[ast.expr, ast.Call]]:
    """Return every call that words something, with its key."""
    for node in nodes("cogs"):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SPEAKERS and node.args:
                yield node.args[SPEAKERS[name]], node


@cache
def literals() -> frozenset[str]:
    """Return every text in the code, and every field's name: keys are built from both."""
    return frozenset(
        text
        for node in nodes("cogs", "services")
        for text in (
            getattr(node, "value", None) if isinstance(node, ast.Constant) else None,
            getattr(node.target, "id", None) if isinstance(node, ast.AnnAssign) else None,
        )
        if isinstance(text, str)
    )


def pattern_of(text: ast.JoinedStr) -> re.Pattern[str] | None:
    """Make a pattern of a key that is put together: f"quota_{side}" is `quota_(\\w+)`."""
    pieces = [part.value if isinstance(part, ast.Constant) else None for part in text.values]
    words = [str(piece) for piece in pieces if piece is not None]
    if not words or not all(re.fullmatch(r"[a-z0-9_]+", word) for word in words):
        return None
    return re.compile("".join(r"(\w+)" if piece is None else str(piece) for piece in pieces))


def error_types(root: type[BotError] = BotError) -> Iterator[type[BotError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from error_types(kind)


@cache
def error_keys() -> dict[str, type[BotError]]:
    return {make_error_key(kind.__new__(kind)): kind for kind in error_types()}


def test_texts_are_all_used() -> None:
    patterns = [pattern_of(node) for node in nodes("cogs") if isinstance(node, ast.JoinedStr)]
    words = literals() | error_keys().keys()

    def is_said(key: str) -> bool:
        made = (pattern.fullmatch(key) for pattern in patterns if pattern is not None)
        return key in words or any(match and words.issuperset(match.groups()) for match in made)

    referred = {other for message in written().values() for other in message.messages}
    assert not [key for key in written() if not is_said(key) and key not in referred]


def test_used_text_keys_exist() -> None:
    said = [key.value for key, _ in spoken() if isinstance(key, ast.Constant)]

    assert said
    assert not [key for key in said if key not in written()]


def test_composed_text_keys_match_a_text() -> None:
    for key, _ in spoken():
        if isinstance(key, ast.JoinedStr):
            pattern = pattern_of(key)
            assert pattern is not None, ast.unparse(key)
            assert any(pattern.fullmatch(one) for one in written()), ast.unparse(key)


ERRORS = sorted(error_types(), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ERRORS)
def test_error_texts_use_fields_of_the_error(kind: type[BotError]) -> None:
    key = make_error_key(kind.__new__(kind))
    keys = [one for one in (key, f"outcome_{key}") if one in written()]
    keys += [one for one in written() if re.fullmatch(rf"{key}_(bytes|pixels|but)", one)]
    attributes = {
        name for base in kind.__mro__ for name in re.findall(r"self\.(\w+)", source_of(base))
    }

    assert keys or kind.__subclasses__() or issubclass(kind, UNWORDED)
    for one in keys:
        assert fields_of(one) <= attributes | {"words", "code"}


def source_of(kind: type[object]) -> str:
    return inspect.getsource(kind) if kind.__module__.startswith("services.errors") else ""


def test_provider_errors_have_texts() -> None:
    rules = [*RULES.values(), *BY_STATUS.values()]
    assert not [rule for rule in rules if f"outcome_{rule.member}" not in written()]
    alerts = {rule.operator for rule in rules} - {None}
    assert not [key for key in alerts if f"alert_{key}" not in written()]


def test_missing_permissions_have_names() -> None:
    for path in (ROOT / "cogs").glob("*.py"):
        text = path.read_text("utf-8")
        if re.search(r"import .*MissingPermissions", text):
            names = set(re.findall(r'"(\w+)"', text)) & discord.Permissions.VALID_FLAGS.keys()
            assert names
            assert not [name for name in names if f"permission_{name}" not in written()]


def test_text_calls_pass_the_fields_of_the_text() -> None:
    for key, call in spoken():
        names = {keyword.arg for keyword in call.keywords} - PLAIN
        if isinstance(key, ast.Constant) and key.value in written() and None not in names:
            assert names == fields_of(str(key.value)), key.value


@pytest.mark.parametrize("tag", sorted(locales.tags()))
def test_form_and_button_texts_fit_discords_limits(tag: str) -> None:
    said = {id(call): key for key, call in spoken() if isinstance(key, ast.Constant)}
    given = [
        (keyword.arg, said[id(keyword.value)].value)
        for node in nodes("cogs")
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in PLACES and id(keyword.value) in said
    ]

    assert given
    for place, key in given:
        words = locales.phrase(key, tag, dict.fromkeys(fields_of(key), "12345"))
        assert len(words) <= PLACES[place], f"{tag} {key}"
