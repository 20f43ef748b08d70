"""Interfaces of a decoding step, which opens images, and of the decoder that runs it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from services.images.memory_estimate import MemoryLimit
from services.images.open_counter import UNCOUNTED, Opening

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Step(Protocol[R_co]):
    """A decoding step: work that opens images; a msgspec.Struct, to be sent to a process."""

    def run(self, limit: MemoryLimit) -> R_co:
        """Run the step within a memory limit; raises Outgrown if an image needs more memory."""
        ...

    def returns(self) -> type[R_co]:
        """Return the type of `run`'s result, with which it is decoded after transfer."""
        ...


class Decoding(Protocol):
    """Runs decoding steps within the memory budget; `services.images.Decoder` implements it."""

    async def run(self, step: Step[R], *, opening: Opening = UNCOUNTED) -> R:
        """Run a step; raises the step's errors, and ImageTooHeavy. `opening` counts the opening."""
        ...
