"""`bot.py try`: parses its command line into TryOptions.

Options that `/repaint` has too come from the table OPTIONS; the others exist only in the terminal.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from services.catalog import ENDPOINTS
from services.kling import MAX_COUNT, Endpoint
from services.models import OPTIONS, OptionRow, Options

NO_PICTURE = "-"
"""Typed in place of an image: generate from the prompt alone."""

EXIT_CODES = """\
exit status:
  0    generated; the results' addresses are on stdout, one per line
  1    the provider refused or failed the task, or a result could not be saved
  2    nothing was sent: fix the command line, the settings or the image
  3    not finished: the task may continue and be billed; stderr says how to resume it
  130  interrupted; stderr says how to resume the task

  IMAGE is a file or an address that the provider can reach; - generates from the prompt alone.
  A file that Kling would refuse for its form (WebP, rotated, too large ..) is converted first.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions(Options):
    """The options of a request, and those that only the command line has; None: left out."""

    given: frozenset[str] = field(default=frozenset(), compare=False)
    """Names of the options of a request that the user typed."""
    image: str | None = field(default=None, repr=False)
    prompt: str | None = field(default=None, repr=False)
    also: tuple[str, ...] = field(default=(), repr=False)
    """Further source images."""
    series: int | Literal["auto"] | None = None
    resolution: str | None = None
    negative_prompt: str | None = field(default=None, repr=False)
    element: tuple[int, ...] = ()
    watermark: bool = False
    callback_url: str | None = field(default=None, repr=False)
    external_id: str | None = None
    save: Path | None = None
    json: bool = False
    timeout_s: float | None = None
    resume: str | None = None
    endpoint: str | None = None
    """A name of ENDPOINTS."""
    sandbox: bool = False

    def if_given(self, name: str) -> object:
        """Return an option's value; None if the user left it out, so that the provider chooses."""
        return getattr(self, name) if name in self.given else None

    @property
    def has_picture(self) -> bool:
        """True if the user named an image."""
        return self.image not in (None, NO_PICTURE)

    @property
    def resumed_endpoint(self) -> Endpoint:
        """The endpoint (path) of the task to resume."""
        return ENDPOINTS[self.endpoint or "generations"]


def add_try_options(parser: argparse.ArgumentParser) -> None:
    """Add all options that `try_options_from` reads to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXIT_CODES
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="a file, an address, or -")
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="what the image should become")
    painting = parser.add_argument_group("what to generate (if the model supports it)")
    for row in OPTIONS.values():
        if row.terminal_help is not None:
            flag = f"--{row.name.replace('_', '-')}"
            painting.add_argument(flag, help=row.terminal_help, **_argument(row))
        for own, facts in AFTER.get(row.name, {}).items():
            painting.add_argument(own, **facts)
    for title, own_options in GROUPS.items():
        group = parser.add_argument_group(title)
        for own, facts in own_options.items():
            group.add_argument(own, **facts)


def try_options_from(asked: argparse.Namespace) -> TryOptions:
    """Return the parsed options; exit with a usage error if they contradict each other."""
    typed = vars(asked)
    values = {each.name: typed[each.name] for each in fields(TryOptions) if each.name in typed}
    for name in ("also", "element"):
        values[name] = tuple(values[name] or ())
    flags = TryOptions(**values, given=frozenset(OPTIONS.keys() & typed.keys()))
    if complaint := _complaint(flags):
        asked.usage_error(complaint)
    return flags


def _complaint(flags: TryOptions) -> str | None:
    resumes, lacks = flags.resume is not None, flags.image is None or flags.prompt is None
    complaints = {
        "--resume continues a task; leave IMAGE and PROMPT out": (
            resumes and flags.image is not None
        ),
        "--resume does not work with --sandbox: a new sandbox has no tasks": resumes
        and flags.sandbox,
        "IMAGE and PROMPT are required (or --resume TASK_ID)": not resumes and lacks,
        "--endpoint works only with --resume; otherwise the model decides the path": (
            not resumes and flags.endpoint is not None
        ),
        "--series sets the number of images; leave --count out": (
            not resumes and flags.series is not None and "count" in flags.given
        ),
    }
    return next((words for words, is_so in complaints.items() if is_so), None)


def _argument(row: OptionRow) -> dict[str, Any]:
    """Return the arguments with which argparse reads an option of OPTIONS.

    If the user leaves the option out, the parsed result does not contain it.
    """
    read: dict[str, Any] = {"metavar": row.placeholder}
    if row.type is bool:
        read = {"action": "store_true"}
    elif row.type in (int, float):
        metavar = "N" if row.type is int else row.range
        read = {"type": partial(_number, row), "metavar": metavar}
    elif row.type is not str:
        read = {"choices": get_args(row.type)}
    return read | {"default": argparse.SUPPRESS}


def _number(row: OptionRow, text: str) -> Any:  # noqa: ANN401  an int or a float
    with contextlib.suppress(ValueError):
        value = row.type(text)
        if row.allows(value) and (row.type is float or text.isdecimal()):
            return value
    name = "number" if row.type is float else "whole number"
    raise argparse.ArgumentTypeError(f"expected a {name} from {row.range.replace('..', ' to ')}")


def _series(text: str) -> int | str:
    row = replace(OPTIONS["count"], bounds=(2, MAX_COUNT))
    return text if text == "auto" else _number(row, text)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("expected a number of seconds above 0")
    return value


AFTER: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "count": {
        "--series": {
            "type": _series,
            "metavar": "N|auto",
            "help": "a series of 2 to 9 images that belong together",
        }
    },
    "ratio": {"--resolution": {"metavar": "1k|2k|4k", "help": "size (default: the model's)"}},
    "format": {
        "--negative-prompt": {"metavar": "TEXT", "help": "what to avoid; only without an image"},
        "--also": {
            "action": "append",
            "metavar": "IMAGE",
            "help": "one more image; may be repeated",
        },
        "--element": {
            "action": "append",
            "type": int,
            "metavar": "ID",
            "help": "id of an element of the account; may be repeated",
        },
        "--watermark": {"action": "store_true", "help": "also request a copy with a watermark"},
    },
}
"""Options that only the terminal has, by the option of OPTIONS after which the help lists them."""

GROUPS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "for the provider": {
        "--external-id": {"metavar": "ID", "help": "our own id of the task (default: a new one)"},
        "--callback-url": {"metavar": "URL", "help": "where the provider reports changes"},
    },
    "this command": {
        "--save": {"type": Path, "metavar": "DIR", "help": "download the results into this folder"},
        "--json": {
            "action": "store_true",
            "help": "print one JSON object instead of addresses",
        },
        "--timeout": {
            "dest": "timeout_s",
            "type": _seconds,
            "metavar": "S",
            "help": "seconds to wait (default: KLING_TIMEOUT); the task continues afterwards",
        },
        "--resume": {"metavar": "TASK_ID", "help": "continue a task, by its id or our own"},
        "--endpoint": {
            "choices": tuple(ENDPOINTS),
            "help": "the path it was sent to, with --resume",
        },
        "--sandbox": {
            "action": "store_true",
            "help": "use a sandbox Kling on this computer; needs no key",
        },
    },
}
"""The other options that only the terminal has, by the title of their group in the help."""
