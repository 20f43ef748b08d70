"""The programs, modules and files that the documents tell people to run exist.

test_documents.py parses the bot's own commands; test_first_steps.py and test_demo.py run them.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.settings.loading import example
from tests.test_documents import DOCUMENTS, Block, blocks, name_of

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {
    *("python", "python3", "py", "bot.py", "pip", "make", "git", "cd", "touch", "sudo", "docker"),
    *("brew", "winget", "journalctl", "systemctl", "useradd", "install", "rm", "apt", "repaint"),
    *("createuser", "createdb"),
}
MADE_THERE = {".env", ".venv", "repaint.service"}
"""Files that the commands themselves make below /opt/repaint, or whose names others define."""


def lines(block: Block) -> Iterator[list[str]]:
    """Yield the words of each typed line, without cron's five fields and comments."""
    text = re.sub(r"[\\`]\n\s*", "", block.text).replace("<this repository>", "REPOSITORY")
    for line in text.splitlines():
        typed = re.sub(r"^[\d*]+( [\d*]+){4} ", "", line)
        if typed.strip() and not typed.startswith(("#", "$")):
            slashes = typed.replace("\\", "/") if block.language == "powershell" else typed
            yield shlex.split(slashes, comments=True)


def typed() -> list[tuple[str, list[str]]]:
    return [
        (name_of(document), words)
        for document in DOCUMENTS
        for block in blocks(document)
        if block.language in {"sh", "powershell"}
        or block.text.startswith(("make ", "python", ".venv"))
        for words in lines(block)
        if words
    ]


def program(words: list[str]) -> str:
    return Path(words[0]).name


def test_every_program_is_one_that_we_mean() -> None:
    found = {(where, program(words)) for where, words in typed()}
    cmdlets = {name for _, name in found if re.fullmatch(r"[A-Z][a-z]+-[A-Z]\w+", name)}

    assert len(found) > 20
    assert cmdlets == {"Register-ScheduledTask"}
    assert not {name for _, name in found} - PROGRAMS - cmdlets


def test_every_module_that_python_runs_is_there() -> None:
    ran = {
        words[words.index("-m") + 1]
        for _, words in typed()
        if "-m" in words and program(words).startswith("py")
    }

    assert {"venv", "pytest", "pip"} <= ran
    assert not [name for name in ran if importlib.util.find_spec(name) is None]


def test_every_file_that_pip_or_a_shell_reads_is_there() -> None:
    wanted: set[str] = set()
    for _, words in typed():
        wanted |= {after for word, after in itertools.pairwise(words) if word == "-r"}
        wanted |= {
            match[1] for word in words if (match := re.match(r"/opt/repaint/([\w.]+/?\S*)", word))
        }
    files = {name.removeprefix("/opt/repaint/") for name in wanted}

    assert "requirements.txt" in files
    assert "deploy/repaint" in files
    assert not [
        name
        for name in files
        if name.split("/")[0] not in MADE_THERE and not (ROOT / name).exists()
    ]


def test_the_one_program_in_a_document_writes_what_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (words,) = (words for _, words in typed() if "-c" in words)
    exec(compile(words[words.index("-c") + 1], "CONTRIBUTING.md", "exec"), {})

    assert capsys.readouterr().out == example()
    assert words[-2:] == [">", ".env.example"]


def test_a_program_that_is_not_meant_is_noticed() -> None:
    block = Block(ROOT / "README.md", "sh", "15 4 * * * cd x\npyhton bot.py  # a slip\n")

    assert [program(words) for words in lines(block)] == ["cd", "pyhton"]
    assert "pyhton" not in PROGRAMS


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_all_that_python_in_a_document_imports_is_there(document: Path) -> None:
    for block in (each for each in blocks(document) if each.language == "python"):
        imports = [node for node in ast.parse(block.text).body if isinstance(node, ast.ImportFrom)]
        for node in (each for each in imports if each.module):
            module = importlib.import_module(node.module or "")
            assert not [name.name for name in node.names if not hasattr(module, name.name)]


DISCORDS_OWN = {
    "The application did not respond",
    "该应用未响应",
    "编辑频道、权限",
    "Edit Channel, Permissions",
}


@pytest.mark.parametrize(
    ("page", "locale"), [("installing.md", "en-US"), ("zh-CN/installing.md", "zh-CN")]
)
def test_what_a_page_says_that_one_sees_is_what_is_said(page: str, locale: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    table = [line for line in text[text.rindex("## ") :].splitlines() if line.startswith("| ")]
    sentences = "".join(
        path.read_text("utf-8") for path in (ROOT / "data" / "locales" / locale).glob("*.ftl")
    )
    quoted = {words for line in table for words in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", line)}

    assert len(quoted - DISCORDS_OWN) >= 1
    assert not [words for words in quoted - DISCORDS_OWN if words not in sentences]
