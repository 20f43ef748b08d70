"""`python -m sandbox`: a sandbox Kling and a sandbox Discord in one process, on one clock.

The first line on stdout is JSON: {"kling", "api", "gateway", "page", "token", "application_id"}.
Both servers end on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys

from sandbox import discord
from sandbox.clock import Clock
from sandbox.discord.core import options as discord_options
from sandbox.kling import options as kling_options
from sandbox.kling import server as kling_server


async def run(arguments: argparse.Namespace) -> None:
    """Serve both until a signal arrives."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C interrupts `main`
            loop.add_signal_handler(number, over.set)
    clock, host = Clock(), arguments.host
    painting = kling_server.serve(
        kling_options.from_arguments(arguments), host=host, port=arguments.kling_port, clock=clock
    )
    chatting = discord.serve(
        discord_options.from_arguments(arguments), host=host, port=arguments.port, clock=clock
    )
    async with painting as painter, chatting as chat:
        addresses = {"kling": f"{painter.url}/kling", **chat.addresses}
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        await over.wait()


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    for name in ("--port", "--discord-port"):
        parser.add_argument(name, dest="port", type=int, default=0, help="Discord and its page")
    parser.add_argument("--kling-port", type=int, default=0, help="0: a free one")
    discord_options.add_arguments(parser)
    kling_options.add_arguments(parser)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
