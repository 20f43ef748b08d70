"""Converts a job to the payload that is submitted for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec

from services.catalog import ModelRow, with_style
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
from services.models import OPTIONS, Job, Options, Source, SourceForm
from services.policy import compute_padding


def submission_for(parts: EngineContext, job: Job, sources: Sequence[Ready]) -> Submission:
    """Return the payload that the job's model requires, with the job's external_task_id.

    `sources` are the prepared images, in the order of the request's sources. Raises UnknownModel,
    or another RequestError for faults that only the image itself shows.
    """
    request, options = job.request, job.request.options
    saved = options.style_words  # older jobs have only the style's key
    style_words = parts.styles.get_fragment(options.style) if saved is None else saved
    return make_payload(
        parts.models.get(options.model),
        options,
        [
            replace(ready, picture=_picture(parts, job, source, ready))
            for source, ready in zip(request.sources, sources, strict=True)
        ],
        roles=[source.role for source in request.sources],
        prompt=with_style(request.prompt, style_words) or None,
        n=options.count,
        # Kling itself has no such field; gateways that have it default to png (DMXAPI's page).
        output_format=None if parts.kling.provider.is_official else options.format,
        callback_url=parts.rules.callback_url(job.id),
        external_task_id=job.external_task_id,
    )


def make_payload(
    model: ModelRow,
    options: Options,
    images: Sequence[Ready],
    *,
    roles: Sequence[str] = (),
    **given: Any,  # noqa: ANN401  each field has a type of its own
) -> Submission:
    """Return the payload for a model, built from options, images and `given` fields.

    Options whose rows in OPTIONS name a field of the payload are sent in that field. Without
    images, the model generates from the prompt alone. `roles` are the roles of a blend's images, in
    their order. Fields that the model's endpoint does not have are left out. Raises a RequestError
    for an expansion that the image does not allow.
    """
    given |= {row.field: getattr(options, row.name) for row in OPTIONS.values() if row.field}
    kind, own = _choose_payload(model, options, images, roles)
    given |= own
    return kind(**{each.name: given[each.name] for each in fields(kind) if each.name in given})


def _choose_payload(
    model: ModelRow, options: Options, images: Sequence[Ready], roles: Sequence[str]
) -> tuple[type[Submission], dict[str, Any]]:
    """Return the payload's type for the model's endpoint, and the fields that only it has."""
    pictures = tuple(image.picture for image in images)
    if model.endpoint is Endpoint.EXPAND:
        sides = compute_padding(options, images[0].width, images[0].height)
        return Outpainting, {"image": pictures[0], **msgspec.to_builtins(sides)}
    own_ratio = nearest_ratio(images[0], model.ratios) if images else None
    shared = {"model": model.model_name, "aspect_ratio": options.ratio or own_ratio}
    match model.endpoint:
        case Endpoint.MULTI:
            return MultiImage, shared | _pictures_by_role(roles, pictures)
        case Endpoint.OMNI:
            return OmniImage, {**shared, "images": pictures}
        case Endpoint.GENERATIONS if pictures:
            reference = options.reference or model.default_reference
            return ImageGeneration, {**shared, "image": pictures[0], "image_reference": reference}
        case _:
            return ImageGeneration, shared


def _pictures_by_role(roles: Sequence[str], pictures: Sequence[Picture]) -> dict[str, Any]:
    """Return the images of a blend as fields of its payload, by role."""
    pairs = list(zip(roles, pictures, strict=True))
    subjects = tuple(picture for role, picture in pairs if role == "subject")
    return {"scene": None, "style": None, **dict(pairs), "subjects": subjects}


def goes_by_link(parts: EngineContext, job: Job) -> bool:
    """Return whether the job's present task is submitted with Discord's link to the image.

    So it is for the first task of each job if the operator set that; later tasks get the image
    itself.
    """
    return parts.rules.send_image_as == "url" and job.attempt == 0


def _picture(parts: EngineContext, job: Job, source: Source, ready: Ready) -> Path | str:
    """Return the image's file; Discord's link instead if the job goes by link.

    A link is used only for an attachment that needed no conversion.
    """
    is_first_form = job.source_form is SourceForm.UNTOUCHED
    by_link = goes_by_link(parts, job) and is_first_form and not ready.changed
    return source.url if by_link and source.origin == "attachment" else ready.picture


def nearest_ratio(source: Ready, ratios: Sequence[str]) -> str | None:
    """Return the model's ratio closest to the image's own, so that the provider crops little.

    Ratios are compared as logarithms: 2:1 is as far from 1:1 as 1:2 is. None if the size is
    unknown, or if the model uses the image's own ratio. The provider's default (16:9) would crop a
    portrait.
    """
    named = {ratio: ratio.split(":") for ratio in ratios if ":" in ratio}
    if not named or not source.width or not source.height:
        return None
    wanted = math.log(source.width / source.height)
    return min(
        named, key=lambda ratio: abs(math.log(int(named[ratio][0]) / int(named[ratio][1])) - wanted)
    )
