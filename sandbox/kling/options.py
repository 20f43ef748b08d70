"""Options of the sandbox Kling."""

from __future__ import annotations

import argparse
import dataclasses
import os
from dataclasses import dataclass
from typing import Any, cast

KEY = "sk-sandbox"
ACCESS_KEY = "ak-sandbox"
SECRET_KEY = "sk-sandbox-secret"  # noqa: S105 - a password to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Behaviour of the sandbox Kling. Times are in seconds; units are images."""

    key: str = KEY
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    webhook_secret: str = ""
    """`whsec_...`: callbacks are signed as Standard Webhooks; empty: unsigned."""
    flavour: str = "official"
    """A key of `dialects.FLAVOURS`."""
    min_seconds: float = 2.0
    max_seconds: float = 5.0
    """A task takes a seeded random time between these, or longer if image generation does."""
    concurrency: int = 9
    """Units in flight that the account allows; the image pack comes with 9 (section 12)."""
    pack_units: int = 100_000
    """Billing units in the resource pack; a task they do not cover is refused with 1102."""
    result_days: float = 30.0
    """Results are deleted after this time (section 10)."""
    painter: str = "local"
    """`local` generates images; `copy` returns the source unchanged.

    `card` does not read the source and returns one ready image: for benchmarks, which must not
    measure the sandbox.
    """
    workers: int = max(1, min(4, os.cpu_count() or 1))
    """Number of processes that generate images."""
    failing_words: tuple[str, ...] = ("forbidden",)
    """A prompt with one of them is accepted; then its task fails in moderation."""
    refused_words: tuple[str, ...] = ("prohibited",)
    """A prompt with one of them is refused at once with 1301."""
    takes_repeats: bool = False
    """Whether a repeated `external_task_id` opens a second task.

    Kling's documentation does not say; a refusal (1201) prevents a careless caller from paying
    twice.
    """
    times: str = "true"
    """How a task's start and end are reported: a key of `times.WAYS`."""
    seed: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a command line option for every field, with its default."""
    for field in dataclasses.fields(Options):
        default = field.default
        name = f"--{field.name.replace('_', '-')}"
        if isinstance(default, bool):
            parser.add_argument(name, action="store_true", default=default)
            continue
        is_list = isinstance(default, tuple)
        parser.add_argument(
            name,
            default=list(default) if is_list else default,
            type=str if is_list else type(default),
            nargs="*" if is_list else None,
            help=f"default: {' '.join(default) if is_list else default}",
        )


def from_arguments(arguments: argparse.Namespace) -> Options:
    """Return the options given on the command line."""
    given = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(Options)}
    return Options(**{name: _frozen(value) for name, value in given.items()})


def _frozen(value: object) -> Any:  # noqa: ANN401 - a field of Options, whichever
    return tuple(cast("list[str]", value)) if isinstance(value, list) else value
