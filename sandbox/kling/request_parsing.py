"""Parses a submission into an `Order`; refuses what Kling refuses (sections 4 to 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.kling import fields
from sandbox.kling.contract import (
    DEFAULT_MODELS,
    EIGHT,
    EXPAND,
    EXPAND_PRICE,
    GENERATIONS,
    LONGEST_PROMPT,
    MODELS,
    MOST_IMAGES,
    MOST_REFERENCES,
    MULTI,
    MULTI_PRICE,
    OMNI,
    Json,
    Model,
    Refused,
)

SIDES = ("up", "right", "down", "left")
LARGEST_GROWTH = 3.0
"""Outpainting: maximum ratio of the new area to the old one."""
MOST_SUBJECTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated submission: the order, the number of images, and the price."""

    resource: str
    model: str = ""
    prompt: str = ""
    pictures: tuple[str, ...] = ()
    """Base64 or URLs, as sent."""
    n: int = 1
    ratio: str = "16:9"
    resolution: str = "1k"
    fidelity: float = 0.5
    expansion: tuple[float, float, float, float] | None = None
    """Up, right, down, left; each in heights or widths of the source."""
    output_format: str = "png"
    watermark: bool = False
    series: bool = False
    callback_url: str = ""
    external_task_id: str = ""
    price: int = 8
    """Billing units per image."""

    @property
    def cost(self) -> int:
        """Return the billing units of the whole order."""
        return self.price * self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Differences between providers in how they read a request."""

    serves_retired: bool = False
    takes_format: bool = False
    """`output_format` is DMXAPI's own; Kling ignores it and returns PNG."""
    text_ratio: str = "16:9"
    takes_external_id: bool = True
    model_field: str = "model_name"
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """The gateway's own names of models, and Kling's."""


def read_order(body: object, *, resource: str, terms: Terms) -> Order:
    """Validate a submission's JSON; raises Refused for problems. Images are validated later."""
    if not isinstance(body, dict):
        raise Refused(1200, "Request body must be a JSON object")
    return _READERS[resource](body, terms)


def _common(body: Json, terms: Terms) -> dict[str, object]:
    """Read the fields that all endpoints share, as keywords of an Order."""
    external = fields.text(body, "external_task_id") if terms.takes_external_id else ""
    formats = ("png", "jpg")
    mark = body.get("watermark_info")
    return {
        "callback_url": fields.text(body, "callback_url"),
        "external_task_id": external,
        "watermark": bool(mark.get("enabled")) if isinstance(mark, dict) else False,
        "output_format": fields.choice(body, "output_format", among=formats, default="png")
        if terms.takes_format
        else "png",
    }


def _count(body: Json) -> int:
    return fields.whole(body, "n", low=1, high=MOST_IMAGES, default=1)


def _model(body: Json, *, resource: str, terms: Terms) -> tuple[str, Model]:
    """Return the requested model's name and features.

    Kling ignores the older field `model`; some gateways require it.
    """
    asked = fields.text(body, terms.model_field)
    name = terms.names.get(asked, asked) or DEFAULT_MODELS[resource]
    model = MODELS.get(name)
    if model is None or resource not in model.paths:
        raise Refused(1203, f"model {name} is not exist")
    if model.is_retired and not terms.serves_retired:
        raise Refused(1203, f"model {name} has been taken offline")
    return name, model


def _generation(body: Json, terms: Terms) -> Order:
    name, model = _model(body, resource=GENERATIONS, terms=terms)
    prompt = fields.text(body, "prompt", longest=LONGEST_PROMPT, required=True)
    image = fields.text(body, "image")
    _judge_text(body, model=model, image=image)
    _judge_reference(body, model=model, image=image)
    fields.fraction(body, "human_fidelity", default=0.45)
    ratios = model.image_ratios if image else model.text_ratios
    default = "16:9" if image else terms.text_ratio
    ratio = fields.choice(body, "aspect_ratio", among=ratios, default=default)
    resolution = fields.choice(body, "resolution", among=model.resolutions, default="1k")
    return Order(
        resource=GENERATIONS,
        model=name,
        prompt=prompt,
        pictures=(image,) if image else (),
        n=_count(body),
        ratio="auto" if image and model.keeps_size else ratio,
        resolution=resolution,
        fidelity=fields.fraction(body, "image_fidelity", default=0.5),
        price=model.price(with_image=bool(image), resolution=resolution),
        **_common(body, terms),  # pyright: ignore[reportArgumentType]
    )


