"""The bot as its own process in a sandbox, and members who try everything in one language."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from sandbox.discord.testclient.member import Member
from sandbox.processes import ROOT, Child, bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.system.schema.explorer import ExplorationLog, Explorer
from tests.system.schema.values import WHOLE, PickableObjects

ROUNDS = 6
"""Answers offer buttons whose answers offer buttons, and so on; this depth is enough."""

CALM_S = 1.2
TIMEOUT_S = 20.0
MODERATING = r"^repaint-(admin|operator)\b"
LAST = r"forget"
"""Commands after which there is nothing to click."""

LEAVING = r"\bleave$"
"""Commands that take the bot out of the server of all members."""

Scene = tuple[str, dict[str, Any]]

SCENES: tuple[Scene, ...] = (
    ("repaint", {"prompt": (WHOLE * 40)[:2500], "count": 9}),
    ("repaint", {"prompt": "a prohibited fox"}),
    ("repaint", {"prompt": "a forbidden fox"}),
    ("repaint", {"private": True}),
    ("repaint", {"spoiler": True, "count": 2}),
    ("repaint", {"where": "dm"}),
    ("repaint", {"where": "Friends"}),
    ("repaint", {"where": "Portraits"}),
    ("repaint", {"where": "read-only"}),
    ("repaint", {"context": "user_install"}),
    ("repaint", {"where": "read-only", "context": "user_install"}),
    ("expand", {"left": 25, "up": 50, "prompt": (WHOLE * 40)[:2500]}),
    ("expand", {"ratio": "21:9", "count": 9, "spoiler": True}),
    ("expand", {"right": 200, "down": 200}),
    ("blend", {"count": 2, "where": "dm"}),
    ("repaint-link", {"link": "http://10.0.0.1/cat.png"}),
    ("preferences set", {"style": "ink", "count": 2, "spoiler": True}),
    ("preferences clear", {}),
)

MODEL_GONE = 403
TROUBLES = (
    {"status": 400, "body": {"code": 1301, "message": "risk control"}},
    {"status": 400, "body": {"code": 1201, "message": "Image pixel is invalid"}},
    {"status": MODEL_GONE, "body": {"code": 1103, "message": "model not open"}},
    {"status": 401, "body": {"code": 1002, "message": "no such key"}},
)
"""The provider's answers to submissions; the last one pauses the bot."""


class NotPlayed(Exception):
    """There was nothing to try."""


@dataclass(slots=True)
class Played:
    """The result of one language."""

    diary: ExplorationLog
    commands: set[str] = field(default_factory=set)
    breaks: list[Any] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


async def play(locale: str, folder: Path) -> Played:
    """Try everything in one language, the server's and the members'; record into a folder."""
    diary = ExplorationLog()
    world_words = ("--min-seconds", "0", "--max-seconds", "0", "--painter", "copy")
    async with AsyncExitStack() as stack:
        words = ("--locale", locale, "--record", str(folder), *SLOW_ACKNOWLEDGEMENT, *world_words)
        sandbox = running("-m", "sandbox", *words)
        world = await (await stack.enter_async_context(sandbox)).first_line()
        mira = await stack.enter_async_context(Member(world["page"], viewer="Mira", locale=locale))
        ada = await stack.enter_async_context(Member(world["page"], viewer="Ada", locale=locale))
        bot = await stack.enter_async_context(_bot(world, folder, operator=mira.id))
        await _online(mira, bot)
        explorer = Explorer(mira, await _hands(mira, other=ada), diary)
        guest = Explorer(ada, await _hands(ada, other=mira), diary)
        await _everything(explorer, guest, world["kling"])
        commands = {path for path, _ in explorer.commands()}
        commands |= {one["name"] for one in mira.commands if one["type"] != 1}
        return Played(diary, commands, await _breaks(world["page"]), list(bot.lines))


