"""Documents and code agree on names: each command, option and button is on both sides.

Settings, targets of make and links are in test_documents.py, metrics in services/web/test_metrics.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from discord import app_commands

from bot import DATA, _parser
from cogs.ui import text as wording
from services.catalog.models import ModelTable
from services.cli.try_once.result import Status
from services.engine.finish import make_error_key
from services.errors import DeliveryFailed
from services.kling.error_codes import RULES
from services.kling.provider import _BY_DOMAIN
from services.models import State
from services.settings.loading import rows
from tests.support.command_tree import bot_with_commands
from tests.test_architecture import sources
from tests.test_documents import DOCUMENTS, PATHS, blocks, explained, inline, name_of, read

ROOT = Path(__file__).resolve().parent.parent
OPERATING = ROOT / "docs" / "operating.md"
PROVIDERS = ROOT / "docs" / "providers.md"
GUIDES = ("README.md", "README.zh-CN.md", "docs/moderating.md")

Command = app_commands.Command[Any, ..., Any]
Commands = Mapping[str, Command | app_commands.Group]


# --- Slash commands and their options


@pytest.fixture
async def commands(tmp_path: Path) -> AsyncIterator[Commands]:
    """Every command and group that members can type, by its whole name."""
    async with bot_with_commands(tmp_path) as client:
        yield {
            each.qualified_name: each
            for each in client.tree.walk_commands()
            if isinstance(each, (app_commands.Command, app_commands.Group))
        }


def unknown_in(code: str, commands: Commands) -> str | None:
    """Return the first word of `/command sub option` that does not exist."""
    known: Command | app_commands.Group | None = None
    for word in code.removeprefix("/").split():
        if isinstance(known, app_commands.Command):
            return None if word in options_of(known) else word
        known = commands.get(f"{known.qualified_name} {word}" if known else word)
        if known is None:
            return word
    return None


def options_of(command: Command) -> set[str]:
    return {parameter.display_name for parameter in command.parameters}


def guide_rows(name: str) -> list[list[str]]:
    """Return the names in code of each row of a table that begins with slash commands."""
    lines = re.findall(r"^\| `/.*$", read(ROOT / name), re.MULTILINE)
    return [inline(line) for line in lines]


async def test_every_slash_command_in_a_document_exists_to_its_last_word(
    commands: Commands,
) -> None:
    found = {
        (name_of(document), code): unknown_in(code, commands)
        for document in DOCUMENTS
        if document.name != "client.md"  # about paths of HTTP
        for code in inline(read(document))
        if re.match(r"/[a-z]", code) and not code.startswith(PATHS)
    }

    assert len(found) > 50
    assert not {where: word for where, word in found.items() if word}


def test_a_command_that_is_wrong_in_its_last_word_is_noticed() -> None:
    group = app_commands.Group(name="paint", description="x")
    assert unknown_in("/paint", {"paint": group}) is None
    assert unknown_in("/paint blue", {"paint": group}) == "blue"


async def test_every_slash_command_has_its_row(commands: Commands) -> None:
    for guide in GUIDES[:2]:
        told = names_told([*guide_rows(guide), *guide_rows("docs/moderating.md")], commands)
        leaves = {n for n, each in commands.items() if isinstance(each, app_commands.Command)}
        assert leaves <= told, guide


def names_told(rows: list[list[str]], commands: Commands) -> set[str]:
    """Whole names of the commands in the rows; sub-commands may stand behind their group's name."""
    told: set[str] = set()
    for row in rows:
        names = [code.removeprefix("/") for code in row if code.startswith("/")]
        told |= {*names, *(f"{names[0]} {code}" for code in row)}
    return told & set(commands)


