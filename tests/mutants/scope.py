"""The files that are mutated, and the tests that may notice."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CORE = (
    "services/db/*.py",
    "services/engine/*.py",
    "services/kling/*.py",
    "services/requests/acceptance.py",
    "services/requests/defaults.py",
    "services/policy/quotas.py",
    "services/requests/cancel.py",
    "services/policy/guild_rules.py",
    "services/history/privacy.py",
    "services/policy/quotas.py",
    "services/storage/retention.py",
    "services/policy/blocked_words.py",
    "cogs/posting/delivery.py",
    "cogs/client/interaction_buffer.py",
    "cogs/posting/fallback.py",
    "cogs/ui/context.py",
)
"""Store, engine, provider's client, acceptance, quotas, privacy and delivery.

`services/db/postgresql` needs a server, and is left to the proofs.
"""

WHOLE = ("tests/cogs", "tests/system/fault_matrix", "tests/system/multi_process")
"""Folders outside tests/services whose tests may notice."""

FLAT = ("tests/services", "tests")
"""Folders of which only the tests directly inside are meant."""

PROOFS = ("tests/services/db", "tests/system/multi_process")
"""Folders whose proofs are measured too: only they run the code for several processes."""


OF_THE_WHOLE = (
    "tests/services/test_reprs.py",
    "tests/test_documented_figures.py",
    "tests/test_documents.py",
    "tests/test_documented_names.py",
    "tests/test_privacy_page.py",
    "tests/test_security_page.py",
)
"""Tests that check all records, figures and names: they concern code that runs at import too."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """Tests that are measured in one run."""

    folder: str
    marked: str = "not proof"

    @property
    def name(self) -> str:
        """Return its name for a file."""
        return f"{self.folder}.{self.marked}".replace("/", ".").replace(" ", "-")

    @property
    def paths(self) -> list[str]:
        """Return the paths given to pytest."""
        if self.folder in FLAT:
            found = sorted(ROOT.glob(f"{self.folder}/test_*.py"))
            return [path.relative_to(ROOT).as_posix() for path in found]
        return [self.folder]


def _folders() -> list[str]:
    """Return the folders whose tests may notice a fault: they are measured one after the other."""
    packages = {path.parent.name for path in ROOT.glob("tests/services/*/test_*.py")}
    flat = [folder for folder in FLAT if any(ROOT.glob(f"{folder}/test_*.py"))]
    return [*WHOLE, *(f"tests/services/{name}" for name in sorted(packages)), *flat]


PIECES = (*map(TestRun, _folders()), *(TestRun(folder, "proof") for folder in PROOFS))


def core() -> list[str]:
    """Return the files that are mutated."""
    found = {path for pattern in CORE for path in ROOT.glob(pattern)}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def files() -> list[str]:
    """Return the files of the tree as it is now: those that git knows and those not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def digest() -> str:
    """Return a digest of everything that a verdict depends on."""
    whole = sha256()
    for name in files():
        if name.startswith(("tests/mutants/", "docs/", "bench/")) or name.endswith(".md"):
            continue
        whole.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return whole.hexdigest()[:12]
