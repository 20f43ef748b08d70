"""The bot as a process: a report, the moderators' actions, before and after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.discord.testclient.member import Member
from sandbox.processes import bot_settings, running
from tests.support.timeouts import SLOW_ACKNOWLEDGEMENT
from tests.system.kill.members import small_picture
from tests.test_process import BOT, TIMEOUT_S

pytestmark = pytest.mark.proof

QUICK = ("--min-seconds", "0.1", "--max-seconds", "0.1", "--painter", "copy")
Json = dict[str, Any]


async def test_a_report_is_acted_on_before_and_after_a_restart(tmp_path: Path) -> None:
    async with (
        running("-m", "sandbox", *SLOW_ACKNOWLEDGEMENT, *QUICK) as process,
        asyncio.timeout(4 * TIMEOUT_S),
    ):
        world = await process.first_line()
        env = bot_settings(world, tmp_path)
        async with (
            aiohttp.ClientSession(world["page"].rstrip("/")) as web,
            Member(world["page"], viewer="Ada") as ada,
            Member(world["page"], viewer="Lin") as lin,
            Member(world["page"], viewer="Mira") as mira,
        ):
            log = await made(web)
            async with running(BOT, env=env, cwd=tmp_path):
                await mira.online()
                result = await reported(ada, lin, mira, log)
                reports = await reports_in(web, log)
                assert len(reports) == 1, "two forms were sent at once"
                await mira.press(reports[0], id_of(reports[0], "report_hide"))
                await mira.next_message(lambda one: "hid the pictures" in str(one))
                assert [one["spoiler"] for one in items_of(await found(web, result))] == [True]
                await forget(ada)
            async with running(BOT, env=env, cwd=tmp_path):
                await mira.online()
                refused = await lin.press(reports[0], id_of(reports[0], "report_delete"))
                assert refused.modal is None
                form = await mira.press(reports[0], id_of(reports[0], "report_delete"))
                await mira.submit(form)
                told = await mira.next_message(lambda one: "deleted the pictures" in str(one))
                assert "hid the pictures" in str(told)
                assert "were removed" in str(await found(web, result))
                assert items_of(await found(web, result)) == []


async def made(web: aiohttp.ClientSession) -> str:
    async with web.post("/sandbox/channel", json={"name": "mod-log"}) as response:
        return str((await response.json())["id"])


async def reported(ada: Member, lin: Member, mira: Member, log: str) -> Json:
    """Report an image of Ada's as Lin, by two forms at once; return the report's message."""
    await mira.command("repaint-admin log-channel", channel_=log)
    upload = await ada.upload(small_picture())
    await ada.command("repaint", image=upload, prompt="a duck")
    result = await lin.next_message(lambda one: "rp:report:" in str(one))
    forms = [await lin.press(result, id_of(result, "report")) for _ in range(2)]
    await asyncio.gather(*(lin.submit(one, reason="look") for one in forms))
    await mira.next_message(lambda one: "rp:report_delete:" in str(one))
    return result


async def forget(ada: Member) -> None:
    await ada.command("forget-me")
    shown = await ada.next_message(lambda one: "rp-forget" in str(one))
    await ada.press(shown, next(one for one in ids_in(shown) if one.startswith("rp-forget")))
    await ada.next_message(lambda one: one["id"] == shown["id"] and "rp-forget" not in str(one))


async def messages(web: aiohttp.ClientSession) -> list[Json]:
    async with web.get("/sandbox/state") as response:
        found: list[Json] = (await response.json())["messages"]
        return found


async def found(web: aiohttp.ClientSession, message: Json) -> Json:
    """Return a message as it is now."""
    [now] = [one for one in await messages(web) if one["id"] == message["id"]]
    return now


async def reports_in(web: aiohttp.ClientSession, log: str) -> list[Json]:
    in_log = [one for one in await messages(web) if one["channel_id"] == log]
    return [one for one in in_log if "reported" in str(one).lower()]


def items_of(message: Json) -> list[Json]:
    return [item for part in parts_of(message) for item in part.get("items", ())]


def id_of(message: Json, verb: str) -> str:
    return next(one for one in ids_in(message) if one.startswith(f"rp:{verb}:"))


def ids_in(message: Json) -> list[str]:
    return [str(part["custom_id"]) for part in parts_of(message) if "custom_id" in part]


def parts_of(holder: Json) -> list[Json]:
    inner: list[Json] = list(holder.get("components", ()))
    return [*inner, *(deep for part in inner for deep in parts_of(part))]
