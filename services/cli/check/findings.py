"""One thing that was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding means for the bot."""

    OK = "ok"
    WARN = "warn"
    """It works, but somebody should know."""
    BAD = "bad"
    """It does not work until somebody has acted."""
    OPEN = "open"
    """Not tried, or not to be told for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found, and what to do about it."""

    area: str
    name: str
    verdict: Verdict
    found: str
    fix: str = ""


class Area:
    """Findings of one area, made in few words."""

    def __init__(self, area: str) -> None:
        """Take the area's name."""
        self._area = area
        self.findings: list[Finding] = []

    def ok(self, name: str, found: str) -> None:
        """Note what is in order."""
        self._add(name, Verdict.OK, found)

    def warn(self, name: str, found: str, fix: str = "") -> None:
        """Note what works, but should be known."""
        self._add(name, Verdict.WARN, found, fix)

    def bad(self, name: str, found: str, fix: str) -> None:
        """Note what does not work."""
        self._add(name, Verdict.BAD, found, fix)

    def open(self, name: str, found: str, fix: str = "") -> None:
        """Note what can not be told."""
        self._add(name, Verdict.OPEN, found, fix)

    def _add(self, name: str, verdict: Verdict, found: str, fix: str = "") -> None:
        made = Finding(area=self._area, name=name, verdict=verdict, found=found, fix=fix)
        self.findings.append(made)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing stands against running the bot."""
    return all(each.verdict is not Verdict.BAD for each in findings)


def as_json(findings: Iterable[Finding]) -> dict[str, object]:
    """Return the findings as JSON's own types."""
    listed = list(findings)
    return {"ok": is_sound(listed), "findings": [asdict(each) for each in listed]}
