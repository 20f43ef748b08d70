"""From a Job to what is sent for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

import msgspec

from services.catalog.styles import with_style
from services.engine.context import EngineContext
from services.images import Ready
from services.kling import (
    Endpoint,
    ImageGeneration,
    MultiImage,
    OmniImage,
    Outpainting,
    Submission,
)
from services.kling.payloads import Picture
from services.models import Job, Options, Source, SourceForm
from services.policy.outpainting import sides_of


def submission_for(parts: EngineContext, job: Job, sources: Sequence[Ready]) -> Submission:
    """Return the form that the Job's model takes, under the Job's external_task_id.

    Raise UnknownModel, or another RequestError for what only the picture itself shows.
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
        # Kling itself has no such field; gateways that know it default to png (DMXAPI's page).
        output_format=None if parts.kling.provider.is_official else options.format,
        callback_url=parts.rules.callback_url(job.id),
        external_task_id=job.external_task_id,
    )
    if model.endpoint is Endpoint.EXPAND:
        sides = sides_of(options, sources[0].width, sources[0].height)
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
    """Return what was kept at acceptance; Jobs of before have the key alone."""
    kept = options.style_words
    return parts.styles.words_of(options.style) if kept is None else kept


class _Shared(TypedDict):
    """What every form takes."""

    prompt: str | None
    n: int
    output_format: Literal["png", "jpg"] | None
    callback_url: str | None
    external_task_id: str


class _Roles(TypedDict):
    """The pictures of a blend by what each lends to it."""

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
    """Tell whether a Job's first Task is made from Discord's link to the picture."""
    return parts.rules.send_image_as == "url" and job.attempt == 0


def _picture(parts: EngineContext, job: Job, source: Source, ready: Ready) -> Path | str:
    """Return the file, or Discord's own link where the operator wants it and nobody refused it."""
    is_first_form = job.source_form is SourceForm.UNTOUCHED
    by_link = goes_by_link(parts, job) and is_first_form and not ready.changed
    return source.url if by_link and source.origin == "attachment" else ready.picture


def nearest_ratio(source: Ready, ratios: Sequence[str]) -> str | None:
    """Return the ratio next to the picture's own, so that nothing is cut off unasked.

    Compared as logarithms: 2:1 is as far from 1:1 as 1:2 is. None when the size is not known or
    the model takes the picture's own; the provider's default (16:9) would crop a portrait.
    """
    named = {ratio: ratio.split(":") for ratio in ratios if ":" in ratio}
    if not named or not source.width or not source.height:
        return None
    wanted = math.log(source.width / source.height)
    return min(
        named, key=lambda ratio: abs(math.log(int(named[ratio][0]) / int(named[ratio][1])) - wanted)
    )
