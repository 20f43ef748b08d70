"""Questions in the terminal; a typed secret is neither shown nor repeated."""

from __future__ import annotations

import getpass
import signal
import sys
from typing import Protocol


class Prompter(Protocol):
    """Asks a user; raises EOFError when the input ends."""

    def ask(self, question: str) -> str:
        """Return the typed text, without surrounding white space."""
        ...

    def ask_secret(self, question: str) -> str:
        """Return the typed or pasted text, which is not shown."""
        ...

    def show(self, words: str = "") -> None:
        """Print a text."""
        ...


class TerminalPrompter:
    """Asks the user at the terminal in which this process runs."""

    def __init__(self) -> None:
        """Make Ctrl-C end a question at once: asyncio's handler would wait for an answer first."""
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def ask(self, question: str) -> str:
        """Return the typed text."""
        return input(question).strip()

    def ask_secret(self, question: str) -> str:
        """Return the typed or pasted text; input from a pipe is read as it is."""
        if sys.stdin.isatty():
            return getpass.getpass(question).strip()
        self.show(question)
        return input().strip()

    def show(self, words: str = "") -> None:
        """Print a text."""
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()


def agrees(person: Prompter, question: str, *, default: bool = False) -> bool:
    """Ask for yes or no."""
    while True:
        answer = person.ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
        if answer in {"", "y", "yes", "n", "no"}:
            return default if not answer else answer.startswith("y")
        person.show("Please answer y or n.")
