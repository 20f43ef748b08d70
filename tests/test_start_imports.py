"""Libraries that the bot does not load at its start: they would cost time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof


ROOT = Path(__file__).resolve().parent.parent
_LOADED = "import sys, bot; print(*sorted(sys.modules))"


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "name",
    [
        "sandbox",
        "numpy",
        "pandas",
        "matplotlib",
        "prometheus_client",
        "aiohttp.web",
        "cogs.client.shards",
        "services.cli.check",
        "services.cli.try_once.run",
        "services.web.callbacks",
        "services.db.postgresql",
        "psycopg",
        "jwt",
        "cryptography",
        "obstore",
        "services.storage.s3_client",
    ],
)
def test_it_is_loaded_by_whoever_needs_it(loaded: set[str], name: str) -> None:
    assert "bot" in loaded
    assert name not in loaded


def test_sqlite_utils_alone_is_loaded_without_numpy() -> None:
    program = "import services.db, sys; before = 'numpy' in sys.modules; import numpy;"
    done = subprocess.run(
        [sys.executable, "-c", program + "print(before, 'numpy' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["False", "True"]
