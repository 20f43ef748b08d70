"""Checks of documents: commands parse, names exist, links have targets, both READMEs agree."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot import _parser
from services.engine.finish import make_error_key
from services.errors import LimitReached, QuotaExceeded
from services.kling.error_codes import RULES
from services.models import State
from services.settings.loading import rows
from tests.test_architecture import commands_in, sources

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")]
)
SETTINGS = {row.name for _, row in rows()}
FOREIGN = {
    "POSTGRES_PASSWORD",
    "NO_COLOR",
    "GUILD_ID",
    "OPTIONS",
    "OTHER_ID",
    "TASK_ID",
    "MAX_SIZE_MB",
    "MAX_COUNT",
    "MAX_PROMPT",
    "NO_PICTURE",
    "FIRST_POLL_S",
    "OLD_ENOUGH_S",
    "SETTLED_S",
}
"""Names in capitals that are no settings: other programs' variables, and placeholders."""

PATHS = ("/healthz", "/metrics", "/kling", "/v1", "/data", "/var", "/app", "/opt", "/etc")
"""Words that begin with a slash and are no command of Discord's."""

PLACEHOLDERS = {"ID": "1", "GUILD_ID": "1", "OTHER_ID": "2"}


@dataclass(frozen=True)
class Block:
    """A block of code in a document."""

    document: Path
    language: str
    text: str


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text("utf-8")


def blocks(document: Path) -> Iterator[Block]:
    """Fenced and indented blocks."""
    text = read(document)
    for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield Block(document, language, body)
    bare = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for body in re.findall(r"(?:^ {4}\S.*\n)+", bare, re.MULTILINE):
        yield Block(document, "", re.sub(r"^ {4}", "", body, flags=re.MULTILINE))


def inline(text: str) -> list[str]:
    bare = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", bare)


def command_lines(document: Path) -> Iterator[str]:
    """Yield every line that a document tells its readers to type."""
    for block in blocks(document):
        if block.language not in {"", "sh", "powershell", "text"}:
            continue
        yield from re.sub(r"\\\n\s*", "", block.text).splitlines()
    yield from inline(read(document))


def wordings(line: str) -> Iterator[list[str]]:
    """Return the arguments of each bot.py in a line."""
    for rest in re.findall(r"(?:^\s*|\bpython3? |\brepaint )bot\.py\b([^|;&]*)", line):
        with contextlib.suppress(ValueError):
            yield [PLACEHOLDERS.get(word, word) for word in shlex.split(rest, comments=True)]


def parses(words: list[str]) -> str | None:
    """Return why the command line is not understood; None if it is."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            _parser().parse_args(words)
    except SystemExit as end:
        only_named = len(words) == 1 and "arguments are required" in said.getvalue()
        return None if end.code == 0 or only_named else said.getvalue()
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_in_a_document_is_understood(document: Path) -> None:
    typed = [words for line in command_lines(document) for words in wordings(line)]
    problems = {" ".join(words): parses(words) for words in typed}

    assert not {words: why for words, why in problems.items() if why}


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert [*wordings("python bot.py paint cat.jpg  # a comment")] == [["paint", "cat.jpg"]]
    assert parses(["paint", "cat.jpg"])
    assert parses(["export", "5", "a.json"]) is None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    lines = [line for line in command_lines(document) if re.match(r"\s*make\b", line)]
    named = {word for line in lines for word in re.findall(r"\bmake ([a-z-]+)", line)}

    assert not named - targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_block_is_written_in_its_language(document: Path) -> None:
    for block in blocks(document):
        match block.language:
            case "python":
                compile(block.text, name_of(document), "exec")
            case "toml":
                tomllib.loads(block.text)
            case "yaml":
                yaml.safe_load(block.text)
            case "sh":
                text = block.text.replace("<this repository>", "REPOSITORY")
                shell = subprocess.run(
                    ["bash", "-n"], input=text, text=True, capture_output=True, check=False
                )
                assert shell.returncode == 0, shell.stderr
            case _:
                pass


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a document can be linked to."""
    headings = re.findall(r"^#+ (.+)$", read(path), re.MULTILINE)
    bare = [re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in bare}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", read(document))
    for target in (each for each in targets if not each.startswith(("http", "mailto"))):
        place, _, anchor = target.partition("#")
        path = (document.parent / place).resolve() if place else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    named = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", " ".join(inline(read(document)))))

    assert not named - SETTINGS - FOREIGN


