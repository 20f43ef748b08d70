"""The options of a request, a user's defaults for them, and one description of each option.

CONTRIBUTING.md ("An option") shows what a new option needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["repaint", "expand", "blend"]
"""Kind of a request: repaint an image, expand an image beyond its edges, or blend several images
into one."""

Reference = Literal["subject", "face"]
Format = Literal["png", "jpg"]
Field = Literal["image_fidelity", "human_fidelity"]
"""Fields of the payload that an option fills unchanged, and that only some models have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """By how much an image is expanded beyond each edge; 1.0 is the image's own height or width."""

    up: float = 0.0
    down: float = 0.0
    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of a request, besides prompt and images; None means the model's own default."""

    model: str = ""
    """The model's name. Empty: not chosen; acceptance fills in the server's or the operator's
    default."""
    count: int = 1
    style: str | None = None
    """The style's key. None: acceptance fills in the server's default. Empty: explicitly no
    style."""
    style_words: str | None = None
    """Text that the style adds to the prompt. Acceptance stores it here, since a server may change
    a style."""
    reference: Reference | None = None
    fidelity: float | None = None
    human_fidelity: float | None = None
    ratio: str | None = None
    """Aspect ratio of the result; for an expansion, the ratio to expand to if `sides` is None."""
    sides: Padding | None = None
    format: Format = "png"
    spoiler: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A user's own defaults for options; None where the user has set none.

    An empty style means explicitly no style.
    """

    model: str | None = None
    style: str | None = None
    count: int | None = None
    ratio: str | None = None
    format: Format | None = None
    private: bool | None = None
    spoiler: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option, described for all code that offers it, sends it or shows it.

    `name` is its field of Options; other languages have its texts in `option_<name>_name` and
    `option_<name>_description`. `description` is the English text in Discord. `type` is the type of
    what a user enters: str, int, float, bool or a Literal; `bounds` are those of a number, or of a
    text's length. The commands for requests of these `kinds` have the option. `field` is the field
    of the payload, if only some models have it: data/models.toml says which. If it is not
    `in_form`, it stays unchanged when a request is edited. `terminal_help` is its text in `bot.py
    try --help`, where `placeholder` stands for a typed text; without `terminal_help`, the terminal
    does not have the option.
    """

    name: str
    description: str
    type: Any = str
    bounds: tuple[float, float] | None = None
    kinds: tuple[Kind, ...] = ("repaint",)
    field: Field | None = None
    in_form: bool = False
    terminal_help: str | None = None
    placeholder: str = "TEXT"

    @property
    def range(self) -> str:
        """The bounds as text for users."""
        return "{:g}..{:g}".format(*self.bounds or (0, 0))

    def allows(self, value: Any) -> bool:  # noqa: ANN401  of the option's type
        """Return whether a number, or a text's length, lies within the bounds."""
        size = len(value) if isinstance(value, str) else value
        return self.bounds is None or self.bounds[0] <= size <= self.bounds[1]


_ALL: tuple[Kind, ...] = get_args(Kind)

OPTIONS: Mapping[str, OptionRow] = {
    row.name: row
    for row in (
        OptionRow(
            name="style",
            description="A style that is added to your prompt",
            kinds=("repaint", "blend"),
            in_form=True,
        ),
        OptionRow(
            name="model",
            description="Which model paints",
            in_form=True,
            terminal_help="a row of data/models.toml (default: KLING_MODEL)",
            placeholder="NAME",
        ),
        OptionRow(
            name="reference",
            description="What to keep: the subject's features, or a person's face",
            type=Reference,
            terminal_help="keep the subject or the face of the image",
        ),
        OptionRow(
            name="fidelity",
            description="How near to stay to the picture, 0 to 1",
            type=float,
            bounds=(0.0, 1.0),
            field="image_fidelity",
            terminal_help="how closely to follow the image",
        ),
        OptionRow(
            name="human_fidelity",
            description="How near to stay to the face, 0 to 1",
            type=float,
            bounds=(0.0, 1.0),
            field="human_fidelity",
            terminal_help="how closely to follow the person",
        ),
        OptionRow(
            name="count",
            description="How many pictures",
            type=int,
            bounds=(1, 9),  # Kling, image-generation page, field n
            kinds=_ALL,
            in_form=True,
            terminal_help="number of images, 1 to 9 (default: 1)",
        ),
        OptionRow(
            name="ratio",
            description="Width to height of the result",
            kinds=("repaint", "blend"),  # /expand has a ratio option of its own
            in_form=True,
            terminal_help="shape (default: the one nearest to the file's)",
            placeholder="W:H",
        ),
        OptionRow(
            name="format",
            description="File type of the result",
            type=Format,
            kinds=_ALL,
            terminal_help="gateways only; Kling itself gives PNG",
        ),
        OptionRow(
            name="spoiler",
            description="Hide the result until it is clicked",
            type=bool,
            kinds=_ALL,
            in_form=True,
        ),
        OptionRow(
            name="private",
            description="Show the result only to me",
            type=bool,
            kinds=_ALL,
            in_form=True,
        ),
    )
}
"""Every option that users can enter, in the order of the commands."""
