"""Losses at Discord while an image is generated: connection, message, channel, permission, texts.

Each happens to one job after its first response; those named "late" happen after its token has
expired as well.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.discord import control
from sandbox.discord.state import messages
from sandbox.faults import Rule
from sandbox.kling.task_lifecycle import Fate
from sandbox.kling.tasks import Task
from tests.system.fault_matrix.cells import Cell, judge
from tests.system.fault_matrix.harness import MatrixHarness, open_matrix_harness

LATE_S = 20 * 60.0
"""The token is valid for fifteen minutes."""

OUTAGE_S = 10 * 60.0
"""Longer than Discord remembers a nonce."""

Loss = Callable[[MatrixHarness, str], Awaitable[None]]


def closed(code: int) -> Loss:
    async def close(world: MatrixHarness, _: str) -> None:
        for line in list(world.discord.place.hub.lines):
            line.close(code)

    return close


async def reconnect(world: MatrixHarness, _: str) -> None:
    for line in world.discord.place.hub.lines:
        line.send(control.RECONNECT, None)


def invalid(*, resumable: bool) -> Loss:
    async def invalidate(world: MatrixHarness, _: str) -> None:
        hub = world.discord.place.hub
        if not resumable:
            hub.invalidate()
        for line in hub.lines:
            line.send(control.INVALID_SESSION, resumable)

    return invalidate


async def refused(world: MatrixHarness, word: str) -> None:
    world.discord.place.hub.refused = 5
    await closed(4000)(world, word)


async def message_deleted(world: MatrixHarness, word: str) -> None:
    [shown] = world.messages(word)
    place = world.discord.place
    message = place.world.message(shown["channel_id"], message_id=shown["id"])
    messages.discard(place, message)


async def channel_deleted(world: MatrixHarness, _: str) -> None:
    place = world.discord.place
    control._delete_channel(place, place.world.channel(world.ada.channel()))


def forbidden(name: str) -> Loss:
    async def forbid(world: MatrixHarness, _: str) -> None:
        place = world.discord.place
        channel = place.world.channel(world.ada.channel())
        control._permit(place, channel, name=name, whose=place.world.bot.id, restore=False)

    return forbid


def refuses(status: int, code: int, *, path: str = "/webhooks/", times: int | None = 1) -> Loss:
    async def refuse(world: MatrixHarness, _: str) -> None:
        rule = Rule(action="status", status=status, body={"code": code, "message": "no"})
        rule.path, rule.times = path, times
        world.discord.place.plan.add(rule)

    return refuse


def called_back(*, times: int, delay_s: float = 0.0) -> Loss:
    """Send that many callbacks of the provider at once, each claiming that all is done."""

    async def call(world: MatrixHarness, word: str) -> None:
        job = await world.job(word)
        assert job is not None
        [task] = [one for one in world.kling.book.tasks.values() if one.id == job.task_id]
        world.helpers.append(asyncio.create_task(_call(task, times=times, delay_s=delay_s)))

    return call


async def _call(task: Task, *, times: int, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    told = {"task_id": task.id, "task_status": "succeed", "task_result": {"images": []}}
    async with aiohttp.ClientSession() as web:
        calls = [web.post(task.order.callback_url, json=told) for _ in range(times)]
        answers = await asyncio.gather(*calls)
    assert {answer.status for answer in answers} <= {200, 204, 404}


async def nonce_forgotten(world: MatrixHarness, word: str) -> None:
    """The message is deleted, the new one is posted, its answer lost, and then Discord is down."""
    await message_deleted(world, word)
    plan, path = world.discord.place.plan, r"/channels/.*/messages"
    plan.add(Rule(action="drop_after", method="POST", path=path))
    down = plan.add(Rule(action="status", status=503, path=path, after=2, times=None))

    async def come_back() -> None:
        while not down.met:  # noqa: ASYNC110 - a rule has no event; no time passes
            await asyncio.sleep(1.0)
        await asyncio.sleep(OUTAGE_S)
        plan.clear()

    world.helpers.append(asyncio.create_task(come_back()))


async def nothing(_: MatrixHarness, __: str) -> None:
    pass


LOSSES: Mapping[str, tuple[Loss, bool]] = {
    "gateway closed, 1001": (closed(1001), False),
    "gateway closed, 4000": (closed(4000), False),
    "gateway closed, 4009 (session timed out)": (closed(4009), False),
    "op 7, reconnect": (reconnect, False),
    "op 9, resumable": (invalid(resumable=True), False),
    "op 9, not resumable": (invalid(resumable=False), False),
    "gateway closed, then refused five times": (refused, False),
    "message deleted": (message_deleted, False),
    "channel deleted": (channel_deleted, False),
    "SEND_MESSAGES taken away": (forbidden("SEND_MESSAGES"), False),
    "VIEW_CHANNEL taken away": (forbidden("VIEW_CHANNEL"), False),
    "token run out": (nothing, True),
    "late: message deleted": (message_deleted, True),
    "late: channel deleted": (channel_deleted, True),
    "late: SEND_MESSAGES taken away": (forbidden("SEND_MESSAGES"), True),
    "late: VIEW_CHANNEL taken away": (forbidden("VIEW_CHANNEL"), True),
    "late: ATTACH_FILES taken away": (forbidden("ATTACH_FILES"), True),
    "late: the post's answer lost, ten minutes down, nonce forgotten": (nonce_forgotten, True),
    "the server's filter blocks the words": (refuses(400, 200000), False),
    "the request is too large": (refuses(413, 40005), False),
    "12 pictures come where one was asked for": (nothing, False),
    "the message's form is refused once (50035)": (refuses(400, 50035), False),
    "the message's form is refused for good (50035)": (
        refuses(400, 50035, path="/webhooks/|/messages", times=None),
        False,
    ),
    "callback before its time": (called_back(times=1), False),
    "callback five times at once": (called_back(times=5), False),
    "callback an hour late": (called_back(times=1, delay_s=3600.0), False),
    "webhook forgotten (10015)": (refuses(404, 10015), False),
}


async def run_through_loss(name: str, **fleet: Any) -> Cell:
    """Run a job of its own world through a loss; another job has to end well after it."""
    lose, late = LOSSES[name]
    with tempfile.TemporaryDirectory() as folder:
        called = name.startswith("callback")
        async with open_matrix_harness(Path(folder), called_back=called, **fleet) as made:
            images = 12 if name.startswith("12") else None
            made.kling.api.life.ordain(Fate(seconds=LATE_S if late else 30.0, images=images))
            word = await made.ask()
            await asyncio.sleep(5.0)
            await lose(made, word)
            cell = judge(made, await made.settled(word), word)
            await asyncio.gather(*made.helpers)
            if "channel" not in name and "taken away" not in name:
                await _goes_on(made, cell)
    return cell


async def _goes_on(made: MatrixHarness, cell: Cell) -> None:
    """Send one more request after the bot has had time to recover."""
    made.discord.place.plan.clear()
    await asyncio.sleep(400.0)
    word = await made.ask()
    again = judge(made, await made.settled(word), word)
    cell.broken.extend(f"afterwards: {each}" for each in again.broken)
    if again.end != "delivered":
        cell.broken.append(f"afterwards: {again.end}")
