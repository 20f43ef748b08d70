"""Messages of `bot.py try`; each method also stores its facts in the run's TryResult."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from services.catalog import ENDPOINTS, ModelRow
from services.cli.error_text import format_error
from services.cli.terminal import Terminal, plain
from services.cli.try_once.options import TryOptions
from services.cli.try_once.result import Exit, Status, TryResult, describe_error
from services.errors import BotError
from services.images import Ready
from services.kling import Endpoint, Task

SERIES_OF_AUTO = 4
"""Number of images assumed for a series whose length the provider chooses (Kling, omni-image
page)."""


class TryFailed(Exception):
    """Raised when the run has ended without success; its TryResult says how."""


class TryOutput:
    """Prints the progress and the outcome of one run."""

    def __init__(
        self, flags: TryOptions, report: TryResult, *, terminal: Terminal, host: str
    ) -> None:
        """`host` is the provider's host name."""
        self._flags, self._report, self._terminal, self._host = flags, report, terminal, host

    def announce(self, row: ModelRow, pictures: Sequence[Ready]) -> None:
        """Print, before submission, what will be requested, where, and at what price."""
        flags = self._flags
        count = SERIES_OF_AUTO if flags.series == "auto" else flags.series or flags.count
        price = count * row.price_usd(
            with_image=flags.has_picture, resolution=flags.resolution or row.resolutions[0]
        )
        cost = "free of charge" if flags.sandbox else f"at Kling's list price of ${price:.3f}"
        self._terminal.line(f"{row.name} at {self._report.provider}: {_pictures(count)}, {cost}.")
        for each in pictures:
            if each.changed:
                size = f"{each.width}x{each.height}"
                self._terminal.line(f"The image was converted for Kling: JPEG, {size}.")

    def accepted(self, task: Task) -> None:
        """Print the task id, if there is one: a synchronous gateway returns none."""
        if task.task_id:
            self._terminal.line(f"Accepted as task {plain(task.task_id)}.")

    def looking_up(self, *, is_known: bool) -> None:
        """Print why the task is looked up; `is_known`: the provider has one of our id already."""
        if is_known:
            self._terminal.line("The provider already has a task with this id. Looking it up.")
        else:
            self._terminal.line("The response was lost. Checking whether the task was accepted.")

    def done(self, task: Task) -> None:
        """Print the number of images and the units spent."""
        spent = task.unit_deduction
        units = "" if spent is None else f", {spent} billing units"
        self._terminal.line(f"Done: {_pictures(len(task.images))}{units}.")
        if self._flags.sandbox and self._flags.save is None:
            self._terminal.line(
                "The addresses work only while the sandbox runs; --save DIR keeps the images."
            )

    def saved(self) -> None:
        """Print the files."""
        for picture in self._report.images:
            for file in filter(None, (picture.file, picture.watermark_file)):
                size = f"{file.width}x{file.height}, {file.size / 1e6:.1f} MB"
                self._terminal.line(f"{file.path} ({size})")

    def interrupted(self, *, sent: bool) -> None:
        """Print what becomes of the task; `sent`: the submission may have reached the provider."""
        self._report.status = "interrupted"
        if self._flags.sandbox:
            self._terminal.line("Interrupted; the sandbox and its task have ended.")
        elif self._report.task_id:
            self._terminal.line("Interrupted. The task continues and is billed when it is done.")
        elif sent:
            self._terminal.line("Interrupted. The task may have been accepted just now.")
        else:
            self._terminal.line("Interrupted before anything was sent.")
            return
        self._show_resume()

    def over(self, status: Status, error: BotError | OSError | str, *, hint: str = "") -> TryFailed:
        """Print how the run ended, and return the exception that ends it."""
        words = error if isinstance(error, str) else format_error(error, host=self._host)
        self._report.status = status
        if not isinstance(error, str):
            self._report.error = describe_error(error, words=words)
        lead = {"not_sent": "Nothing was sent. ", "not_saved": "Not saved. "}.get(status, "")
        is_bad = self._report.exit is not Exit.UNFINISHED
        self._terminal.paragraph(f"{lead}{words}{hint}", colour="red" if is_bad else "yellow")
        if not is_bad or status == "not_saved":
            self._show_resume()
        return TryFailed()

    def _show_resume(self) -> None:
        """Print how to resume the task, by its id or, if that is unknown, by our own id."""
        task_id = self._report.task_id or self._report.external_task_id
        if not task_id or self._flags.sandbox:  # the sandbox's tasks end with it
            return
        path = Endpoint(self._report.endpoint or Endpoint.GENERATIONS)
        words = ["python", "bot.py", "try", "--resume", plain(task_id)]
        if path is not Endpoint.GENERATIONS:
            words += ["--endpoint", next(name for name in ENDPOINTS if ENDPOINTS[name] is path)]
        words += ["--save", str(self._flags.save)] if self._flags.save else []
        self._report.resume = shlex.join(words)
        self._terminal.line(f"To resume it: {self._report.resume}")


def _pictures(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