@pytest.mark.parametrize(
    "document", [each for each in DOCUMENTS if each.name != "client.md"], ids=name_of
)  # that page is about paths of HTTP
def test_every_slash_command_that_is_named_exists(document: Path) -> None:
    known = {name for path in sources("cogs") for name in commands_in(path)}
    known |= {name.split()[0] for name in known}
    found = [code for code in inline(read(document)) if re.match(r"/[a-z]", code)]
    named = [
        re.match(r"/([a-z-]+(?: [a-z-]+)?)", code) for code in found if not code.startswith(PATHS)
    ]

    assert not [
        match[1] for match in named if match and not {match[1], match[1].split()[0]} & known
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_metric_that_is_named_is_explained(document: Path) -> None:
    table = set(re.findall(r"^\| `(repaint_\w+)`", read(ROOT / "docs/operating.md"), re.MULTILINE))
    named = {code for code in inline(read(document)) if re.fullmatch(r"repaint_\w+", code)}

    assert table
    assert not named - table


def explained(row: str) -> set[str]:
    """The names in code in one row of the table of metrics."""
    (line,) = re.findall(rf"^\| `{row}`.*$", read(ROOT / "docs/operating.md"), re.MULTILINE)
    return set(inline(line)) - {row}


def test_every_end_of_a_request_is_explained() -> None:
    ends = {str(state) for state in State} - {"queued", "submitting", "running", "ready"}

    assert explained("repaint_jobs_ended_total") - {"state", "reason"} == ends
    drawing = read(ROOT / "docs/architecture.md")
    assert not [state for state in State if state not in drawing]


def test_every_limit_is_explained() -> None:
    kinds = {make_error_key(kind.__new__(kind)) for kind in LimitReached.__subclasses__()}
    kinds -= {make_error_key(QuotaExceeded.__new__(QuotaExceeded))}
    kinds |= {f"quota_exceeded_{side}" for side in ("member", "server", "bot")}

    assert explained("repaint_requests_refused_total") - {"limit"} == kinds


def test_every_code_of_kling_is_explained_and_no_other() -> None:
    page = read(ROOT / "docs/providers.md")
    cells = re.findall(r"^\| ([^|]+) \|", page[page.index("## What refusals mean") :], re.MULTILINE)
    numbers = {int(code) for cell in cells for code in re.findall(r"\b\d{4}\b", cell)}
    words = {code for cell in cells for code in inline(cell)} - {
        "http_403",
        "http_502",
        "no_answer",
    }

    assert numbers == {code for code in RULES if isinstance(code, int)}
    assert words <= {code for code in RULES if isinstance(code, str)}


@dataclass(frozen=True)
class Shape:
    """The parts that READMEs in two languages have in common."""

    headings: list[int]
    rows: list[str]
    defaults: list[str]
    code: list[str]
    links: list[str]
    pictures: list[str]


def leads_to(document: Path, link: str) -> str:
    """Return a link's target; for a Chinese page, the English one."""
    place, _, _ = link.partition("#")
    if place.startswith("http"):
        return link
    target = name_of((document.parent / place).resolve()) if place else name_of(document)
    return target.replace("docs/zh-CN/", "docs/").replace("README.zh-CN.md", "README.md")


def shape_of(path: Path) -> Shape:
    text = read(path)
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", text)
    return Shape(
        headings=[len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)],
        rows=[row[0] for row in cells],
        defaults=[row[1] for row in cells if row[0].strip("`") in SETTINGS],
        code=[block.text for block in blocks(path)],
        links=sorted({leads_to(path, link) for link in links}),
        pictures=re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text),
    )


def test_both_readmes_have_the_same_sections_commands_settings_and_links() -> None:
    english, chinese = shape_of(ROOT / "README.md"), shape_of(ROOT / "README.zh-CN.md")

    assert chinese.headings == english.headings
    assert chinese.rows == english.rows
    assert chinese.defaults == english.defaults
    assert chinese.code == english.code
    assert chinese.links == english.links
    assert chinese.pictures == english.pictures
    assert len(english.defaults) == len(SETTINGS)


def test_each_row_of_both_readmes_names_the_same_options() -> None:
    for one, other in zip(table(ROOT / "README.md"), table(ROOT / "README.zh-CN.md"), strict=True):
        options = [set(re.findall(r"`(--\w+|[a-z_]+)", row)) for row in (one, other)]
        assert options[0] == options[1], one


def table(path: Path) -> list[str]:
    return [line for line in read(path).splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_page_can_be_reached_from_the_readme(readme: str) -> None:
    pages = {name_of(page).replace("docs/zh-CN/", "docs/") for page in DOCUMENTS}
    pages = {page for page in pages if not page.startswith((".", "README"))}
    linked = set(shape_of(ROOT / readme).links)

    assert not pages - linked


def test_no_line_ends_between_two_chinese_characters() -> None:
    """A browser would show a space there."""
    wide = "[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"

    for document in DOCUMENTS:
        assert not re.findall(rf".{{5}}{wide}\n *{wide}.{{5}}", read(document)), document


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "zh-CN").glob("*.md")), ids=name_of)
def test_a_page_in_chinese_is_the_english_one_in_other_words(page: Path) -> None:
    chinese, english = shape_of(page), shape_of(ROOT / "docs" / page.name)

    assert chinese.headings == english.headings
    assert [block for block in chinese.code if block] == [block for block in english.code if block]
    assert chinese.links == english.links
    assert table_lines(page) == table_lines(ROOT / "docs" / page.name)


def table_lines(page: Path) -> int:
    return len(re.findall(r"^\|", read(page), re.MULTILINE))


RUN_TIME = {
    "data/repaint.db",
    "data/pictures",
    "data/models.local.toml",
    "cogs/members/greeting.py",
}
"""Files that the bot, an operator or a reader of an example creates later."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    rooms = r"(?:bench|cogs|data|deploy|docs|sandbox|services|tests)/[\w/*.-]*"
    named = {code.rstrip("/") for code in inline(read(document)) if re.fullmatch(rooms, code)}

    assert not [name for name in named - RUN_TIME if not any(ROOT.glob(name))]
