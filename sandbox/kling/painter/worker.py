"""A worker process: reads briefs and sources from stdin, writes images to stdout."""

from __future__ import annotations

import logging
import signal
import sys
from typing import BinaryIO

from sandbox.kling.painter.job import Brief
from sandbox.kling.painter.paint import paint
from sandbox.kling.painter.pool import SIZE

log = logging.getLogger(__name__)


def main() -> None:
    """Generate images until stdin ends; ignore Ctrl-C, which the server handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while order := read_order(sys.stdin.buffer):
        brief, sources = Brief.from_json(order[0]), order[1:]
        try:
            painting = paint(brief, sources=sources)
            answer = (painting.content, painting.marked)
        except (OSError, ValueError, SyntaxError) as problem:
            log.warning("could not paint: %s", type(problem).__name__)
            answer = (b"", b"")
        for part in answer:
            sys.stdout.buffer.write(SIZE.pack(len(part)) + part)
        sys.stdout.buffer.flush()


def read_order(stream: BinaryIO) -> list[bytes]:
    """Return the parts of one request; [] at the end of the stream."""
    head = stream.read(SIZE.size)
    if len(head) < SIZE.size:
        return []
    (count,) = SIZE.unpack(head)
    return [stream.read(SIZE.unpack(stream.read(SIZE.size))[0]) for _ in range(count)]


if __name__ == "__main__":
    main()
