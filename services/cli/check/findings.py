"""Findings of `bot.py check`: a verdict on each thing that was checked, and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Severity of a finding."""

    OK = "ok"
    WARN = "warn"
    """It works, but the operator should know."""
    BAD = "bad"
    """It does not work until the operator acts."""
    OPEN = "open"
    """Not tested, or not testable for free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict on one thing that was checked, and what the operator can do about it."""

    area: str
    name: str
    verdict: Verdict
    found: str
    fix: str = ""


class Area:
    """Collects the findings of one area, such as Discord or the provider."""

    def __init__(self, area: str) -> None:
        self._area = area
        self.findings: list[Finding] = []

    def ok(self, name: str, found: str) -> None:
        """Add a finding: `name` is in order."""
        self._add(name, Verdict.OK, found)

    def warn(self, name: str, found: str, fix: str = "") -> None:
        """Add a finding: `name` works, but the operator should know what was `found`."""
        self._add(name, Verdict.WARN, found, fix)

    def bad(self, name: str, found: str, fix: str) -> None:
        """Add a finding: `name` does not work; `found` says why, `fix` says what to do."""
        self._add(name, Verdict.BAD, found, fix)

    def open(self, name: str, found: str, fix: str = "") -> None:
        """Add a finding: `name` was not tested, or cannot be tested for free."""
        self._add(name, Verdict.OPEN, found, fix)

    def _add(self, name: str, verdict: Verdict, found: str, fix: str = "") -> None:
        made = Finding(area=self._area, name=name, verdict=verdict, found=found, fix=fix)
        self.findings.append(made)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Return whether no finding prevents running the bot."""
    return all(each.verdict is not Verdict.BAD for each in findings)


def as_json(findings: Iterable[Finding]) -> dict[str, object]:
    """Return the findings as JSON types."""
    listed = list(findings)
    return {"ok": is_sound(listed), "findings": [asdict(each) for each in listed]}
