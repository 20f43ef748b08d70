"""Messages between the bot and its decoding process: the length in four bytes, then JSON."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from services.errors import (
    BotError,
    ImageTooHeavy,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    StoreUnavailable,
    UnsupportedImage,
)
from services.images.comparison import Comparison
from services.images.decode_step import Step
from services.images.memory_estimate import MemoryLimit, Outgrown
from services.images.preparation import Preparation
from services.images.resize import Fitting, Thumbnailing
from services.images.results import ResultCheck

R = TypeVar("R")

AnyStep = Preparation | ResultCheck | Thumbnailing | Comparison | Fitting

MOST = 16_000_000
"""Maximum bytes of a message. One with nine results and their addresses has a few thousand."""

_LENGTH = struct.Struct("!I")
_WITH_FIELDS: dict[str, type[BotError]] = {
    one.__name__: one
    for one in (UnsupportedImage, ImageTooHeavy, ImageTooLarge, ImageTooSmall, ImageTooNarrow)
}


class DecodeReply(msgspec.Struct, omit_defaults=True):
    """The result of a decoding step: a value, or an error's name, fields and text."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    fields: dict[str, int | str | None] = {}
    words: str = ""
    is_out_of_memory: bool = False

    def value(self, step: Step[R]) -> R:
        """Return the step's value, or raise its error."""
        if self.error:
            raise self._error()
        return msgspec.json.decode(self.result, type=step.returns(), dec_hook=_decoded)

    def _error(self) -> Exception:
        if self.error in _WITH_FIELDS:
            return _WITH_FIELDS[self.error](**self.fields)
        if self.error == "FileNotFoundError":
            return FileNotFoundError(self.words)
        return StoreUnavailable(self.words)


def write_step(stream: IO[bytes], step: Step[Any]) -> None:
    """Send a decoding step to the process."""
    _write(stream, msgspec.json.encode(step, enc_hook=_encoded))


def read_step(stream: IO[bytes]) -> AnyStep:
    """In the process: receive a decoding step; raises EOFError if the bot has closed the stream."""
    return msgspec.json.decode(_read(stream), type=AnyStep, dec_hook=_decoded)


def write_answer(stream: IO[bytes], step: AnyStep, limit: MemoryLimit) -> None:
    """In the process: run a decoding step and send its result.

    An error that is not expected from a step is raised, and ends the process.
    """
    _write(stream, msgspec.json.encode(_answer(step, limit)))


def read_answer(stream: IO[bytes]) -> DecodeReply:
    """Receive a step's result; raises EOFError or struct.error if the process has ended."""
    return msgspec.json.decode(_read(stream), type=DecodeReply)


def _answer(step: AnyStep, limit: MemoryLimit) -> DecodeReply:
    try:
        value = step.run(limit)
        return DecodeReply(result=msgspec.Raw(msgspec.json.encode(value, enc_hook=_encoded)))
    except MemoryError:
        return DecodeReply(error="ImageTooHeavy", is_out_of_memory=True)
    except Outgrown:
        return DecodeReply(error="ImageTooHeavy")
    except (BotError, FileNotFoundError) as error:
        name = type(error).__name__
        return DecodeReply(
            error=name,
            fields=vars(error) if name in _WITH_FIELDS else {},
            words=str(error),
            is_out_of_memory=isinstance(error, ImageTooHeavy),
        )


def _write(stream: IO[bytes], body: bytes) -> None:
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes:
    head = stream.read(_LENGTH.size)
    if not head:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    body = stream.read(min(length, MOST))
    if len(body) != length:
        raise EOFError
    return body


def _encoded(value: object) -> str:
    assert isinstance(value, Path)
    return str(value)


def _decoded(kind: type[object], value: object) -> object:
    assert kind is Path
    return Path(str(value))
