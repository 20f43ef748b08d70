"""The models that can be requested, read from data/models.toml: options, prices, availability."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, Self, cast
from urllib.parse import urlsplit

import msgspec

from services.errors import (
    ConfigError,
    CountTooHigh,
    OptionNotCarried,
    PromptTooLong,
    UnknownModel,
)
from services.kling import MAX_COUNT, MAX_PROMPT, Endpoint
from services.models import OPTIONS, Field, Kind, Options, Reference

UNIT_PRICE_USD = 0.0035
"""Price in US dollars of one of Kling's billing units for images (Kling, price page; in China about
0.025 CNY)."""

ENDPOINTS = {
    "generations": Endpoint.GENERATIONS,
    "omni-image": Endpoint.OMNI,
    "multi-image2image": Endpoint.MULTI,
    "editing/expand": Endpoint.EXPAND,
}
_KINDS: Mapping[Endpoint, Kind] = {Endpoint.MULTI: "blend", Endpoint.EXPAND: "expand"}
ENDPOINT_OF: Mapping[Kind, Endpoint] = {
    "repaint": Endpoint.GENERATIONS,
    "expand": Endpoint.EXPAND,
    "blend": Endpoint.MULTI,
}
"""The endpoint of most tasks by kind of request, for jobs whose model's row was changed or
removed."""

_REFERENCE_PAGE_HOSTS = ("dmxapi.cn", "dmxapi.com")


class Units(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Billing units that one image costs: from text, from an image, in 4K.

    Quotas count images, not these units.
    """

    text: int
    image: int
    four_k: int | None = None


class ModelRow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"path": "endpoint"},
):
    """One model's row in the model table; data/models.toml explains the fields."""

    name: str
    title: str
    description: str
    path: Literal["generations", "omni-image", "multi-image2image", "editing/expand"]
    sent_as: str | None = None
    text: bool = True
    image: bool = True
    most_images: int = 1
    elements: bool = False
    series: bool = False
    references: tuple[Reference, ...] = ()
    default_reference: Reference | None = None
    fidelities: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()
    ratios: tuple[str, ...]
    text_ratios: tuple[str, ...] | None = None
    default_ratio: str = "16:9"
    resolutions: tuple[Literal["1k", "2k", "4k"], ...]
    state: Literal["current", "retired", "gateway"] = "current"
    retired_on: dt.date | None = None
    units: Units

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint to which this model's tasks are submitted and at which they are polled."""
        return ENDPOINTS[self.path]

    @property
    def kind(self) -> Kind:
        """The kind of requests that the model serves; its endpoint serves only this kind."""
        return _KINDS.get(self.endpoint, "repaint")

    @property
    def model_name(self) -> str:
        """The model's name at the provider, which may differ from its name here."""
        return self.sent_as or self.name

    @property
    def unseen_ratio(self) -> str | None:
        """Ratio to request for an image that the bot has not seen; None: the image's own.

        The service's own default would cut off a portrait. A square cuts off the least of either
        format.
        """
        if not self.ratios or self.default_ratio == "auto":
            return None
        return "1:1" if "1:1" in self.ratios else self.default_ratio

    def ratios_for(self, *, with_image: bool = True) -> tuple[str, ...]:
        """Return the aspect ratios that can be requested; empty: only the image's own."""
        if with_image or self.text_ratios is None:
            return self.ratios
        return self.text_ratios

    def price_usd(self, *, with_image: bool = True, resolution: str = "1k") -> float:
        """Return the list price of one image in US dollars (Kling, price page).

        Gateways have prices of their own.
        """
        units = self.units.image if with_image else self.units.text
        if resolution == "4k" and self.units.four_k is not None:
            units = self.units.four_k
        return units * UNIT_PRICE_USD

    def check(
        self, options: Options, *, with_image: bool = True, resolution: str | None = None
    ) -> None:
        """Raise OptionNotCarried or CountTooHigh if this model does not support these options."""
        if options.count > MAX_COUNT:
            raise CountTooHigh(found=options.count, allowed=MAX_COUNT)
        if not (self.image if with_image else self.text):
            raise self._not_carried("image" if with_image else "text", ())
        reference = options.reference or (self.default_reference if with_image else None)
        if not with_image and options.reference:
            raise self._not_carried("reference", ())
        for option, value, allowed in (
            ("reference", options.reference, self.references),
            ("ratio", options.ratio, self.ratios_for(with_image=with_image)),
            ("resolution", resolution, self.resolutions),
        ):
            if value is not None and value not in allowed:
                raise self._not_carried(option, allowed)
        for row in OPTIONS.values():
            value = getattr(options, row.name)
            if row.field is None or value is None:
                continue
            # Kling, image-generation page: human_fidelity needs a subject reference.
            carried = row.field in (*self.fidelities, *self.fields) and (
                row.field != "human_fidelity" or reference == "subject"
            )
            if not (carried and row.allows(value)):
                raise self._not_carried(row.name, (row.range,) if carried else ())

    def _not_carried(self, option: str, allowed: Iterable[str]) -> OptionNotCarried:
        return OptionNotCarried(option=option, model=self.name, allowed=tuple(allowed))