@asynccontextmanager
async def _bot(world: dict[str, str], folder: Path, *, operator: str) -> AsyncIterator[Child]:
    settings = bot_settings(world, folder) | {
        "OPERATOR_IDS": operator,
        "MAX_COUNT": "9",
        "USER_DAILY_IMAGES": "900",
        "USER_RUNNING_JOBS": "9",
        "USER_QUEUED_JOBS": "50",
    }
    async with running(str(ROOT / "bot.py"), env=settings, cwd=folder) as bot:
        yield bot


async def _online(member: Member, bot: Child) -> None:
    try:
        await member.online()
    except TimeoutError:
        last = "\n".join(bot.lines[-20:])
        raise NotPlayed(f"The bot did not come online. Its last lines:\n{last}") from None


async def _everything(explorer: Explorer, guest: Explorer, kling: str) -> None:
    await explorer.use_all(without=f"{MODERATING}|{LAST}")
    for path, given in SCENES:
        await _scene(explorer, path, given)
    await _wrong_pictures(explorer)
    await _settled(explorer)
    await explorer.use_menus()
    await _press(explorer)
    # A member who clicks everything has also blocked themselves.
    await _scene(explorer, "repaint-admin unblock", {"member": explorer.member.id})
    await _troubles(explorer, kling)
    await explorer.use_all(only=MODERATING, without=LEAVING)
    await _press(explorer)
    # By now every member is at a limit, and the provider refuses the account.
    await guest.use_all(without=f"{MODERATING}|{LAST}")
    await _press(guest)
    await explorer.use_all(only=LAST)
    await _press(explorer)
    await explorer.use_all(only=LEAVING)
    await _settled(explorer)


async def _press(explorer: Explorer) -> None:
    explorer.begin_phase()
    for _ in range(ROUNDS):
        if not await explorer.click_all():
            return
        await _settled(explorer)


async def _scene(explorer: Explorer, path: str, given: dict[str, Any]) -> None:
    options = dict(explorer.commands()).get(path)
    if options is None:
        explorer.diary.refused[path] = "there is no such command"
        return
    await explorer.use(path, options, boldly=False, **given)


async def _wrong_pictures(explorer: Explorer) -> None:
    tiny, wide = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8)).save(tiny, "PNG")
    Image.new("RGB", (2000, 100)).save(wide, "PNG")
    for body in (b"no picture at all", tiny.getvalue(), wide.getvalue()):
        await _scene(explorer, "repaint", {"image": await explorer.member.upload(body)})


async def _troubles(explorer: Explorer, kling: str) -> None:
    """Make the provider refuse, each time in another way."""
    control = kling.removesuffix("/kling") + "/sandbox/faults"
    async with aiohttp.ClientSession() as session:
        for trouble in TROUBLES:
            order = {"action": "status", "method": "POST", "path": "images", **trouble}
            async with session.post(control, json=order) as answer:
                answer.raise_for_status()
            await _scene(explorer, "repaint", _model(explorer, trouble))
            await _settled(explorer)
            async with session.delete(control) as answer:
                answer.raise_for_status()


def _model(explorer: Explorer, trouble: dict[str, Any]) -> dict[str, Any]:
    """Return another model than the usual one if it will not be offered afterwards."""
    if trouble["status"] != MODEL_GONE:
        return {}
    options = dict(explorer.commands())["repaint"]
    choices = next(one["choices"] for one in options if one["name"] == "model")
    return {"model": choices[-1]["value"]}


async def _settled(explorer: Explorer) -> None:
    """Wait until nothing new has come for a while, or TIMEOUT_S have passed."""
    member, seen = explorer.member, -1
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT_S):
            while seen != len(member.history):
                seen = len(member.history)
                await asyncio.sleep(CALM_S)


async def _hands(member: Member, *, other: Member) -> PickableObjects:
    picture = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-2.0, -1.2, 1.0, 1.2), 60).convert("RGB").save(
        picture, "PNG"
    )
    return PickableObjects(
        upload=await member.upload(picture.getvalue()),
        user=other.id,
        role=member.hello["guild"]["roles"][-2]["id"],
        channel=member.channel("lounge"),
    )


async def _breaks(page: str) -> list[Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{page}sandbox/state") as answer:
        return (await answer.json())["rule_breaks"]
