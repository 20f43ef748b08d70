"""`bot.py try`: parses its command line into TryOptions."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from services.kling import MAX_COUNT, Endpoint

NO_PICTURE = "-"
"""Given instead of an image: generate from the prompt alone."""

ENDPOINTS = {endpoint.removeprefix("/v1/images/"): endpoint for endpoint in Endpoint}
"""By the names of Kling's own pages: generations, omni-image, multi-image2image, editing/expand."""

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
class TryOptions:
    """The command line's options; None: not given."""

    image: str | None = field(default=None, repr=False)
    prompt: str | None = field(default=None, repr=False)
    also: tuple[str, ...] = field(default=(), repr=False)
    """Further images."""
    model: str | None = None
    reference: Literal["subject", "face"] | None = None
    fidelity: float | None = None
    human_fidelity: float | None = None
    count: int | None = None
    series: int | Literal["auto"] | None = None
    ratio: str | None = None
    resolution: str | None = None
    format: Literal["png", "jpg"] | None = None
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

    @property
    def has_picture(self) -> bool:
        """True if an image is given."""
        return self.image not in (None, NO_PICTURE)

    @property
    def resumed_endpoint(self) -> Endpoint:
        """The endpoint of the task to resume."""
        return ENDPOINTS[self.endpoint or "generations"]


def add_try_options(parser: argparse.ArgumentParser) -> None:
    """Add all options that `try_options_from` reads to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXIT_CODES
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="a file, an address, or -")
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="what the image should become")
    _add_picture_options(parser.add_argument_group("what to generate (if the model supports it)"))
    _add_provider_options(parser.add_argument_group("for the provider"))
    _add_running_options(parser.add_argument_group("this command"))


def try_options_from(asked: argparse.Namespace) -> TryOptions:
    """Return the parsed options; exit with a usage error if they contradict each other."""
    given = {each.name: getattr(asked, each.name) for each in fields(TryOptions)}
    for name in ("also", "element"):
        given[name] = tuple(given[name] or ())
    wish = TryOptions(**given)
    complaint = _complaint(wish)
    if complaint:
        asked.usage_error(complaint)
    return wish


def _complaint(wish: TryOptions) -> str | None:
    if wish.resume is not None:
        if wish.image is not None:
            return "--resume continues a task; leave IMAGE and PROMPT out"
        return (
            "--resume does not work with --sandbox: a new sandbox has no tasks"
            if wish.sandbox
            else None
        )
    if wish.image is None or wish.prompt is None:
        return "IMAGE and PROMPT are required (or --resume TASK_ID)"
    if wish.endpoint is not None:
        return "--endpoint works only with --resume; otherwise the model decides the path"
    if wish.series is not None and wish.count is not None:
        return "--series sets the number of images; leave --count out"
    return None


def _add_picture_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    add = group.add_argument
    add("--model", metavar="NAME", help="a row of data/models.toml (default: KLING_MODEL)")
    add(
        "--reference", choices=("subject", "face"), help="keep the subject or the face of the image"
    )
    add("--fidelity", type=_share, metavar="0..1", help="how closely to follow the image")
    add("--human-fidelity", type=_share, metavar="0..1", help="how closely to follow the person")
    add(
        "--count", type=_count, metavar="N", help=f"number of images, 1 to {MAX_COUNT} (default: 1)"
    )
    add(
        "--series",
        type=_series,
        metavar="N|auto",
        help="a series of 2 to 9 images that belong together",
    )
    add("--ratio", metavar="W:H", help="shape (default: the one nearest to the file's)")
    add("--resolution", metavar="1k|2k|4k", help="size (default: the model's)")
    add("--format", choices=("png", "jpg"), help="gateways only; Kling itself gives PNG")
    add("--negative-prompt", metavar="TEXT", help="what to avoid; only without an image")
    add("--also", action="append", metavar="IMAGE", help="one more image; may be repeated")
    add(
        "--element",
        action="append",
        type=int,
        metavar="ID",
        help="id of an element of the account; may be repeated",
    )
    add("--watermark", action="store_true", help="also request a copy with a watermark")


def _add_provider_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    add = group.add_argument
    add("--external-id", metavar="ID", help="our own id of the task (default: a new one)")
    add("--callback-url", metavar="URL", help="where the provider reports changes")


def _add_running_options(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]
    add = group.add_argument
    add("--save", type=Path, metavar="DIR", help="download the results into this folder")
    add("--json", action="store_true", help="print one JSON object instead of addresses")
    add(
        "--timeout",
        dest="timeout_s",
        type=_seconds,
        metavar="S",
        help="seconds to wait (default: KLING_TIMEOUT); the task continues afterwards",
    )
    add("--resume", metavar="TASK_ID", help="continue a task, by its id or our own")
    add("--endpoint", choices=tuple(ENDPOINTS), help="the path it was sent to, with --resume")
    add("--sandbox", action="store_true", help="use a sandbox Kling on this computer; needs no key")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("expected a number from 0 to 1")
    return value


def _count(text: str) -> int:
    return _whole(text, lowest=1)


def _series(text: str) -> int | str:
    return text if text == "auto" else _whole(text, lowest=2)


def _whole(text: str, *, lowest: int) -> int:
    if not text.isdecimal() or not lowest <= int(text) <= MAX_COUNT:
        raise argparse.ArgumentTypeError(f"expected a whole number from {lowest} to {MAX_COUNT}")
    return int(text)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("expected a number of seconds above 0")
    return value
