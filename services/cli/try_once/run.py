"""`bot.py try`: one task directly at the provider, from an image to URLs or files.

It does the work of the reference client, and adds what that lacks: failures are detected and
explained, nothing is paid twice, and if waiting ends early, it prints how to resume the task.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path

from services.catalog import ENDPOINTS, ModelTable
from services.cli.terminal import Stream, Terminal, plain
from services.cli.try_once.options import TryOptions
from services.cli.try_once.output import TryFailed, TryOutput
from services.cli.try_once.payload import judged, made_ready, make_submission, others_that_carry
from services.cli.try_once.progress import TryProgress
from services.cli.try_once.result import Exit, TryResult, save
from services.common.ids import new_job_id
from services.errors import (
    BotError,
    DownloadFailed,
    KlingAccountProblem,
    KlingError,
    KlingTaskFailed,
    KlingTaskUnknown,
    KlingUnreachable,
    OptionNotCarried,
    UnknownModel,
)
from services.images import Decoder, Ready
from services.kling import (
    NO_PICTURE,
    Endpoint,
    KlingClient,
    Submission,
    Task,
    TaskFound,
    TaskLate,
    Unknown,
    find_submission,
    is_known_already,
    make_failure,
    may_be_accepted,
)

LONGEST_LINK = 2048
"""Maximum characters of a URL that are printed: some gateways put the image itself there."""

MAX_LOOK_UPS = 4
CHECK_EVERY_S = 5.0
"""Minimum seconds between two look-ups of a lost submission. The wait is longer, up to 20 s, while
the submission may still arrive."""


class TryCommand:
    """One run of the command."""

    def __init__(
        self,
        flags: TryOptions,
        *,
        kling: KlingClient,
        models: ModelTable,
        timeout_s: float,
        terminal: Terminal,
        out: Stream,
    ) -> None:
        """`terminal` receives the messages, `out` the results."""
        self._flags, self._kling, self._models = flags, kling, models
        self._timeout_s, self._terminal, self._out = timeout_s, terminal, out
        self._clock = kling.clock
        self._progress = TryProgress(terminal, clock=kling.clock)
        self._sent_at: float | None = None
        self.report = TryResult(provider=kling.provider.name)
        self._output = TryOutput(flags, self.report, terminal=terminal, host=kling.provider.host)

    async def run(self) -> Exit:
        """Generate or resume, and print the outcome.

        A cancellation is printed and raised again.
        """
        began = self._clock.now()
        try:
            async with self._progress:
                task = await (self._picked_up() if self._flags.resume else self._generated())
                await self._hand_over(task)
        except TryFailed:
            pass
        except asyncio.CancelledError:
            self._output.interrupted(sent=self._sent_at is not None)
            raise
        finally:
            self.report.seconds = round(self._clock.now() - began, 2)
            if self._flags.json:
                self._print(json.dumps(self.report.as_json(), ensure_ascii=False))
        return self.report.exit

    async def _generated(self) -> Task:
        with tempfile.TemporaryDirectory(prefix="repaint-") as folder:
            submission = await self._prepared(Path(folder))
            task = await self._accepted(submission)
        return await self._waited(task)

    async def _prepared(self, folder: Path) -> Submission:
        """Check the options and prepare the images. If that fails, nothing has been sent."""
        flags, official = self._flags, self._kling.provider.is_official
        self._progress.phase("Preparing")
        try:
            row = judged(flags, self._models, is_official=official)
            if flags.save is not None:
                await asyncio.to_thread(flags.save.mkdir, parents=True, exist_ok=True)
            pictures = await self._pictures(folder)
        except OptionNotCarried as error:
            others = others_that_carry(flags, self._models, is_official=official)
            hint = f" Models that support it: {', '.join(others)} (--model)." if others else ""
            raise self._output.over("not_sent", error, hint=hint) from None
        except UnknownModel as error:
            names = ", ".join(row.name for row in self._models.repainting())
            raise self._output.over("not_sent", error, hint=f" Available: {names}.") from None
        except (BotError, OSError) as error:
            raise self._output.over("not_sent", error) from None
        self._output.announce(row, pictures)
        own_id = flags.external_id or new_job_id(self._clock.now())
        self.report.model, self.report.external_task_id = row.name, own_id
        return make_submission(flags, row, pictures, own_id=own_id)

    async def _pictures(self, folder: Path) -> list[Ready]:
        given = [self._flags.image or "", *self._flags.also] if self._flags.has_picture else []
        with contextlib.closing(Decoder()) as decoder:
            return [
                await made_ready(each, folder=folder / str(at), decoder=decoder)
                for at, each in enumerate(given)
            ]

    async def _accepted(self, submission: Submission) -> Task:
        """Submit once. If the response is lost, look the task up; never submit again."""
        self._progress.phase("Sending")
        self.report.endpoint = str(submission.endpoint)
        try:
            task = await self._kling.submit(submission, before_last_piece=self._leaving)
        except KlingError as error:
            task = await self._found(submission, error)
        except OSError as error:
            raise self._output.over("failed", error) from None
        self.report.is_about(task.task_id, task.endpoint)
        self._output.accepted(task)
        return task

    async def _leaving(self) -> None:
        self._sent_at = self._clock.now()

    async def _found(self, submission: Submission, error: KlingError) -> Task:
        """Look up whether the submission was accepted, by our id, then by the list call.

        The look-up is free of charge. After a clear refusal none is needed, and the run ends.
        """
        is_known = is_known_already(error)
        if not is_known and (self._sent_at is None or not may_be_accepted(error)):
            hint = " Nothing was accepted." if isinstance(error, KlingUnreachable) else ""
            raise self._output.over("failed", error, hint=hint) from None
        self._output.looking_up(is_known=is_known)
        self._progress.phase("Looking up")
        for _ in range(MAX_LOOK_UPS):
            finding = await find_submission(
                self._kling,
                submission.external_task_id or "",
                endpoint=submission.endpoint,
                sent_at=self._sent_at or self._clock.now(),
            )
            if isinstance(finding, TaskFound):
                return finding.task
            settles_in_s = finding.settles_in_s if isinstance(finding, Unknown) else 0.0
            await self._clock.sleep(max(settles_in_s, CHECK_EVERY_S))
        hint = " It may have been accepted. If you send it again, you may be billed twice."
        raise self._output.over("uncertain", error, hint=hint) from None

    async def _picked_up(self) -> Task:
        """Fetch an earlier task, and wait for it if it is still running."""
        task_id, endpoint = self._flags.resume or "", self._flags.resumed_endpoint
        self.report.is_about(task_id, endpoint)
        self._progress.phase("Polling")
        task: Task | None = None
        try:
            task = await self._kling.fetch(task_id, endpoint=endpoint)
        except KlingTaskUnknown as error:
            hint = f" It may have been sent to another path: --endpoint {' or '.join(ENDPOINTS)}."
            raise self._output.over(
                "failed", error, hint="" if self._flags.endpoint else hint
            ) from None
        except KlingAccountProblem as error:
            raise self._output.over("failed", error) from None
        except KlingError:
            pass  # may be temporary: the wait polls again
        return await self._waited(task)

    async def _waited(self, task: Task | None) -> Task:
        """Wait until the task of this run ends; a task that was fetched may already be finished."""
        self._progress.phase("Generating")
        try:
            if task is None or not task.status.is_terminal:
                task = await self._kling.wait(
                    self.report.task_id or "",
                    endpoint=Endpoint(self.report.endpoint or Endpoint.GENERATIONS),
                    timeout_s=self._timeout_s,
                    on_look=self._progress.seen,
                )
            failure = make_failure(task)
            if failure is not None:
                raise failure
        except TaskLate as late:
            goes_on = "" if self._flags.sandbox else " It has not failed and continues."
            words = f"Not done after {late.waited_s:.0f} s.{goes_on}"
            raise self._output.over("unfinished", words) from None
        except KlingError as error:
            ended = isinstance(error, KlingTaskFailed | KlingTaskUnknown)
            ended = ended or error.code == NO_PICTURE
            raise self._output.over("failed" if ended else "unfinished", error) from None
        return task

    async def _hand_over(self, task: Task) -> None:
        """Print the results' URLs first, because they are paid for; then save the files."""
        report, folder = self.report, self._flags.save
        report.took_in(task)
        report.status = "done"
        self._output.done(task)
        if not self._flags.json:
            for picture in report.images:
                self._print(plain(picture.url[:LONGEST_LINK]))
        if folder is None:
            return
        self._progress.phase("Saving")
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            await save(self._kling, task, report.images, folder)
        except (DownloadFailed, KlingError, OSError) as error:
            raise self._output.over("not_saved", error) from None
        finally:
            self._output.saved()

    def _print(self, text: str) -> None:
        self._terminal.still()
        self._out.write(f"{text}\n")
        self._out.flush()
