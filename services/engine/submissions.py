"""From a Job to what is sent for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from services.engine.parts import Parts
from services.kling import Endpoint, OmniPainting, Painting, Submission
from services.models import Job, Source
from services.pictures import Ready


def submission_for(parts: Parts, job: Job, sources: Sequence[Ready]) -> Submission:
    """Return the form that the Job's model takes, under the Job's external_task_id."""
    options, first = job.request.options, sources[0]
    model = parts.models.get(options.model)
    picture = _picture(parts, job, job.request.source, first)
    prompt = parts.styles.dress(job.request.prompt, options.style)
    ratio = options.ratio or nearest_ratio(first, model.ratios)
    callback_url = parts.rules.callback_url(job.id)
    # Kling itself has no such field; gateways that know it default to png (DMXAPI's page).
    output_format = None if parts.kling.provider.is_official else options.format
    if model.endpoint is Endpoint.OMNI:
        return OmniPainting(
            model=model.name,
            prompt=prompt,
            images=(picture,),
            n=options.count,
            aspect_ratio=ratio,
            output_format=output_format,
            callback_url=callback_url,
            external_task_id=job.external_task_id,
        )
    return Painting(
        model=model.name,
        prompt=prompt,
        image=picture,
        image_reference=options.reference or model.default_reference,
        image_fidelity=options.fidelity,
        human_fidelity=options.human_fidelity,
        n=options.count,
        aspect_ratio=ratio,
        output_format=output_format,
        callback_url=callback_url,
        external_task_id=job.external_task_id,
    )


def goes_by_link(parts: Parts, job: Job) -> bool:
    """Tell whether a Job's first Task is made from Discord's link to the picture."""
    return parts.rules.send_image_as == "url" and job.attempt == 0


def _picture(parts: Parts, job: Job, source: Source, ready: Ready) -> Path | str:
    """Return the file, or Discord's own link where the operator wants it and nobody refused it."""
    by_link = goes_by_link(parts, job) and job.tries == 0 and not ready.changed
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
