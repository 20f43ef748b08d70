"""Faults in SQL statements: found in the text, since no syntax tree holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

SQL = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|ORDER BY|VALUES|AND|CASE|NULL|SUM)\b")
IN_SQL: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\s)AND(?=\s)"), "OR"),
    (re.compile(r"(?<=\s)OR(?=\s)(?! (IGNORE|REPLACE))"), "AND"),
    (re.compile(r"(?<=\s)<=(?=\s)"), "<"),
    (re.compile(r"(?<=\s)>=(?=\s)"), ">"),
    (re.compile(r"(?<=\s)<(?=\s)"), "<="),
    (re.compile(r"(?<=\s)>(?=\s)"), ">="),
    (re.compile(r"(?<=\s)<>(?=\s)"), "="),
    (re.compile(r"(?<=\s)\+(?=\s)"), "-"),
    (re.compile(r"(?<=\s)-(?=\s)"), "+"),
    (re.compile(r"\bIS NOT NULL\b"), "IS NULL"),
    (re.compile(r"\bIS NULL\b"), "IS NOT NULL"),
    (re.compile(r"\bNOT (IN|EXISTS)\b"), r"\1"),
    (re.compile(r"\bMIN\("), "MAX("),
    (re.compile(r"\bMAX\("), "MIN("),
    (re.compile(r"\bORDER BY (\w+)\b(?! DESC)(?!\()"), r"ORDER BY \1 DESC"),
    (re.compile(r"\b DESC\b"), ""),
    (re.compile(r"(?<=[\s(])(\d+)(?=[\s),])"), r"(\1 + 1)"),
)


def faults_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield a statement's faults: first and last character, and the replacement."""
    if SQL.search(text):
        for pattern, other in IN_SQL:
            for match in pattern.finditer(text):
                yield *match.span(), match.expand(other)
