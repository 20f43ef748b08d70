"""The house's own rules: arrows, sizes, words, and that documents and code name the same things."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.settings import rows

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("bot.py", "cogs", "services", "sandbox")
FORBIDDEN = {
    "cogs": ("services.store", "aiohttp", "sqlite_utils", "sqlite3", "sandbox", "dotenv"),
    "services": ("discord", "cogs", "bot", "sandbox"),
    "services/store": ("discord", "aiohttp", "cogs", "bot", "sandbox"),
    "sandbox": ("services", "cogs", "bot"),
}
ALONE = {  # a library and the only room that may open its door
    "sqlite3": ("services/store/",),
    "sqlite_utils": ("services/store/",),
    "psycopg": ("services/store/postgresql/",),
    "dotenv": ("services/settings.py",),
    "obstore": ("services/vault/bucket.py",),
}
NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources(*rooms: str) -> list[Path]:
    found = [ROOT / room for room in rooms]
    return sorted(
        path for room in found for path in ([room] if room.is_file() else room.rglob("*.py"))
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def depth(node: ast.AST, level: int = 0) -> int:
    inner = (child for child in ast.iter_child_nodes(node) if not isinstance(child, FUNCTIONS))
    return max((depth(child, level + isinstance(child, NESTING)) for child in inner), default=level)


def starts_with(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("path", sources(*PRODUCT), ids=name_of)
def test_imports_point_only_downwards(path: Path) -> None:
    rooms = [room for room in FORBIDDEN if name_of(path).startswith(f"{room}/")]
    forbidden = FORBIDDEN[max(rooms, key=len)] if rooms else ()

    assert not [module for module in imports(path) if starts_with(module, forbidden)]


@pytest.mark.parametrize("path", sources("bot.py", "cogs", "services"), ids=name_of)
def test_a_library_has_one_door(path: Path) -> None:
    for library, rooms in ALONE.items():
        if not name_of(path).startswith(rooms):
            assert not [module for module in imports(path) if starts_with(module, (library,))]


@pytest.mark.parametrize("path", sources("cogs", "services"), ids=name_of)
def test_time_and_the_environment_are_injected(path: Path) -> None:
    text = path.read_text("utf-8")
    if name_of(path) != "services/clock.py":
        assert not re.search(r"\btime\.time\(|asyncio\.sleep\((?!0\))|datetime\.now\(", text)
    if name_of(path) != "services/settings.py":
        assert "os.environ" not in text


def test_functions_are_short() -> None:
    sizes = sorted(length(each) for path in sources(*PRODUCT) for each in functions(path))

    assert statistics.median(sizes) <= 9
    assert sizes[int(len(sizes) * 0.95)] <= 35


@pytest.mark.parametrize("path", sources(*PRODUCT, "tests"), ids=name_of)
def test_files_are_short_and_shallow(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 350
    assert max((depth(each) for each in functions(path)), default=0) <= 4


@pytest.mark.parametrize("suffix", ["js", "css", "html"])
def test_the_pages_files_are_short(suffix: str) -> None:
    for path in (ROOT / "sandbox").rglob(f"*.{suffix}"):
        assert len(path.read_text("utf-8").splitlines()) <= 350, path


@pytest.mark.parametrize("path", sources(*PRODUCT), ids=name_of)
def test_every_public_name_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    public = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_")
    ]
    nested = {inner for each in public if isinstance(each, FUNCTIONS) for inner in ast.walk(each)}
    nested -= {each for each in public if each in tree.body}

    assert ast.get_docstring(tree)
    assert not [each.name for each in public if each not in nested and not ast.get_docstring(each)]


def test_broad_excepts_are_two_at_most() -> None:
    broad = [
        name_of(path)
        for path in sources("bot.py", "cogs", "services")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    ]

    assert len(broad) <= 2


def test_tests_are_as_long_as_the_code() -> None:
    def lines(*rooms: str) -> int:
        return sum(len(path.read_text("utf-8").splitlines()) for path in sources(*rooms))

    assert lines("tests") >= lines("bot.py", "cogs", "services") * 1.0


@pytest.mark.parametrize("name", [row.name for _, row in rows()])
def test_every_setting_is_in_the_example_and_in_the_documents(name: str) -> None:
    assert re.search(rf"^#?{name}=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert f"`{name}`" in (ROOT / "README.md").read_text("utf-8")


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
    """The slash commands of a file, by their whole names."""
    groups = {
        "cogs/admin/": "repaint-admin ",
        "cogs/operator.py": "repaint-operator ",
        "cogs/preferences.py": "preferences ",
    }
    group = next((groups[room] for room in groups if name_of(path).startswith(room)), "")
    for node in functions(path):
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
                "app_commands.command"
            ):
                named = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
                yield f"{group}{named.get('name', node.name)}"
