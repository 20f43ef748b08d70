"""Questions to the person at the terminal; what is secret is neither shown nor repeated."""

from __future__ import annotations

import getpass
import signal
import sys
from typing import Protocol


class Prompter(Protocol):
    """Somebody who can be asked; EOFError when they are gone."""

    def ask(self, question: str) -> str:
        """Return what they type, without white space around it."""
        ...

    def ask_secret(self, question: str) -> str:
        """Return what they type or paste, which nobody sees."""
        ...

    def show(self, words: str = "") -> None:
        """Say something."""
        ...


class TerminalPrompter:
    """The person at this process's own terminal."""

    def __init__(self) -> None:
        """Let Ctrl-C end a question at once: asyncio's own would wait for an answer first."""
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def ask(self, question: str) -> str:
        """Return what they type."""
        return input(question).strip()

    def ask_secret(self, question: str) -> str:
        """Return what they type or paste; a pipe is read as it is."""
        if sys.stdin.isatty():
            return getpass.getpass(question).strip()
        self.show(question)
        return input().strip()

    def show(self, words: str = "") -> None:
        """Say something."""
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()


def agrees(person: Prompter, question: str, *, default: bool = False) -> bool:
    """Ask for a yes or a no."""
    while True:
        answer = person.ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
        if answer in {"", "y", "yes", "n", "no"}:
            return default if not answer else answer.startswith("y")
        person.show("Please answer y or n.")
