"""`make audit`: are there known faults in the packages that the bot runs on?

pip-audit runs in an environment of its own, so that nothing of it gets into the bot's. Where it can
not be had, or no advisories can be reached, that is said and nothing fails: only a finding does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

AUDITOR = "pip-audit==2.9.0"
PATIENCE_S = 240

Ran = subprocess.CompletedProcess[str]


def main() -> int:
    """Print what was found; return 1 for findings, else 0."""
    with tempfile.TemporaryDirectory() as folder:
        words, status = audit(Path(folder))
    sys.stdout.write(f"audit: {words}\n")
    return status


def audit(folder: Path) -> tuple[str, int]:
    """Audit what is installed here; return what to say, and the exit status."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    try:
        venv.create(folder, with_pip=True)
        made = run(python, "-m", "pip", "install", "--quiet", AUDITOR)
        if made.returncode:
            return f"skipped, {AUDITOR} can not be installed here", 0
        installed = run(sys.executable, "-m", "pip", "freeze").stdout
        listed = folder / "installed.txt"
        listed.write_text(pinned(installed), "utf-8")
        ran = run(
            python, "-m", "pip_audit", "-r", listed, "--no-deps", "--disable-pip", "-f", "json"
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"skipped, it could not be run ({type(error).__name__})", 0
    return verdict(ran.stdout)


def run(*words: object) -> Ran:
    """Run a program; its words are kept."""
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def pinned(installed: str) -> str:
    """Return the packages of this environment that have a version, one a line."""
    return "\n".join(line for line in installed.splitlines() if "==" in line) + "\n"


def verdict(report: str) -> tuple[str, int]:
    """Read pip-audit's report; one that is none means that no advisories could be reached."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return "skipped, no advisories can be reached from here", 0
    found = [
        f"{each['name']} {each.get('version', '?')}: {fault['id']}"
        for each in packages
        for fault in each.get("vulns", [])
    ]
    asked = [each for each in packages if "skip_reason" not in each]
    if not asked:
        return "skipped, no advisories can be reached from here", 0
    if found:
        return "known faults\n  " + "\n  ".join(found), 1
    return f"{len(asked)} of {len(packages)} packages asked for, no known faults", 0


if __name__ == "__main__":
    sys.exit(main())
