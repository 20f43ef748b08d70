"""The project's own rules: imports, sizes, words, and names shared by documents and code."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from services.settings.loading import rows

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("bot.py", "cogs", "services", "sandbox")
FORBIDDEN = {
    "cogs": ("services.db", "aiohttp", "sqlite_utils", "sqlite3", "sandbox", "dotenv"),
    "services": ("discord", "cogs", "bot", "sandbox"),
    "services/db": ("discord", "aiohttp", "cogs", "bot", "sandbox"),
    "sandbox": ("services", "cogs", "bot"),
}
ALONE = {  # a library and the only package that may import it
    "sqlite3": ("services/db/",),
    "sqlite_utils": ("services/db/",),
    "psycopg": ("services/db/postgresql/",),
    "dotenv": ("services/settings/loading.py",),
    "obstore": ("services/storage/s3_client.py",),
}
NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LONGEST_FILE, DEEPEST = 350, 4


def sources(*rooms: str) -> list[Path]:
    found = [ROOT / room for room in rooms]
    return sorted(
        path for room in found for path in ([room] if room.is_file() else room.rglob("*.py"))
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def statements_of(path: Path) -> list[ast.AST]:
    return list(statements(tree_of(path)))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Walk nodes that are or contain statements: expressions hide no name, import or nesting."""
    yield node
    for inner in within(node):
        yield from statements(inner)


def within(node: ast.AST) -> Iterator[ast.AST]:
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        yield from getattr(node, part, ())


@cache
def imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in statements_of(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in statements_of(path) if isinstance(node, FUNCTIONS))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def depth(node: ast.AST, level: int = 0) -> int:
    inner = (child for child in within(node) if not isinstance(child, FUNCTIONS))
    return max((depth(child, level + isinstance(child, NESTING)) for child in inner), default=level)


