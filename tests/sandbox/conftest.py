from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests' own robots send wrong bodies on purpose: nobody is to judge them."""
    monkeypatch.delenv("SANDBOX_RECORD", raising=False)
