"""Interfaces of a step that opens images, and of the decoder that runs it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from services.images.memory_estimate import MemoryLimit
from services.images.open_counter import UNCOUNTED, Opening

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Step(Protocol[R_co]):
    """A step that opens images; a msgspec.Struct, since it may be sent to another process."""

    def run(self, limit: MemoryLimit) -> R_co:
        """Run the step; raises Outgrown if an image needs more memory than the limit."""
        ...

    def returns(self) -> type[R_co]:
        """Return the type of `run`'s result, to decode it after transfer."""
        ...


class Decoding(Protocol):
    """Runs steps within the memory budget; implemented by `services.images.Decoder`."""

    async def run(self, step: Step[R], *, opening: Opening = UNCOUNTED) -> R:
        """Run a step; raises the step's errors, and ImageTooHeavy."""
        ...