def starts_with(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def forbidden_to(path: Path) -> tuple[str, ...]:
    rooms = [room for room in FORBIDDEN if name_of(path).startswith(f"{room}/")]
    return FORBIDDEN[max(rooms, key=len)] if rooms else ()


def test_imports_point_only_downwards() -> None:
    assert not [
        (name_of(path), module)
        for path in sources(*PRODUCT)
        for module in imports(path)
        if starts_with(module, forbidden_to(path))
    ]


def test_a_library_has_one_door() -> None:
    assert not [
        (name_of(path), module)
        for path in sources("bot.py", "cogs", "services")
        for library, rooms in ALONE.items()
        if not name_of(path).startswith(rooms)
        for module in imports(path)
        if starts_with(module, (library,))
    ]


def test_time_and_the_environment_are_injected() -> None:
    texts = {name_of(path): text_of(path) for path in sources("cogs", "services")}
    clocks = re.compile(r"\btime\.time\(|asyncio\.sleep\((?!0\))|datetime\.now\(")

    assert [name for name in texts if clocks.search(texts[name])] == ["services/common/clock.py"]
    assert [name for name in texts if "os.environ" in texts[name]] == [
        "services/settings/loading.py"
    ]


def test_functions_are_short() -> None:
    sizes = sorted(length(each) for path in sources(*PRODUCT) for each in functions(path))

    assert statistics.median(sizes) <= 9
    assert sizes[int(len(sizes) * 0.95)] <= 35


def test_files_are_short_and_shallow() -> None:
    pages = [
        each for kind in ("js", "css", "html") for each in (ROOT / "sandbox").rglob(f"*.{kind}")
    ]
    ours = sources(*PRODUCT, "tests")

    assert pages
    assert not [
        name_of(path) for path in ours + pages if len(text_of(path).splitlines()) > LONGEST_FILE
    ]
    assert not [
        (name_of(path), each.name)
        for path in ours
        for each in functions(path)
        if depth(each) > DEEPEST
    ]


def test_every_public_name_says_what_it_is() -> None:
    paths = sources(*PRODUCT)

    assert not [name_of(path) for path in paths if not ast.get_docstring(tree_of(path))]
    assert not [
        (name_of(path), each.name)
        for path in paths
        for each in public_in(path)
        if not ast.get_docstring(each)
    ]


def public_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return names that others may use: not those inside a function."""
    public = [
        node
        for node in statements_of(path)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_")
    ]
    nested = {inner for each in public if isinstance(each, FUNCTIONS) for inner in statements(each)}
    nested -= {each for each in public if each in tree_of(path).body}
    yield from (each for each in public if each not in nested)


BROAD = {
    "services/common/supervisor.py": "one task's fault must not end the others",
    "services/db/postgresql/sessions.py": "a process without this thread is deaf",
}
"""Places that catch every error, with reasons; other code that must go on uses the supervisor."""

CATCHES_ALL = re.compile(r"(?<![\w.])(BaseException|Exception)(?!\w)")


def is_broad(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or bool(CATCHES_ALL.search(ast.unparse(node.type)))
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return any(
            "suppress(" in words and CATCHES_ALL.search(words)
            for words in (ast.unparse(item.context_expr) for item in node.items)
        )
    return False


def test_all_errors_are_caught_in_two_places_that_say_why() -> None:
    broad = [
        (name_of(path), text_of(path).splitlines()[node.lineno - 1])
        for path in sources("bot.py", "cogs", "services")
        for node in statements_of(path)
        if isinstance(node, (ast.ExceptHandler, ast.With, ast.AsyncWith)) and is_broad(node)
    ]

    assert sorted(name for name, _ in broad) == sorted(BROAD)
    assert not [line for name, line in broad if BROAD[name] not in line]


@pytest.mark.parametrize(
    "code",
    [
        "try: f()\nexcept: pass",
        "try: f()\nexcept Exception: pass",
        "try: f()\nexcept (OSError, BaseException) as error: raise",
        "with suppress(Exception): f()",
        "with contextlib.suppress(Exception): f()",
    ],
)
def test_is_broad_knows_each_way_to_catch_all(code: str) -> None:
    assert any(is_broad(node) for node in statements(ast.parse(code)))
    for narrow in ("OSError", "DeliveryException"):
        narrowed = CATCHES_ALL.sub(narrow, code.replace("except:", "except OSError:"))
        assert not any(is_broad(node) for node in statements(ast.parse(narrowed)))


def test_tests_are_as_long_as_the_code() -> None:
    def lines(*rooms: str) -> int:
        return sum(len(text_of(path).splitlines()) for path in sources(*rooms))

    assert lines("tests") >= lines("bot.py", "cogs", "services") * 1.0


def test_every_setting_is_in_the_example_and_in_the_documents() -> None:
    names = [row.name for _, row in rows()]
    example, readme = text_of(ROOT / ".env.example"), text_of(ROOT / "README.md")

    assert names
    assert not [name for name in names if not re.search(rf"^#?{name}=", example, re.MULTILINE)]
    assert not [name for name in names if f"`{name}`" not in readme]


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    parser = (ROOT / "bot.py").read_text("utf-8")
    moderating = (ROOT / "docs" / "moderating.md").read_text("utf-8")
    slash = [name for path in sources("cogs") for name in commands_in(path)]

    assert slash
    assert not [name for name in slash if f"`/{name}`" not in readme + moderating]
    assert not [
        name for name in re.findall(r'add\(\s*"(\w+)"', parser) if f"bot.py {name}" not in readme
    ]


def commands_in(path: Path) -> Iterator[str]:
    """Return the slash commands of a file, by their full names."""
    groups = {
        "cogs/admin/operator": "repaint-operator ",
        "cogs/admin/": "repaint-admin ",
        "cogs/requests/preferences.py": "preferences ",
    }
    group = next((groups[room] for room in groups if name_of(path).startswith(room)), "")
    for node in functions(path):
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
                "app_commands.command"
            ):
                named = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
                yield f"{group}{named.get('name', node.name)}"


def test_every_test_is_run_by_ci() -> None:
    """Two runs select by a marker and its opposite and leave nothing out; a third repeats some."""
    ran = re.findall(r"^make (\S+)$", text_of(ROOT / ".ci" / "run"), re.MULTILINE)
    recipes = dict(
        re.findall(r"^(\w+):.*\n\t(.*PYTEST.*)$", text_of(ROOT / "Makefile"), re.MULTILINE)
    )
    chosen = [recipes[target].split(" -m ")[1] for target in ran if target in recipes]

    assert chosen == [
        '"not proof" $(ARGS)',
        "proof $(ARGS)",
        '"not proof" --fleet tests/cogs $(ARGS)',
    ]
    assert "--ignore" not in text_of(ROOT / "Makefile") + text_of(ROOT / "pyproject.toml")


def test_whoever_runs_the_whole_bot_or_a_browser_is_a_proof() -> None:
    """Otherwise `make test` would take longer and longer."""
    whole = ("playwright", "sandbox.processes.bot_settings")
    using = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if any(module.rpartition(".")[2] in text_of(path) for module in whole)
        and any(starts_with(module, whole) for module in imports(path))
    ]

    assert using
    assert not [name_of(path) for path in using if "pytest.mark.proof" not in text_of(path)]
