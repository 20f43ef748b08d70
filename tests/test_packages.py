"""Packages are used through their interfaces, and names are unique and plain."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tests.test_architecture import (
    FUNCTIONS,
    PRODUCT,
    ROOT,
    name_of,
    sources,
    statements_of,
    text_of,
    tree_of,
)

OPEN = ("services.models", "services.errors", "services.common")
"""Packages whose modules every package may import: records, errors, helpers."""

FLAT = {"services": {"app"}, "cogs": {"setup"}}
"""Modules directly in `services/` and `cogs/`: each opens or builds all the others."""

STORED = {"VaultUnreachable"}
"""Names behind a Fluent key (`vault_unreachable`), which never changes."""

SHARED_METHODS = {
    "add": "collections",
    "check": "validation",
    "close": "resources",
    "cog_load": "discord.py",
    "get": "reading",
    "load": "construction",
    "open": "resources",
    "run": "work",
    "write": "streams",
}
"""Methods that more than four unrelated classes may have, with what the word stands for."""


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(name_of(path)): path for path in sources(*PRODUCT)}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def package_of(module: str) -> str:
    return module if module in PACKAGES else module.rpartition(".")[0]


def imported_modules(module: str) -> Iterator[str]:
    """Yield our modules that a module imports while it loads, so not within functions."""
    for node in tree_of(MODULES[module]).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield node.module
            yield from (
                name
                for name in (f"{node.module}.{alias.name}" for alias in node.names)
                if name in MODULES
            )


def is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_other_packages_import_a_package_only_by_its_interface() -> None:
    assert not [
        (module, target)
        for module in MODULES
        for target in imported_modules(module)
        if target.startswith(("services.", "cogs."))
        and target not in PACKAGES
        and package_of(target) not in {"services", "cogs", *OPEN}
        and not is_inside(module, package_of(target))
        and target.rpartition(".")[2] not in (exported(package_of(target)) or ())
    ]


def exported(module: str) -> list[str] | None:
    for node in tree_of(MODULES[module]).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def test_an_interface_names_all_that_it_imports() -> None:
    """A reader then sees in one place what a package is for."""
    for package in PACKAGES:
        if not package.startswith(("services.", "cogs.")):
            continue
        names = {
            alias.asname or alias.name
            for node in tree_of(MODULES[package]).body
            if isinstance(node, ast.ImportFrom) and node.module in MODULES
            for alias in node.names
        }
        unused = {
            name for name in names if len(re.findall(rf"\b{name}\b", text_of(MODULES[package]))) < 2
        }
        assert not unused, package
        listed = exported(package)
        assert listed is None or len(listed) == len(set(listed)), package


def test_few_modules_lie_beside_the_packages() -> None:
    for package, allowed in FLAT.items():
        flat = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
        assert flat == allowed


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path in sources("cogs", "services"):
        yield from (
            (name_of(path), node) for node in statements_of(path) if isinstance(node, ast.ClassDef)
        )


def test_a_class_name_stands_for_one_class() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, node in classes():
        places[node.name].append(path)

    assert not {name: found for name, found in places.items() if len(found) > 1}


def bases_of(node: ast.ClassDef) -> set[str]:
    """Return the names of the bases, without modules and type arguments."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def families(nodes: Iterable[ast.ClassDef]) -> dict[str, set[str]]:
    """Return each class with its bases, and the protocols of ours that it implements."""
    by_name = {node.name: node for node in nodes}
    own = {name: public_methods(node) for name, node in by_name.items()}

    def ancestors(name: str) -> set[str]:
        return {name}.union(*map(ancestors, bases_of(by_name[name]) & by_name.keys()))

    found = {name: ancestors(name) for name in by_name}
    for name, node in by_name.items():
        if "Protocol" in bases_of(node) and len(own[name]) > 1:
            for other in found.values():
                if own[name] <= set[str]().union(*(own[each] for each in other)):
                    other.add(name)
    return found


def unrelated_owners(nodes: Iterable[ast.ClassDef]) -> dict[str, list[set[str]]]:
    """Return the classes that define each public method, related ones grouped."""
    nodes = list(nodes)
    related = families(nodes)
    owners: dict[str, list[set[str]]] = defaultdict(list)
    for node in nodes:
        for method in public_methods(node):
            family = related[node.name]
            joined = family.union(*(group for group in owners[method] if group & family))
            owners[method] = [*(g for g in owners[method] if not g & family), joined]
    return owners


def public_methods(node: ast.ClassDef) -> set[str]:
    names = {each.name for each in node.body if isinstance(each, FUNCTIONS)}
    return {name for name in names if not name.startswith("_")}


def overused_methods(nodes: Iterable[ast.ClassDef]) -> dict[str, list[set[str]]]:
    return {name: found for name, found in unrelated_owners(nodes).items() if len(found) > 4}


def test_a_method_name_belongs_to_few_unrelated_classes() -> None:
    """A method name shared by many classes does not tell what a call does."""
    found = overused_methods(node for _, node in classes())

    assert found.keys() == SHARED_METHODS.keys(), {
        name: found.get(name) for name in found.keys() ^ SHARED_METHODS.keys()
    }


def test_overused_methods_counts_a_family_once() -> None:
    alone = "".join(f"class C{number}:\n  def keep(self): ...\n" for number in range(5))
    related = alone.replace("C3:", "C3(C2):").replace("C4:", "C4(C3):")

    assert overused_methods(class_nodes(alone)).keys() == {"keep"}
    assert not overused_methods(class_nodes(related))


def class_nodes(code: str) -> list[ast.ClassDef]:
    return [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]


def banned_words() -> list[str]:
    """Read the name parts that docs/glossary.md rules out."""
    page = text_of(ROOT / "docs" / "glossary.md")
    return re.findall(r"`([a-z]+)`", page.split("## Not used in names")[1])


def parts_of(name: str) -> list[str]:
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def names_defined() -> Iterator[tuple[str, str]]:
    """Yield every module, class and function of the product, with its file."""
    for path in sources(*PRODUCT):
        yield name_of(path), path.stem
        for node in statements_of(path):
            if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
                yield name_of(path), node.name


def test_no_name_is_built_from_a_banned_word() -> None:
    banned = set(banned_words())

    assert len(banned) > 20
    assert not [
        (path, name)
        for path, name in names_defined()
        if banned & set(parts_of(name)) and name not in STORED
    ]


def test_the_glossary_is_in_order() -> None:
    banned = banned_words()

    assert all(earlier < later for earlier, later in pairwise(banned))