def _judge_text(body: Json, *, model: Model, image: str) -> None:
    if fields.text(body, "negative_prompt", longest=LONGEST_PROMPT) and image:
        raise Refused(1201, "negative_prompt is not supported when image is not empty")
    if not image and not model.takes_text:
        raise Refused(1201, "image can not be empty for the model")
    if fields.elements(body) + bool(image) > MOST_REFERENCES:
        raise Refused(1201, f"elements and images must not exceed {MOST_REFERENCES}")


def _judge_reference(body: Json, *, model: Model, image: str) -> None:
    """Refuse an unsupported reference, one without an image, or a missing required one."""
    reference = fields.text(body, "image_reference")
    if reference and not image:
        raise Refused(1201, "image can not be empty when image_reference is set")
    if reference and reference not in model.references:
        raise Refused(1201, f"image_reference value '{reference}' is invalid for the model")
    if image and model.needs_reference and not reference:
        raise Refused(1201, "image_reference can not be empty for the model")


def _omni(body: Json, terms: Terms) -> Order:
    name, model = _model(body, resource=OMNI, terms=terms)
    pictures = tuple(fields.pictures(body, "image_list", key="image"))
    for unknown in ("negative_prompt", "image_reference"):
        if body.get(unknown):
            raise Refused(1201, f"{unknown} is not supported by {OMNI}")
    if len(pictures) + fields.elements(body) > MOST_REFERENCES:
        raise Refused(1201, f"elements and images must not exceed {MOST_REFERENCES}")
    ratios = model.image_ratios if pictures else model.text_ratios
    default = "auto" if "auto" in ratios else "16:9"
    resolution = fields.choice(body, "resolution", among=model.resolutions, default="1k")
    kind = fields.choice(body, "result_type", among=("single", "series"), default="single")
    return Order(
        resource=OMNI,
        model=name,
        prompt=fields.text(body, "prompt", longest=LONGEST_PROMPT, required=True),
        pictures=pictures,
        n=_series(body) if kind == "series" else _count(body),
        series=kind == "series",
        ratio=fields.choice(body, "aspect_ratio", among=ratios, default=default),
        resolution=resolution,
        price=model.price(with_image=bool(pictures), resolution=resolution),
        **_common(body, terms),  # pyright: ignore[reportArgumentType]
    )


def _series(body: Json) -> int:
    """Return the length of a series: 2..9, 4 by default and for `auto`; `n` is ignored."""
    if body.get("series_amount") in (None, "", "auto"):
        return 4
    return fields.whole(body, "series_amount", low=2, high=MOST_IMAGES, default=4)


def _multi(body: Json, terms: Terms) -> Order:
    name, _ = _model(body, resource=MULTI, terms=terms)
    subjects = fields.pictures(body, "subject_image_list", key="subject_image")
    if not 1 <= len(subjects) <= MOST_SUBJECTS:
        raise Refused(1201, f"subject_image_list must hold 1 to {MOST_SUBJECTS} images")
    extra = [fields.text(body, part) for part in ("scene_image", "style_image")]
    return Order(
        resource=MULTI,
        model=name,
        prompt=fields.text(body, "prompt", longest=LONGEST_PROMPT),
        pictures=(*subjects, *filter(None, extra)),
        n=_count(body),
        ratio=fields.choice(body, "aspect_ratio", among=EIGHT, default="16:9"),
        price=MULTI_PRICE,
        **_common(body, terms),  # pyright: ignore[reportArgumentType]
    )


def _expand(body: Json, terms: Terms) -> Order:
    up, right, down, left = (
        fields.fraction(body, f"{side}_expansion_ratio", high=2.0) for side in SIDES
    )
    if (1 + up + down) * (1 + left + right) > LARGEST_GROWTH:
        raise Refused(1201, "the expanded area must not exceed 3 times the original")
    return Order(
        resource=EXPAND,
        prompt=fields.text(body, "prompt", longest=LONGEST_PROMPT),
        pictures=(fields.text(body, "image", required=True),),
        n=_count(body),
        ratio="auto",
        expansion=(up, right, down, left),
        price=EXPAND_PRICE,
        **_common(body, terms),  # pyright: ignore[reportArgumentType]
    )


_READERS: Mapping[str, Callable[[Json, Terms], Order]] = {
    GENERATIONS: _generation,
    OMNI: _omni,
    MULTI: _multi,
    EXPAND: _expand,
}
