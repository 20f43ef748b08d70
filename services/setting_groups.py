"""What a setting is to the operator: a row of the table, under a heading of .env.example."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from services.setting_values import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the operator sees it."""

    name: str
    kind: Kind[object]
    default: str
    group: str
    help: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading in .env.example; called, it makes the field of one setting below it."""

    title: str

    def __call__(self, name: str, kind: Kind[T], *, default: str = "", text: str) -> T:
        """Make a field whose default is read from text, as what an operator writes is."""
        row = Row(name, kind, default, self.title, text)
        # A factory, so that importing this module reads no time zone file.
        return field(default_factory=lambda: kind.parse(default), metadata={"row": row})