class ModelTable:
    """All models by name, in the order of data/models.toml, and the default model."""

    def __init__(self, rows: Mapping[str, ModelRow], *, default: str) -> None:
        """Raise UnknownModel if the default model is not one that repaints images."""
        self._rows = dict(rows)
        if self.get(default).kind != "repaint":
            raise UnknownModel(default)
        self.default = default

    @classmethod
    def load(cls, *paths: Path, default: str = "kling-v3", retired: bool = True) -> Self:
        """Read files in order. A later file adds rows, or overrides single fields of earlier rows.

        Without `retired`, rows of that state are left out, because the provider no longer serves
        these models. ConfigError lists every row and field that cannot be read, with the file that
        wrote it last.
        """
        raw: dict[str, dict[str, object]] = {}
        written_by: dict[str, str] = {}
        for path in paths:
            for name, fields in _read(path).items():
                raw[name] = {**raw.get(name, {}), **fields, "name": name}
                written_by[name] = path.name
        rows = _rows(raw, written_by)
        return cls(
            {name: row for name, row in rows.items() if retired or row.state != "retired"},
            default=default,
        )

    def __iter__(self) -> Iterator[ModelRow]:
        """Iterate over the rows."""
        return iter(self._rows.values())

    def get(self, name: str) -> ModelRow:
        """Return the row of a model; raises UnknownModel."""
        if name not in self._rows:
            raise UnknownModel(name)
        return self._rows[name]

    def menu(self) -> list[ModelRow]:
        """Return the models that users can choose: the default, then all not retired."""
        rest = [row for row in self._offered("repaint") if row.name != self.default]
        return [self.get(self.default), *rest]

    def default_for(self, kind: Kind) -> str:
        """Return the name of the default model for a kind of request; raises UnknownModel."""
        if kind == "repaint":
            return self.default
        names = [row.name for row in self._offered(kind)]
        if not names:
            raise UnknownModel(kind)
        return names[0]

    def repainting(self) -> list[ModelRow]:
        """Return all models that repaint an image, also retired ones."""
        return [row for row in self if row.kind == "repaint"]

    def _offered(self, kind: Kind) -> list[ModelRow]:
        return [row for row in self if row.state != "retired" and row.kind == kind]

    def ratios(self, kind: Kind = "repaint") -> list[str]:
        """Return every aspect ratio that a model of this kind supports, in the order of rows."""
        rows = self.menu() if kind == "repaint" else self._offered(kind)
        return list(dict.fromkeys(ratio for row in rows for ratio in row.ratios))

    def check(self, options: Options, *, prompt: str = "", with_image: bool = True) -> None:
        """Raise a RequestError if the chosen model does not support these options.

        The error lists the supported values.
        """
        self.get(options.model).check(options, with_image=with_image)
        if len(prompt) > MAX_PROMPT:
            raise PromptTooLong(found=len(prompt), allowed=MAX_PROMPT)


def default_model(base_url: str) -> str:
    """Return the default model of a provider for the case that KLING_MODEL is not set.

    DMXAPI's page names kling-v1-5; elsewhere it is Kling's own default.
    """
    host = urlsplit(base_url).hostname or ""
    by_page = any(host == known or host.endswith(f".{known}") for known in _REFERENCE_PAGE_HOSTS)
    return "kling-v1-5" if by_page else "kling-v3"


def _read(path: Path) -> Mapping[str, Mapping[str, object]]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise ConfigError([f"{path.name}: {trouble}"]) from trouble
    strange = [name for name, row in found.items() if not isinstance(row, dict)]
    if strange:
        raise ConfigError([f"{path.name}: {name} is not a [row]" for name in strange])
    return cast("dict[str, dict[str, object]]", found)


def _rows(
    raw: Mapping[str, Mapping[str, object]], written_by: Mapping[str, str]
) -> dict[str, ModelRow]:
    rows: dict[str, ModelRow] = {}
    problems: list[str] = []
    for name, fields in raw.items():
        try:
            rows[name] = msgspec.convert(fields, ModelRow)
        except msgspec.ValidationError as wrong:
            problems.append(f"{written_by[name]}: model {name}: {wrong}")
    if problems:
        raise ConfigError(problems)
    return rows
