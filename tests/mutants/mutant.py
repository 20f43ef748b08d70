"""One fault of one file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault of one file."""

    path: str
    line: int
    start: int
    end: int
    before: str
    after: str
    scope: str
    """Dotted name of the function that the fault is in; outside of one, of the assigned name."""

    @property
    def id(self) -> str:
        """Return an id made of its place and both texts."""
        whole = f"{self.path}:{self.start}:{self.end}:{self.before}:{self.after}"
        return sha256(whole.encode()).hexdigest()[:12]

    def applied(self, text: str) -> str:
        """Return the file's text with the fault in it."""
        raw = text.encode()
        return (raw[: self.start] + self.after.encode() + raw[self.end :]).decode()

    def __str__(self) -> str:
        """Return it as one line."""
        before, after = (re.sub(r"\s+", " ", one) for one in (self.before, self.after))
        return f"{self.path}:{self.line} {self.scope}: {before or '(nothing)'} -> {after}"
