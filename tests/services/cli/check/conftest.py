"""A run of `check` with given settings, and its findings by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import DATA
from services.cli.check import examined
from services.cli.check.findings import Finding, Verdict, is_sound
from services.common.clock import SystemClock
from services.settings.loading import rows


@dataclass
class Findings:
    """All findings of one check."""

    findings: list[Finding]

    def __getitem__(self, name: str) -> Finding:
        return next(each for each in self.findings if each.name == name)

    def __contains__(self, name: str) -> bool:
        return any(each.name == name for each in self.findings)

    def verdict(self, name: str) -> Verdict:
        return self[name].verdict

    @property
    def is_sound(self) -> bool:
        return is_sound(self.findings)

    @property
    def text(self) -> str:
        return "\n".join(f"{each.name} {each.found} {each.fix}" for each in self.findings)


Examine = Callable[..., Awaitable[Findings]]


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Run `check` with settings given by name, all others at their defaults."""

    async def examining(clock: SystemClock | None = None, **given: object) -> Findings:
        usual = {
            "KLING_API_KEY": "sk-sandbox",
            "DATABASE_PATH": tmp_path / "repaint.db",
            "PICTURES_PATH": tmp_path / "pictures",
            "OPERATOR_IDS": "1",
        }
        for _, row in rows():
            monkeypatch.delenv(row.name, raising=False)
        for name, value in {**usual, **given}.items():
            if value is not None:
                monkeypatch.setenv(name, str(value))
        env_file, found = tmp_path / ".env", list[Finding]()
        async for area in examined(data=DATA, clock=clock or SystemClock(), env_file=env_file):
            found += area.findings
        return Findings(found)

    return examining