@pytest.mark.parametrize("guide", GUIDES)
async def test_each_row_names_what_its_command_has(commands: Commands, guide: str) -> None:
    settings = {row.name for _, row in rows()}
    for row in guide_rows(guide):
        command = commands[row[0].removeprefix("/")]
        for code in (each for each in row if not each.startswith("/") and each not in settings):
            if isinstance(command, app_commands.Group):
                part = code.split()[0]
                assert f"{command.qualified_name} {part}" in commands or part in {
                    option
                    for name, each in commands.items()
                    if name.startswith(command.qualified_name)
                    and isinstance(each, app_commands.Command)
                    for option in options_of(each)
                }, (row[0], code)
            else:
                assert code in options_of(command) | choices_of(command), (row[0], code)


def choices_of(command: Command) -> set[str]:
    return {str(choice.value) for each in command.parameters for choice in each.choices}


async def test_every_option_is_named_in_a_guide(commands: Commands) -> None:
    guides = [*GUIDES[::2], "docs/members.md"]
    told = {
        word for guide in guides for code in inline(read(ROOT / guide)) for word in code.split()
    }
    untold = {
        name: options_of(each) - told
        for name, each in commands.items()
        if isinstance(each, app_commands.Command)
    }

    assert not {name: options for name, options in untold.items() if options}


# --- Buttons and menus, in each README's own language


@pytest.mark.parametrize(
    ("guide", "locale"), [("README.md", "en-US"), ("README.zh-CN.md", "zh-CN")]
)
def test_the_buttons_are_called_as_on_the_screen(guide: str, locale: str) -> None:
    table = [line for line in read(ROOT / guide).splitlines() if line.startswith("| **")]
    named = {name for line in table for name in re.findall(r"\*\*(.+?)\*\*", line.split("|")[1])}
    keys = ("again", "edit", "use", "compare", "details", "delete", "report")

    assert named == {wording.sentence(f"button_{key}", locale) for key in keys}


@pytest.mark.parametrize(
    ("guide", "names"),
    [
        ("README.md", {"Repaint this picture", "Repaint avatar"}),
        ("README.zh-CN.md", {"重绘这张图片", "重绘头像"}),
    ],
)
def test_the_menus_are_called_as_on_the_screen(guide: str, names: set[str]) -> None:
    catalogue = (DATA / "locales" / "zh-CN" / "commands.ftl").read_text("utf-8")
    python = "\n".join(path.read_text("utf-8") for path in sources("cogs"))

    assert all(f"{name}**" in read(ROOT / guide) for name in names)
    assert all(f"_name = {name}\n" in catalogue or f'"{name}"' in python for name in names)


# --- Settings


@pytest.mark.parametrize("guide", ["README.md", "README.zh-CN.md"])
def test_each_setting_has_its_row_with_the_default_that_it_has(guide: str) -> None:
    lines = re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|", read(ROOT / guide), re.MULTILINE)
    told = {name: cell.strip().strip("`") for name, cell in lines}

    assert told == {row.name: row.default or "" for _, row in rows()}


# --- The terminal


def sub_parsers() -> Mapping[str, argparse.ArgumentParser]:
    (action,) = (
        each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction)
    )
    return action.choices


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    return {
        flag
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--") and flag != "--help"
    }


@pytest.mark.parametrize("guide", ["README.md", "README.zh-CN.md"])
def test_each_command_of_the_terminal_has_a_row_with_its_options(guide: str) -> None:
    lines = re.findall(r"^\| `python bot\.py ?([\w-]*)(.*)$", read(ROOT / guide), re.MULTILINE)
    told = {name or "run": set(re.findall(r"--[a-z-]+", rest)) - {"--help"} for name, rest in lines}
    there = {name: flags_of(parser) for name, parser in sub_parsers().items()}

    assert set(told) == set(there)
    assert told["try"] <= there["try"]  # `--help` lists the rest, an option a field of the API
    alike = [name for name in told if name not in {"try", "sandbox"}]
    assert {name: told[name] for name in alike} == {name: there[name] for name in alike}


def test_every_end_of_try_is_explained_and_no_other() -> None:
    page = read(OPERATING)
    (told,) = re.findall(r"one object instead: `status` \((.*?)\)", page, re.DOTALL)

    assert set(inline(told.replace("\n", " "))) == set(get_args(Status))


# --- States, health, log, alerts


