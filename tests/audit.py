"""`make audit`: are there known vulnerabilities in the packages that the bot uses?

pip-audit runs in an environment of its own and adds nothing to the bot's. If it cannot be
installed, or no advisories can be reached, the program says so and succeeds: only a finding makes
it fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

AUDITOR = "pip-audit==2.9.0"
TIMEOUT_S = 240

Ran = subprocess.CompletedProcess[str]


def main() -> int:
    """Print the findings; return 1 if there are any, else 0."""
    with tempfile.TemporaryDirectory() as folder:
        words, status = audit(Path(folder))
    sys.stdout.write(f"audit: {words}\n")
    return status


def audit(folder: Path) -> tuple[str, int]:
    """Audit the installed packages; return a text, and the exit status."""
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
    """Run a program and capture its output."""
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


def pinned(installed: str) -> str:
    """Return this environment's packages that have a version, one per line."""
    return "\n".join(line for line in installed.splitlines() if "==" in line) + "\n"


def verdict(report: str) -> tuple[str, int]:
    """Read pip-audit's report; without a report, no advisories could be reached."""
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
