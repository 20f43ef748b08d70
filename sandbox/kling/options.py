"""What the operator of the sandbox Kling may choose."""

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
    """How the sandbox Kling behaves. Seconds are Unix-clock seconds; units are images."""

    key: str = KEY
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    webhook_secret: str = ""
    """`whsec_...`: sign callbacks as Standard Webhooks; empty: send them unsigned."""
    flavour: str = "official"
    """A row of `flavours.FLAVOURS`."""
    min_seconds: float = 2.0
    max_seconds: float = 5.0
    """A task takes between these, by seeded chance, and as long as the painting needs."""
    concurrency: int = 9
    """Units in flight the account may hold; the image pack comes with 9 (contract, section 12)."""
    pack_units: int = 100_000
    """Billing units in the resource pack; a task they do not cover is refused with 1102."""
    result_days: float = 30.0
    """Results are deleted after this (contract, section 10)."""
    painter: str = "local"
    """`local` paints; `copy` hands the source back untouched; `card` does not even look at it, and
    hands out one ready picture: for benchmarks, where the world must not be what is measured."""
    workers: int = max(1, min(4, os.cpu_count() or 1))
    """Processes that paint."""
    failing_words: tuple[str, ...] = ("forbidden",)
    """A prompt with one of them is accepted, then its task fails in moderation."""
    refused_words: tuple[str, ...] = ("prohibited",)
    """A prompt with one of them is refused at once with 1301."""
    takes_repeats: bool = False
    """Whether an `external_task_id` used before opens a second task: Kling's pages do not say, and
    a refusal (1201) saves a careless caller from paying twice."""
    times: str = "true"
    """What is told of a task's begin and end: a row of `times.WAYS`."""
    seed: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` one option for every field, with its default."""
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
    """Return the options that were given on the command line."""
    given = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(Options)}
    return Options(**{name: _frozen(value) for name, value in given.items()})


def _frozen(value: object) -> Any:  # noqa: ANN401 - a field of Options, whichever
    return tuple(cast("list[str]", value)) if isinstance(value, list) else value