def test_every_state_is_drawn_and_every_state_that_is_drawn_exists() -> None:
    page = read(ROOT / "docs" / "architecture.md")
    drawing = page[page.index("## A Job's life") :].split("```")[1]
    notes = {"a", "flag", "on", "not", "an", "end", "kept", "disk", "late", "v"}
    drawn = set(re.findall(r"[a-z]+", drawing)) - notes

    assert drawn == {str(state) for state in State}


def test_every_field_of_the_health_page_is_explained_and_no_other() -> None:
    page = read(OPERATING)
    section = page[page.index("## Being watched") : page.index("## Being measured")]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    source = (ROOT / "services" / "web" / "health.py").read_text("utf-8")

    assert {code for cell in cells for code in inline(cell)} == set(
        re.findall(r'"([a-z_]+)": ', source)
    )


def test_every_way_to_fail_to_post_is_explained() -> None:
    kinds = {make_error_key(kind.__new__(kind)) for kind in every_kind_of(DeliveryFailed)}

    assert explained("repaint_deliveries_total") - {"result", "posted"} == kinds


def every_kind_of(root: type[DeliveryFailed]) -> set[type[DeliveryFailed]]:
    return {each for kind in root.__subclasses__() for each in {kind, *every_kind_of(kind)}}


def test_the_words_of_the_log_are_written_somewhere() -> None:
    page = read(OPERATING)
    section = page[page.index("| words | mean |") :].split("\n\n")[0]
    words = [code for line in section.splitlines() for code in inline(line.split("|")[1])]
    code = "\n".join(path.read_text("utf-8") for path in sources("cogs", "services"))

    assert len(words) >= 5
    for each in words:
        pattern = ".*".join(re.escape(part) for part in re.split(r" ?… ?|\(.*?\)", each) if part)
        assert re.search(rf"log\.\w+\([^)]*{pattern}", code), each


def test_every_alert_asks_for_what_the_page_of_metrics_explains() -> None:
    rules = read(ROOT / "deploy" / "repaint-alerts.yml")
    table = set(re.findall(r"^\| `(repaint_\w+)`", read(OPERATING), re.MULTILINE))
    asked = {re.sub(r"_bucket$", "", name) for name in re.findall(r"\brepaint_\w+", rules)}

    assert asked
    assert not asked - table


# --- The provider: codes, models, hosts


def test_every_word_that_a_gateway_refuses_with_is_explained_and_no_other() -> None:
    page = read(PROVIDERS)
    table = page[page.index("## What refusals mean") : page.index("## Adding a provider")]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    told = {code for cell in cells for code in inline(cell)}
    by_status = {"http_403", "http_502", "no_answer"}

    assert told == by_status | {code for code in RULES if isinstance(code, str)}


def test_every_model_is_listed_at_its_price_and_no_other() -> None:
    page = read(PROVIDERS)
    section = page[page.index("## Models and prices") : page.index("## Limits")]
    lines = re.findall(r"^\| (`[^|]+) \| \$([\d.]+)", section, re.MULTILINE)
    told = {name: float(price) for names, price in lines for name in inline(names)}
    table = ModelTable.load(DATA / "models.toml")
    charged = {row.name: row.price_usd() for row in table}

    assert told == pytest.approx(charged)


def test_a_row_that_is_shown_as_an_example_is_taken(tmp_path: Path) -> None:
    shown = [
        block.text
        for document in DOCUMENTS
        for block in blocks(document)
        if block.language == "toml" and "endpoint" in block.text
    ]
    for number, text in enumerate(shown):
        own = tmp_path / f"{number}.toml"
        own.write_text(text, encoding="utf-8")
        names = {row.name for row in ModelTable.load(DATA / "models.toml", own)}
        assert set(re.findall(r"^\[([\w-]+)\]", text, re.MULTILINE)) <= names

    assert len(shown) >= 2


def test_every_host_with_paths_of_its_own_is_named() -> None:
    assert set(_BY_DOMAIN) <= set(inline(read(PROVIDERS)))
