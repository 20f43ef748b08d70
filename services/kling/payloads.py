"""Payloads of Kling's image endpoints: four dataclasses, one for each kind of submission.

Each has its endpoint, and its `fields` returns the JSON fields. A Path among them is a local image,
which services.kling.streaming_body replaces by its base64; a URL is sent as it is. A field that is
None is not sent. Which options a model supports is checked elsewhere (services.catalog.models).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal, Protocol

Picture = Path | str
"""A local file, or the URL of an image that the provider can load."""

MAX_PROMPT = 2500
"""Maximum characters (Kling, image-generation page; the 500 and 200 of older clients are
outdated)."""

MAX_COUNT = 9
"""Images per submission (Kling, image-generation page, field n)."""

_URL_STARTS = ("http://", "https://", "ftp://")
"""Prefixes of URLs, which are sent as they are (reference page); anything else is a local file."""


class Model(Protocol):
    """Protocol for a row of a model table: what a submission needs of it."""

    @property
    def name(self) -> str:
        """The value sent as model_name."""
        ...

    @property
    def endpoint(self) -> Endpoint:
        """The path that accepts this model."""
        ...


class Endpoint(StrEnum):
    """Paths below the base URL; a task is queried on the path that accepted it."""

    GENERATIONS = "/v1/images/generations"
    OMNI = "/v1/images/omni-image"
    MULTI = "/v1/images/multi-image2image"
    EXPAND = "/v1/images/editing/expand"


def as_sent(picture: Picture) -> Picture:
    """Return a URL as it is, and anything else as the Path of a local file."""
    if isinstance(picture, str) and not picture.lower().startswith(_URL_STARTS):
        return Path(picture)
    return picture


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """Fields that every submission may have."""

    prompt: str | None = field(default=None, repr=False)
    n: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    output_format: Literal["png", "jpg"] | None = None
    """A field of the gateway DMXAPI; not in Kling's official API."""
    watermark: bool | None = None
    """True requests an additional copy of each image with a watermark."""
    callback_url: str | None = field(default=None, repr=False)
    external_task_id: str | None = None
    """Our own id, unique within the account; it makes look-ups possible."""

    def _shared(self) -> dict[str, object]:
        return {
            "prompt": self.prompt,
            "n": self.n,
            "aspect_ratio": self.aspect_ratio,
            "resolution": self.resolution,
            "output_format": self.output_format,
            "watermark_info": None if self.watermark is None else {"enabled": self.watermark},
            "callback_url": self.callback_url,
            "external_task_id": self.external_task_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageGeneration(_Common):
    """Generates images from text, or from one image and text.

    POST /v1/images/generations. If the model's row names the omni path, that is used instead, and
    the image is sent as its list of images.
    """

    model: str | Model
    image: Picture | None = field(default=None, repr=False)
    image_reference: Literal["subject", "face"] | None = None
    image_fidelity: float | None = None
    human_fidelity: float | None = None
    negative_prompt: str | None = field(default=None, repr=False)
    element_ids: tuple[int, ...] = ()

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint in the model's row; generations for a model given by name."""
        return Endpoint.GENERATIONS if isinstance(self.model, str) else self.model.endpoint

    def fields(self) -> dict[str, object]:
        """Return the JSON fields, without those that are None."""
        return _given(
            model_name=self.model if isinstance(self.model, str) else self.model.name,
            **self._shared(),
            **self._picture(),
            image_reference=self.image_reference,
            image_fidelity=self.image_fidelity,
            human_fidelity=self.human_fidelity,
            negative_prompt=self.negative_prompt,
            element_list=_elements(self.element_ids),
        )

    def _picture(self) -> dict[str, object]:
        if self.image is None:
            return {}
        if self.endpoint is Endpoint.OMNI:
            return {"image_list": [{"image": as_sent(self.image)}]}
        return {"image": as_sent(self.image)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OmniImage(_Common):
    """Generates images from up to ten images and an instruction: POST /v1/images/omni-image.

    The prompt may refer to an image as <<<image_1>>>. With `result_type="series"` the provider
    makes `series_amount` images (2-9, or "auto") and ignores n (Kling, omni-image page).
    """

    endpoint: ClassVar[Endpoint] = Endpoint.OMNI

    model: str
    images: tuple[Picture, ...] = field(default=(), repr=False)
    element_ids: tuple[int, ...] = ()
    result_type: Literal["single", "series"] | None = None
    series_amount: int | Literal["auto"] | None = None

    def __post_init__(self) -> None:
        """Check the documented bounds; raise ValueError that names the violated one."""
        _require(len(self.images) + len(self.element_ids), 0, 10, "images and elements")

    def fields(self) -> dict[str, object]:
        """Return the JSON fields, without those that are None."""
        return _given(
            model_name=self.model,
            **self._shared(),
            image_list=[{"image": as_sent(picture)} for picture in self.images] or None,
            element_list=_elements(self.element_ids),
            result_type=self.result_type,
            series_amount=self.series_amount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiImage(_Common):
    """Blends one to four subjects, a scene and a style: POST /v1/images/multi-image2image."""

    endpoint: ClassVar[Endpoint] = Endpoint.MULTI

    subjects: tuple[Picture, ...] = field(repr=False)
    scene: Picture | None = field(default=None, repr=False)
    style: Picture | None = field(default=None, repr=False)
    model: str = "kling-v2-1"
    """The only model on this path (Kling, multi-image-to-image page)."""

    def __post_init__(self) -> None:
        """Check the documented bounds; raise ValueError that names the violated one."""
        _require(len(self.subjects), 1, 4, "subjects")

    def fields(self) -> dict[str, object]:
        """Return the JSON fields, without those that are None."""
        return _given(
            model_name=self.model,
            **self._shared(),
            subject_image_list=[{"subject_image": as_sent(each)} for each in self.subjects],
            scene_image=None if self.scene is None else as_sent(self.scene),
            style_image=None if self.style is None else as_sent(self.style),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpainting(_Common):
    """Expands an image beyond its edges: POST /v1/images/editing/expand.

    Each ratio is the added part of the image's own height (up, down) or width (left, right), 0-2;
    the new area is at most three times the old one (Kling, outpainting page).
    """

    endpoint: ClassVar[Endpoint] = Endpoint.EXPAND

    image: Picture = field(repr=False)
    up: float = 0.0
    down: float = 0.0
    left: float = 0.0
    right: float = 0.0

    def __post_init__(self) -> None:
        """Check the documented bounds; raise ValueError that names the violated one."""
        for side in (self.up, self.down, self.left, self.right):
            _require(side, 0, 2, "expansion ratio")
        _require((1 + self.up + self.down) * (1 + self.left + self.right), 1, 3, "new area")

    def fields(self) -> dict[str, object]:
        """Return the JSON fields, without those that are None; all four ratios are required."""
        return _given(
            **self._shared(),
            image=as_sent(self.image),
            up_expansion_ratio=self.up,
            down_expansion_ratio=self.down,
            left_expansion_ratio=self.left,
            right_expansion_ratio=self.right,
        )


Submission = ImageGeneration | OmniImage | MultiImage | Outpainting
"""All types that `KlingClient.submit` accepts."""


def _given(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _elements(element_ids: tuple[int, ...]) -> list[Mapping[str, int]] | None:
    return [{"element_id": each} for each in element_ids] or None


def _require(found: float, least: float, limit: float, what: str) -> None:
    if not least <= found <= limit:
        raise ValueError(f"{what}: {found:g} is not within {least:g}..{limit:g}")
