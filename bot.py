"""Repaint's command line and composition root.

Each command imports what only it needs. Without the sandbox, the doctor and the console the bot
starts in half the time and uses half the memory.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import discord

from cogs.client import BotApp, login, make_client, serve
from cogs.setup import build_bot
from services.app import open_services
from services.catalog import model_problems
from services.charts import add_stats_options, report
from services.cli import add_governing
from services.cli.try_once import add_try_options, try_options_from
from services.common import logging as logs
from services.common.clock import Clock, SystemClock
from services.common.shutdown import Shutdown
from services.errors import BotError, ConfigError
from services.fleet import LEASE_S, make_member, only_bot
from services.settings import Settings, load, unknown_names

log = logging.getLogger(__name__)

DATA = Path(__file__).resolve().parent / "data"

Command = Callable[[argparse.Namespace], Awaitable[int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    0: success. 1: the command failed. 2: wrong settings or usage. 130: interrupted.
    """
    asked = _parser().parse_args(arguments)
    try:
        return asyncio.run(asked.command(asked))
    except ConfigError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.stderr.write(f"Settings (environment or .env) that need attention:\n{lines}\n")
        return 2
    except discord.LoginFailure:
        sys.stderr.write("DISCORD_TOKEN: Discord does not accept this token.\n")
        return 2
    except BotError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def run(_asked: argparse.Namespace) -> int:
    """Run the bot until a signal."""
    settings = load(discord=True, provider=True, judge=partial(model_problems, data=DATA))
    logs.set_up(settings.log_level, settings.log_format, secrets=settings.secrets())
    for words in unknown_names():
        log.warning("%s: %s", ".env", words)
    os.umask(0o077)  # files are readable by the process's own user only
    stop = Shutdown()
    stop.listen()
    async with AsyncExitStack() as stack:
        stack.enter_context(only_bot(settings))
        bot = await open_bot(stack, settings, clock=SystemClock(), stop=stop, exclusive=True)
        await stack.enter_async_context(bot.door)
        await serve(bot, settings, stop=stop)
    return 0


async def open_bot(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    clock: Clock,
    stop: Shutdown,
    exclusive: bool = False,
    lease_s: float = LEASE_S,
) -> BotApp:
    """Open all parts of the bot; the stack closes them in reverse order.

    If several processes share the database, the others consider one dead that has sent no heartbeat
    for `lease_s` seconds.
    """
    services = await open_services(stack, settings, data=DATA, clock=clock, exclusive=exclusive)
    member = make_member(
        services.store,
        settings,
        clock=services.clock,
        lease_s=lease_s,
        supervisor=services.supervisor,
    )
    connection = make_client(
        settings, memory=services.store.notes, clock=services.clock, member=member
    )
    connection.client.supervisor = services.supervisor
    await stack.enter_async_context(connection.client)
    return build_bot(services, connection, member, stop=stop)


async def init(_asked: argparse.Namespace) -> int:
    """Ask for the settings that have no default, and write .env."""
    from services.cli.init_wizard import ask_for_settings
    from services.cli.prompts import TerminalPrompter

    return await ask_for_settings(TerminalPrompter(), target=Path(".env"), clock=SystemClock())


async def invite(_asked: argparse.Namespace) -> int:
    """Print the links that add the bot to a server or to a member's apps."""
    from services.cli.invite import fetch_application, links

    settings = load(discord=True)
    assert settings.discord_token is not None
    application = await fetch_application(settings.discord_token, api_url=settings.discord_api_url)
    sys.stdout.write(links(application))
    return 0


async def sync(_asked: argparse.Namespace) -> int:
    """Register the slash commands with Discord, changed or not."""
    settings = load(discord=True, provider=True, judge=partial(model_problems, data=DATA))
    async with AsyncExitStack() as stack:
        bot = await open_bot(stack, settings, clock=SystemClock(), stop=Shutdown())
        bot.client.force_register()
        await login(bot.client, settings, clock=bot.clock)
    sys.stdout.write("The commands are registered.\n")
    return 0


async def backup(asked: argparse.Namespace) -> int:
    """Write a consistent copy of the database, also while the bot runs."""
    from services.db import backup as copy_of

    await copy_of(load().database, asked.file)
    sys.stdout.write(f"{asked.file}: written\n")
    return 0


async def migrate_to(asked: argparse.Namespace) -> int:
    """Move the database from its file to PostgreSQL; not while a bot runs."""
    from services.cli.commands import migrate

    sys.stdout.write(await migrate(load(), asked.address))
    return 0


async def restore_(asked: argparse.Namespace) -> int:
    """Replace the database with a backup."""
    from services.cli.commands import restore

    sys.stdout.write(await restore(load(), asked.file, moved=asked.moved, clock=SystemClock()))
    return 0


async def export_(asked: argparse.Namespace) -> int:
    """Print or write a server's settings."""
    from services.cli.commands import export

    text = await export(load(), asked.guild_id, asked.file, data=DATA, clock=SystemClock())
    sys.stdout.write(text)
    return 0


