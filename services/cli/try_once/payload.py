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
"""Images and elements in one submission (Kling, image-generation and omni-image pages)."""


def judged(wish: TryOptions, models: ModelTable, *, is_official: bool) -> ModelRow:
    """Return the model.

    Raise a RequestError for options that it or the provider does not support.
    """
    row = models.get(wish.model or models.default)
    if row.kind != "repaint":
        raise UnknownModel(row.name)
    row.check(wish, with_image=wish.has_picture, resolution=wish.resolution)
    # A negative prompt is not for images, nor for the omni endpoint (Kling, both pages).
    takes_negative = row.endpoint is Endpoint.GENERATIONS and not wish.has_picture
    for option, is_asked, is_carried in (
        ("fidelity", wish.fidelity is not None, wish.has_picture),
        ("also", wish.also, 1 + len(wish.also) <= row.most_images and wish.has_picture),
        ("series", wish.series, row.series),
        ("element", wish.element, row.elements),
        ("negative_prompt", wish.negative_prompt, takes_negative),
        ("format", "format" in wish.given, not is_official),
    ):
        if is_asked and not is_carried:
            raise OptionNotCarried(option=option, model=row.name)
    together = wish.has_picture + len(wish.also) + len(wish.element)
    if together > MOST_TOGETHER:
        raise CountTooHigh(found=together, allowed=MOST_TOGETHER)
    if not (prompt := wish.prompt or "").strip():
        raise PromptMissing
    if len(prompt) > MAX_PROMPT:
        raise PromptTooLong(found=len(prompt), allowed=MAX_PROMPT)
    return row


def others_that_carry(wish: TryOptions, models: ModelTable, *, is_official: bool) -> list[str]:
    """Return the models that support these options, without retired ones."""
    found: list[str] = []
    for row in models.repainting():
        with contextlib.suppress(RequestError):
            judged(replace(wish, model=row.name), models, is_official=is_official)
            found += [row.name] if row.state != "retired" else []
    return found


async def made_ready(given: str, *, folder: Path, decoder: Decoding) -> Ready:
    """Return an image ready for submission: a URL unchanged, a file converted to Kling's rules.

    Raises RequestError if it cannot be used, OSError if it cannot be read.
    """
    picture = as_sent(given)
    if isinstance(picture, str):
        return Ready(picture=picture)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    return Ready.from_prepared(await prepare(picture, folder=folder, decoder=decoder))


def make_submission(
    wish: TryOptions, row: ModelRow, pictures: list[Ready], *, own_id: str
) -> Submission:
    """Return the submission in the model's form."""
    return make_payload(
        row,
        wish,
        pictures,
        prompt=wish.prompt,
        n=wish.if_given("count"),
        output_format=wish.if_given("format"),
        element_ids=wish.element,
        result_type=None if wish.series is None else "series",
        series_amount=wish.series,
        negative_prompt=wish.negative_prompt,
        resolution=wish.resolution,
        watermark=wish.watermark or None,
        callback_url=wish.callback_url,
        external_task_id=own_id,
    )
