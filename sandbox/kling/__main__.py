"""`python -m sandbox.kling`: serve the sandbox Kling until SIGTERM or SIGINT.

The first line on stdout is JSON: {"kling": "http://127.0.0.1:PORT/kling"}.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys

from sandbox.kling.dialects import FLAVOURS
from sandbox.kling.options import Options, add_arguments, from_arguments
from sandbox.kling.server import serve


async def run(options: Options, *, host: str, port: int) -> None:
    """Serve until a signal arrives."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C interrupts `main`
            loop.add_signal_handler(number, over.set)
    async with serve(options, host=host, port=port) as served:
        sys.stdout.write(json.dumps({"kling": f"{served.url}/kling"}) + "\n")
        sys.stdout.flush()
        await over.wait()


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.kling", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--host", default="127.0.0.1")
    add_arguments(parser)
    arguments = parser.parse_args()
    if arguments.flavour not in FLAVOURS:
        parser.error(f"--flavour is one of {', '.join(FLAVOURS)}")
    logging.basicConfig(level=logging.INFO)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(from_arguments(arguments), host=arguments.host, port=arguments.port))


if __name__ == "__main__":
    main()