async def import_file(asked: argparse.Namespace) -> int:
    """Set a server's settings from a file; return 1 if some could not be set."""
    from services.cli.commands import import_

    text, is_whole = await import_(
        load(), asked.file, asked.server, replace=asked.replace, data=DATA, clock=SystemClock()
    )
    sys.stdout.write(text)
    return 0 if is_whole else 1


async def stats(asked: argparse.Namespace) -> int:
    """Print the statistics of the whole bot; also draw them as a chart if a file is given."""
    from services.cli.terminal import Terminal

    settings, clock = load(), SystemClock()
    text = await report(settings, clock=clock, days=asked.days, out=asked.out, dark=asked.dark)
    Terminal(sys.stdout).write(text)
    return 0


async def try_(asked: argparse.Namespace) -> int:
    """Generate images once without Discord, at the provider or at a sandbox Kling started here."""
    from sandbox.processes import kling_only
    from services.cli.commands import try_once

    flags, clock = try_options_from(asked), SystemClock()
    if not flags.sandbox:
        return await try_once(flags, load(provider=True), data=DATA, clock=clock)
    async with kling_only() as environ:
        settings = load(environ, env_file=None)
        return await try_once(flags, settings, data=DATA, clock=clock)


async def check_(asked: argparse.Namespace) -> int:
    """Check settings and services and say how to fix each problem; spends nothing."""
    from services.cli.commands import check

    return await check(as_json=asked.json, data=DATA, clock=SystemClock())


async def demo(asked: argparse.Namespace) -> int:
    """Run the whole bot on this computer with the sandbox; needs no account."""
    from sandbox.demo import play
    from sandbox.reload import play_and_reload

    if asked.reload:
        return await play_and_reload(port=asked.port, data=DATA)
    return await play(
        once=asked.once, port=asked.port, image=asked.image, prompt=asked.prompt, data=DATA
    )


async def sandbox(asked: argparse.Namespace) -> int:
    """Run the sandbox Discord and Kling alone."""
    from sandbox.processes import run_world

    return await run_world(port=asked.port)


def _parser() -> argparse.ArgumentParser:
    words = "Repaint: a Discord bot that repaints members' images with Kling's image API."
    parser = argparse.ArgumentParser(prog="bot.py", description=words)
    parser.set_defaults(command=run)
    commands = parser.add_subparsers(title="commands", metavar="")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        """Add a command and return its parser, so that options can be added."""
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        return made

    add("run", run, "run the bot (also without a command)")
    shown = add(
        "demo", demo, "run the whole bot on this computer; needs no account, key or network"
    )
    shown.add_argument("--once", action="store_true", help="end after the example")
    shown.add_argument("--reload", action="store_true", help="restart the bot on every saved file")
    shown.add_argument("--port", type=int, default=0, help="port of the page (default: a free one)")
    shown.add_argument("--image", type=Path, help="image of the example")
    shown.add_argument("--prompt", help="prompt of the example")
    add_try_options(
        add("try", try_, "generate an image without Discord, for example to test a key")
    )
    checked = add("check", check_, "find problems and say how to fix them; spends nothing")
    checked.add_argument("--json", action="store_true", help="print one JSON object")
    add("init", init, "ask a few questions, check the answers, and write .env")
    add("invite", invite, "print the links that add the bot to a server or to a member's apps")
    add("sync", sync, "register the slash commands, even if they have not changed")
    _add_keeping(add)
    add_stats_options(add("stats", stats, "print statistics: images, members, waiting times, cost"))
    add_governing(add, data=DATA)
    world = add("sandbox", sandbox, "run only the sandbox Discord and Kling")
    world.add_argument("--port", type=int, default=0, help="port of the page (default: a free one)")
    return parser


def _add_keeping(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add the commands that back up, restore, move, export or import stored data."""
    copy = add("backup", backup, "copy the database, also while the bot runs")
    copy.add_argument("file", type=Path, help="the new file; must not exist yet")
    moving = add("migrate-to", migrate_to, "move the database to PostgreSQL; not while a bot runs")
    moving.add_argument("address", nargs="?", help="postgresql://… (default: DATABASE_URL)")
    put_back = add("restore", restore_, "replace the database with a backup; not while a bot runs")
    put_back.add_argument("file", type=Path, help="a file that `backup` wrote")
    put_back.add_argument(
        "--moved", action="store_true", help="the bot has not run since the backup"
    )
    out = add("export", export_, "print or write a server's settings as JSON")
    out.add_argument("guild_id", type=int, help="the server's id")
    where = "the new file; must not exist yet (default: the terminal)"
    out.add_argument("file", type=Path, nargs="?", help=where)
    into = add("import", import_file, "apply a server's settings from an exported file")
    into.add_argument("file", type=Path, help="a file that `export` wrote")
    into.add_argument("--server", type=int, help="id of the server, if it is not the file's own")
    into.add_argument(
        "--replace", action="store_true", help="also remove entries that are not in the file"
    )


if __name__ == "__main__":
    sys.exit(main())
