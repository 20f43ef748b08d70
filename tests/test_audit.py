"""The audit fails for findings only, and says why if it cannot run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import audit


def report(*faults: str) -> str:
    package = {"name": "pillow", "version": "1.0", "vulns": [{"id": each} for each in faults]}
    return json.dumps({"dependencies": [package, {"name": "aiohttp", "skip_reason": "?"}]})


def test_audit_with_a_known_vulnerability_fails() -> None:
    words, status = audit.verdict(report("CVE-2030-1"))
    assert status == 1
    assert "pillow 1.0: CVE-2030-1" in words


def test_audit_without_a_vulnerability_passes() -> None:
    assert audit.verdict(report()) == (
        "1 of 2 packages asked for, no known faults",
        0,
    )


def test_audit_of_unknown_packages_does_not_call_them_sound() -> None:
    unknown = {"name": "pillow", "skip_reason": "not found"}
    words, status = audit.verdict(json.dumps({"dependencies": [unknown]}))
    assert status == 0
    assert "skipped" in words


@pytest.mark.parametrize("said", ["", "Traceback (most recent call last)", "[]", "{}"])
def test_audit_without_advisories_passes_and_says_so(said: str) -> None:
    words, status = audit.verdict(said)
    assert status == 0
    assert "skipped" in words


@pytest.mark.proof
def test_audit_without_the_auditor_passes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "AUDITOR", "no-such-package-of-ours==0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    words, status = audit.audit(tmp_path)
    assert status == 0
    assert "can not be installed here" in words
