"""What is done with images, and who lets it be done."""

from __future__ import annotations

from typing import Protocol, TypeVar

from services.images.memory_estimate import MemoryLimit
from services.images.open_counter import UNCOUNTED, Opening

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Step(Protocol[R_co]):
    """Opens images; a msgspec.Struct, since it may have to travel to another process."""

    def run(self, limit: MemoryLimit) -> R_co:
        """Do it; raises Outgrown where an image needs more than the limit."""
        ...

    def returns(self) -> type[R_co]:
        """Return the type of what `run` returns, for its way back."""
        ...


class Decoding(Protocol):
    """Takes steps within the budget of memory; `services.images.Decoder` is the one."""

    async def run(self, step: Step[R], *, opening: Opening = UNCOUNTED) -> R:
        """Take a step; raises what it raises, and ImageTooHeavy."""
        ...
