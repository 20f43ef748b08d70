"""Checks TryOptions against the model table, prepares the images, and makes the submission."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from services.catalog import ModelRow, ModelTable
from services.cli.try_once.options import TryOptions
from services.engine import make_payload
from services.errors import (
    CountTooHigh,
    OptionNotCarried,
    PromptMissing,
    PromptTooLong,
    RequestError,
    UnknownModel,
)
from services.images import Decoding, Ready, prepare
from services.kling import MAX_PROMPT, Endpoint, Submission, as_sent

MOST_TOGETHER = 10
"""Maximum of images and elements in one submission (Kling, image-generation and omni-image
pages)."""


def judged(flags: TryOptions, models: ModelTable, *, is_official: bool) -> ModelRow:
    """Return the row of the requested model.

    Raises a RequestError for options that the model or the provider does not support.
    """
    row = models.get(flags.model or models.default)
    if row.kind != "repaint":
        raise UnknownModel(row.name)
    row.check(flags, with_image=flags.has_picture, resolution=flags.resolution)
    # A negative prompt is not for images, nor for the omni endpoint (Kling, both pages).
    takes_negative = row.endpoint is Endpoint.GENERATIONS and not flags.has_picture
    for option, is_asked, is_carried in (
        ("fidelity", flags.fidelity is not None, flags.has_picture),
        ("also", flags.also, 1 + len(flags.also) <= row.most_images and flags.has_picture),
        ("series", flags.series, row.series),
        ("element", flags.element, row.elements),
        ("negative_prompt", flags.negative_prompt, takes_negative),
        ("format", "format" in flags.given, not is_official),
    ):
        if is_asked and not is_carried:
            raise OptionNotCarried(option=option, model=row.name)
    together = flags.has_picture + len(flags.also) + len(flags.element)
    if together > MOST_TOGETHER:
        raise CountTooHigh(found=together, allowed=MOST_TOGETHER)
    if not (prompt := flags.prompt or "").strip():
        raise PromptMissing
    if len(prompt) > MAX_PROMPT:
        raise PromptTooLong(found=len(prompt), allowed=MAX_PROMPT)
    return row


def others_that_carry(flags: TryOptions, models: ModelTable, *, is_official: bool) -> list[str]:
    """Return the models that support these options, without retired ones."""
    found: list[str] = []
    for row in models.repainting():
        with contextlib.suppress(RequestError):
            judged(replace(flags, model=row.name), models, is_official=is_official)
            found += [row.name] if row.state != "retired" else []
    return found


async def made_ready(given: str, *, folder: Path, decoder: Decoding) -> Ready:
    """Return an image ready for submission: a URL unchanged, a file converted to Kling's rules.

    Raises RequestError if the file is no usable image, OSError if it cannot be read.
    """
    picture = as_sent(given)
    if isinstance(picture, str):
        return Ready(picture=picture)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    return Ready.from_prepared(await prepare(picture, folder=folder, decoder=decoder))


def make_submission(
    flags: TryOptions, row: ModelRow, pictures: list[Ready], *, own_id: str
) -> Submission:
    """Return the submission that the model's endpoint expects."""
    return make_payload(
        row,
        flags,
        pictures,
        prompt=flags.prompt,
        n=flags.if_given("count"),
        output_format=flags.if_given("format"),
        element_ids=flags.element,
        result_type=None if flags.series is None else "series",
        series_amount=flags.series,
        negative_prompt=flags.negative_prompt,
        resolution=flags.resolution,
        watermark=flags.watermark or None,
        callback_url=flags.callback_url,
        external_task_id=own_id,
    )
