"""Conversion of a job to the payload that is submitted for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

import msgspec

from services.catalog import with_style
from services.engine.context import EngineContext
from services.images import Ready
from services.kling import (
    Endpoint,
    ImageGeneration,
    MultiImage,
    OmniImage,
    Outpainting,
    Picture,
    Submission,
)
from services.models import Job, Options, Source, SourceForm
from services.policy import compute_padding


def submission_for(parts: EngineContext, job: Job, sources: Sequence[Ready]) -> Submission:
    """Return the payload that the job's model requires, with the job's external_task_id.

    Raises UnknownModel, or another RequestError for faults that only the image itself shows.
    """
    request, options = job.request, job.request.options
    model = parts.models.get(options.model)
    pictures = [
        _picture(parts, job, source, ready)
        for source, ready in zip(request.sources, sources, strict=True)
    ]
    shared = _Shared(
        prompt=with_style(request.prompt, _style_words(parts, options)) or None,
        n=options.count,
        # Kling itself has no such field; gateways that have it default to png (DMXAPI's page).
        output_format=None if parts.kling.provider.is_official else options.format,
        callback_url=parts.rules.callback_url(job.id),
        external_task_id=job.external_task_id,
    )
    if model.endpoint is Endpoint.EXPAND:
        sides = compute_padding(options, sources[0].width, sources[0].height)
        return Outpainting(**shared, image=pictures[0], **msgspec.to_builtins(sides))
    ratio = options.ratio or nearest_ratio(sources[0], model.ratios)
    if model.endpoint is Endpoint.MULTI:
        roles = [source.role for source in request.sources]
        return MultiImage(
            **shared, model=model.model_name, aspect_ratio=ratio, **_cast(roles, pictures)
        )
    if model.endpoint is Endpoint.OMNI:
        return OmniImage(
            **shared, model=model.model_name, images=tuple(pictures), aspect_ratio=ratio
        )
    return ImageGeneration(
        **shared,
        model=model.model_name,
        image=pictures[0],
        image_reference=options.reference or model.default_reference,
        image_fidelity=options.fidelity,
        human_fidelity=options.human_fidelity,
        aspect_ratio=ratio,
    )


def _style_words(parts: EngineContext, options: Options) -> str:
    """Return the style text saved at acceptance; older jobs have only the style key."""
    kept = options.style_words
    return parts.styles.get_fragment(options.style) if kept is None else kept


class _Shared(TypedDict):
    """Fields that every payload has."""

    prompt: str | None
    n: int
    output_format: Literal["png", "jpg"] | None
    callback_url: str | None
    external_task_id: str


class _Roles(TypedDict):
    """The images of a blend by role."""

    subjects: tuple[Picture, ...]
    scene: Picture | None
    style: Picture | None


def _cast(roles: Sequence[str], pictures: Sequence[Picture]) -> _Roles:
    by_role = dict(zip(roles, pictures, strict=True))
    return _Roles(
        subjects=tuple(
            picture for role, picture in zip(roles, pictures, strict=True) if role == "subject"
        ),
        scene=by_role.get("scene"),
        style=by_role.get("style"),
    )


def goes_by_link(parts: EngineContext, job: Job) -> bool:
    """Return whether a job's first task is made from Discord's link to the image."""
    return parts.rules.send_image_as == "url" and job.attempt == 0


def _picture(parts: EngineContext, job: Job, source: Source, ready: Ready) -> Path | str:
    """Return the file, or Discord's own link if the operator set that and it was not refused."""
    is_first_form = job.source_form is SourceForm.UNTOUCHED
    by_link = goes_by_link(parts, job) and is_first_form and not ready.changed
    return source.url if by_link and source.origin == "attachment" else ready.picture


def nearest_ratio(source: Ready, ratios: Sequence[str]) -> str | None:
    """Return the ratio closest to the image's own, so that the provider crops little.

    Ratios are compared as logarithms: 2:1 is as far from 1:1 as 1:2 is. None if the size is unknown
    or the model uses the image's own ratio; the provider's default (16:9) would crop a portrait.
    """
    named = {ratio: ratio.split(":") for ratio in ratios if ":" in ratio}
    if not named or not source.width or not source.height:
        return None
    wanted = math.log(source.width / source.height)
    return min(
        named, key=lambda ratio: abs(math.log(int(named[ratio][0]) / int(named[ratio][1])) - wanted)
    )
