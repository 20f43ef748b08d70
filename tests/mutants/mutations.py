"""Faults that one source file can be given: each changes the effect of a line.

A mutant replaces one piece of the text. Docstrings, annotations, decorators, log lines and
assertions stay as they are, because they have no effect.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.mutants.mutant import Mutant
from tests.mutants.statements import faults_of

SWAPPED: dict[type[ast.AST], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}
LOOK_UPS = frozenset({"get", "pop", "startswith", "endswith", "setdefault", "removeprefix"})
LOGS = frozenset({"log", "logging", "warnings"})


def mutants_of(path: str, text: str) -> list[Mutant]:
    """Return every fault of a file, in the order of their places."""
    found = _Finder(path, text)
    found.visit(ast.parse(text))
    seen = {mutant.id: mutant for mutant in found.mutants}
    return sorted(seen.values(), key=lambda one: (one.start, one.end, one.after))


class _Finder(ast.NodeVisitor):
    """Visits a file's syntax tree and collects faults."""

    def __init__(self, path: str, text: str) -> None:
        self.mutants: list[Mutant] = []
        self._path = path
        self._raw = text.encode()
        self._starts = [0]
        for line in self._raw.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._scope: list[str] = []

    # Nodes that stay as they are.

    def visit_arguments(self, node: ast.arguments) -> None:
        for default in [*node.defaults, *node.kw_defaults]:
            if default is not None:
                self.visit(default)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._named(node.target, node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip it: it helps the type checker only."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Skip it."""

    # The current scope.

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node.name, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name != "__repr__":
            self._inside(node.name, [node.args, *node.body])

    def _inside(self, name: str, nodes: list) -> None:
        self._scope.append(name)
        for node in nodes:
            self.visit(node)
        self._scope.pop()

    def _named(self, target: ast.expr, value: ast.expr) -> None:
        """Visit the value of an assignment; outside of functions its name is the fault's scope."""
        name = target.id if isinstance(target, ast.Name) else ""
        if name == "__all__" or (not self._scope and _is_type(value)):
            return
        self._inside(name, [value]) if name.isupper() else self.visit(value)

    # Faults.

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Attribute | ast.Subscript) and self._scope[-1:] != [
            "__init__"
        ]:
            self._replace(node, "pass")
        self._named(node.targets[0], node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, "pass")
        self._operator(node.target, node.op, node.value, suffix="=")
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) or _is_log(node.value):
            return
        if isinstance(node.value, ast.Call | ast.Await):
            self._replace(node, "pass")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "continue")

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        caught = node.type
        if isinstance(caught, ast.Tuple):
            for left_out in caught.elts:
                kept = [self._text(one) for one in caught.elts if one is not left_out]
                self._replace(caught, f"({', '.join(kept)},)")
        elif caught is not None:
            self._replace(caught, "()")
        for child in node.body:
            self.visit(child)

    def visit_If(self, node: ast.If) -> None:
        if all(isinstance(one, ast.Expr) and _is_log(one.value) for one in node.body + node.orelse):
            return
        self._condition(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._condition(test)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = " or " if isinstance(node.op, ast.And) else " and "
        self._replace(node, "(" + word.join(f"({self._text(one)})" for one in node.values) + ")")
        for left_out in node.values:
            kept = [f"({self._text(one)})" for one in node.values if one is not left_out]
            old = " and " if isinstance(node.op, ast.And) else " or "
            self._replace(node, "(" + old.join(kept) + ")")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._replace(node, f"({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            self._operator(left, operator, right)
            left = right
        for operand in (node.left, *node.comparators):
            self._word(operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
            self._operator(node.left, node.op, node.right)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._word(node.slice)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key in node.keys:
            if key is not None:
                self._word(key)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _is_log(node) or _called(node) == "cast":
            return
        if isinstance(node.func, ast.Name) and node.func.id in OPPOSITE:
            self._replace(node.func, OPPOSITE[node.func.id])
        if _called(node) in LOOK_UPS and node.args:
            self._word(node.args[0])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str):
            self._sql(node)
        elif isinstance(value, bool):
            self._replace(node, str(not value))
        elif isinstance(value, int | float):
            for other in _other_numbers(value):
                self._replace(node, other)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Take the text as it stands: inner positions are not reliable before Python 3.12."""
        self._sql(node)

    # Recording of faults.

    def _condition(self, test: ast.expr) -> None:
        for other in ("True", "False"):
            self._replace(test, other)

    def _operator(self, left: ast.AST, op: ast.AST, right: ast.AST, *, suffix: str = "") -> None:
        if other := SWAPPED.get(type(op)):
            start, end = self._place(left)[1], self._place(right)[0]
            between = self._raw[start:end].decode()
            changed = re.sub(r"[^\s()]+(\s+(in|not)\b)?", f"{other}{suffix}", between, count=1)
            self._note(start, end, changed)

    def _word(self, node: ast.expr) -> None:
        for one in node.elts if isinstance(node, ast.Tuple | ast.Set) else [node]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                self._replace(one, repr(f"{one.value}-x"))

    def _sql(self, node: ast.expr) -> None:
        start, end = self._place(node)
        text = self._raw[start:end].decode()
        for first, last, other in faults_of(text):
            before, after = (len(text[:at].encode()) for at in (first, last))
            self._note(start + before, start + after, other)

    def _replace(self, node: ast.AST, other: str) -> None:
        self._note(*self._place(node), other)

    def _note(self, start: int, end: int, after: str) -> None:
        before = self._raw[start:end].decode()
        line = self._raw[:start].count(b"\n") + 1
        line += len(before) - len(before.lstrip("\n ")) if before.lstrip(" ")[:1] == "\n" else 0
        scope = ".".join(self._scope)
        self.mutants.append(Mutant(self._path, line, start, end, before, after, scope))

    def _text(self, node: ast.AST) -> str:
        start, end = self._place(node)
        return self._raw[start:end].decode()

    def _place(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first = self._starts[node.lineno - 1] + node.col_offset
        return first, self._starts[node.end_lineno - 1] + node.end_col_offset


def _other_numbers(value: float) -> Iterator[str]:
    if value in {0, 1}:
        yield repr(value + 1)
    else:
        yield repr(value * 2)
        yield repr(value // 2 if isinstance(value, int) else value / 2)


def _called(node: ast.Call) -> str:
    """Return the name of the function or method that is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_type(node: ast.expr) -> bool:
    """Return whether it is a union or another form of a type, as a module names them."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and isinstance(node.left, ast.Name | ast.BinOp)
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)


def _is_log(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        return isinstance(owner, ast.Name) and owner.id in LOGS
    return False
