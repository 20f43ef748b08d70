"""Turns TryOptions into a submission: checks them against the model table, prepares the images."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from services.catalog import ModelRow, ModelTable
from services.cli.try_once.options import TryOptions
from services.engine import nearest_ratio
from services.errors import (
    CountTooHigh,
    OptionNotCarried,
    PromptMissing,
    PromptTooLong,
    RequestError,
    UnknownModel,
)
from services.images import Decoding, Ready, prepare
from services.kling import MAX_PROMPT, Endpoint, ImageGeneration, OmniImage, Submission, as_sent
from services.models import Options

MOST_TOGETHER = 10
"""Images and elements in one submission (Kling, image-generation and omni-image pages)."""


def judged(wish: TryOptions, models: ModelTable, *, is_official: bool) -> ModelRow:
    """Return the model.

    Raise a RequestError for options that it or the provider does not support.
    """
    row = models.get(wish.model or models.default)
    if row.kind != "repaint":
        raise UnknownModel(row.name)
    row.check(_options(wish, row), with_image=wish.has_picture, resolution=wish.resolution)
    for option, is_asked, is_carried in (
        ("fidelity", wish.fidelity is not None, wish.has_picture),
        ("also", wish.also, 1 + len(wish.also) <= row.most_images and wish.has_picture),
        ("series", wish.series, row.series),
        ("element", wish.element, row.elements),
        ("negative_prompt", wish.negative_prompt, _takes_negative_prompt(wish, row)),
        ("format", wish.format, not is_official),
    ):
        if is_asked and not is_carried:
            raise OptionNotCarried(option=option, model=row.name)
    together = wish.has_picture + len(wish.also) + len(wish.element)
    if together > MOST_TOGETHER:
        raise CountTooHigh(found=together, allowed=MOST_TOGETHER)
    _judge_prompt(wish.prompt or "")
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
    ratio = wish.ratio
    if ratio is None and pictures:
        ratio = nearest_ratio(pictures[0], row.ratios)
    if row.endpoint is Endpoint.OMNI:
        return OmniImage(
            model=row.name,
            prompt=wish.prompt,
            images=tuple(each.picture for each in pictures),
            element_ids=wish.element,
            n=wish.count,
            result_type=None if wish.series is None else "series",
            series_amount=wish.series,
            aspect_ratio=ratio,
            resolution=wish.resolution,
            output_format=wish.format,
            watermark=wish.watermark or None,
            callback_url=wish.callback_url,
            external_task_id=own_id,
        )
    return ImageGeneration(
        model=row.name,
        prompt=wish.prompt,
        image=pictures[0].picture if pictures else None,
        image_reference=(wish.reference or row.default_reference) if pictures else None,
        image_fidelity=wish.fidelity,
        human_fidelity=wish.human_fidelity,
        negative_prompt=wish.negative_prompt,
        element_ids=wish.element,
        n=wish.count,
        aspect_ratio=ratio,
        resolution=wish.resolution,
        output_format=wish.format,
        watermark=wish.watermark or None,
        callback_url=wish.callback_url,
        external_task_id=own_id,
    )


def _options(wish: TryOptions, row: ModelRow) -> Options:
    return Options(
        model=row.name,
        count=wish.count or 1,
        reference=wish.reference,
        fidelity=wish.fidelity,
        human_fidelity=wish.human_fidelity,
        ratio=wish.ratio,
    )


def _takes_negative_prompt(wish: TryOptions, row: ModelRow) -> bool:
    """Return false with an image and on the omni endpoint (Kling, both pages)."""
    return row.endpoint is Endpoint.GENERATIONS and not wish.has_picture


def _judge_prompt(prompt: str) -> None:
    if not prompt.strip():
        raise PromptMissing
    if len(prompt) > MAX_PROMPT:
        raise PromptTooLong(found=len(prompt), allowed=MAX_PROMPT)
