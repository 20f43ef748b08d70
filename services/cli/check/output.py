"""Prints findings as a table; each area is printed as soon as it is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from services.cli.check.findings import Finding, Verdict
from services.cli.terminal import Colour, Terminal, wrapped

_GLYPHS: Mapping[Verdict, str] = {
    Verdict.OK: "✓",
    Verdict.WARN: "!",
    Verdict.BAD: "✗",
    Verdict.OPEN: "·",
}
_COLOURS: Mapping[Verdict, Colour] = {
    Verdict.OK: "green",
    Verdict.WARN: "yellow",
    Verdict.BAD: "red",
    Verdict.OPEN: "grey",
}
_NAME_WIDTH = 15
_MARK_WIDTH = 4


def show_area(terminal: Terminal, findings: Sequence[Finding]) -> None:
    """Print one area with its heading."""
    if findings:
        terminal.line()
        terminal.line(terminal.coloured(findings[0].area, "bold"))
    for finding in findings:
        _show(terminal, finding)


def show_end(terminal: Terminal, findings: Iterable[Finding]) -> None:
    """Print the summary."""
    counts = Counter(finding.verdict for finding in findings)
    terminal.line()
    problems = _counted(counts[Verdict.BAD], "problem")
    warnings = _counted(counts[Verdict.WARN], "warning")
    if counts[Verdict.BAD]:
        terminal.line(terminal.coloured(f"{problems} to fix, {warnings}.", "red"))
    elif counts[Verdict.WARN]:
        terminal.line(terminal.coloured(f"No problems, {warnings}.", "yellow"))
    else:
        terminal.line(terminal.coloured("No problems.", "green"))


def _show(terminal: Terminal, finding: Finding) -> None:
    mark = _GLYPHS[finding.verdict] if terminal.has_glyphs else finding.verdict.value
    width = 1 if terminal.has_glyphs else _MARK_WIDTH
    lead = f"  {mark.ljust(width)}  {finding.name.ljust(_NAME_WIDTH)} "
    room = terminal.width - len(lead)
    first, *more = wrapped(finding.found, width=room)
    mark = terminal.coloured(mark.ljust(width), _COLOURS[finding.verdict])
    terminal.line(f"  {mark}  {finding.name.ljust(_NAME_WIDTH)} {first}")
    arrow = "→ " if terminal.has_glyphs else "-> "
    for line in more:
        terminal.line(" " * len(lead) + line)
    for at, line in enumerate(wrapped(finding.fix, width=room - len(arrow))):
        if line:
            terminal.line(" " * len(lead) + (arrow if at == 0 else " " * len(arrow)) + line)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
