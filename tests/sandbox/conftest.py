from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable recording: these tests send wrong bodies on purpose, which must not be checked."""
    monkeypatch.delenv("SANDBOX_RECORD", raising=False)
