"""Two servers in the sandbox Discord, three members, and the bot as a process that can restart.

Mira moderates the first server, Lin the second; Ada has a role in the first. Messages are
recognised by their sentences, in any language.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.demo import list_image_urls
from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.member import Answer, Member
from sandbox.processes import bot_settings, running
from tests.support.sentences import has_sentence
from tests.system.kill.members import small_picture
from tests.test_process import BOT, TIMEOUT_S

QUICK = ("--min-seconds", "0.1", "--max-seconds", "0.1", "--painter", "copy")
PROMPT = "🦆 42"
"""Text that belongs to no language."""

EPHEMERAL = 64
PATIENCE = 12 * TIMEOUT_S


@dataclass
class ModerationHarness:
    """The two servers, `here` and `there`, and their members."""

    env: dict[str, str]
    folder: Path
    web: aiohttp.ClientSession
    ada: Member
    lin: Member
    mira: Member
    locale: str
    servers_locale: str
    here: str
    there: str
    """Ids of the servers."""
    talk_there: str
    """The channel of the second server."""
    log: str
    log_there: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(70001))

    @property
    def people(self) -> tuple[Member, ...]:
        return self.ada, self.lin, self.mira

    @property
    def painter(self) -> str:
        """Return the id of Ada's role."""
        roles = self.mira.hello["guild"]["roles"]
        return next(str(one["id"]) for one in roles if one["name"] == "Painter")

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[None]:
        """Run the bot; at the end it must stop on SIGTERM without an error."""
        async with running(BOT, env=self.env, cwd=self.folder) as bot:
            for one in self.people:
                await one.online()
            yield
            bot.process.terminate()
            assert await bot.ended() == 0
            assert "Traceback" not in "\n".join(bot.lines)
        for one in self.people:
            await one.until(lambda one=one: not one.bot_online)

    async def terminal(self, *words: str) -> str:
        """Run a command of the bot's at the terminal; return its output."""
        async with running(BOT, *words, env=self.env, cwd=self.folder) as child:
            assert child.process.stdout is not None
            said = (await child.process.stdout.read()).decode()
            assert await child.ended() == 0, said
            await child.stop()
        return said

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.env["DATABASE_PATH"])) as db:
            return db.execute(query, values).fetchall()

    def pass_time(self, seconds: float) -> None:
        """Make reports that many seconds older, while no bot runs."""
        with closing(sqlite3.connect(self.env["DATABASE_PATH"])) as db, db:
            db.execute("UPDATE report SET at = at - ?", [seconds])

    def says(self, said: str, key: str, *, publicly: bool = False) -> bool:
        """Return whether a text has a sentence in its readers' language."""
        return has_sentence(said, key, self.servers_locale if publicly else self.locale)

    async def order(self, path: str, order: Json) -> Json:
        async with self.web.post(f"/sandbox/{path}", json=order) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def messages(self, channel: str) -> list[Json]:
        """Return the public messages of a channel, as they are now."""
        async with self.web.get("/sandbox/state") as answer:
            found = (await answer.json())["messages"]
        return [one for one in found if one["channel_id"] == channel and not one["ephemeral_to"]]

    async def now(self, message: Json) -> Json:
        """Return a message as it is now."""
        [found] = [
            one for one in await self.messages(message["channel_id"]) if one["id"] == message["id"]
        ]
        return found

    async def until(self, message: Json, key: str) -> Json:
        """Wait until a public message has a sentence."""
        while not self.says(text_of(found := await self.now(message)), key, publicly=True):  # noqa: ASYNC110 -- nothing in this process tells
            await asyncio.sleep(0.05)
        return found

    async def until_noted(self, guild_id: str, action: str) -> None:
        """Wait until the audit log of a server has an action."""
        query = "SELECT 1 FROM audit WHERE guild_id = ? AND action = ?"
        while not self.rows(query, int(guild_id), action):  # noqa: ASYNC110 -- nothing in this process tells
            await asyncio.sleep(0.05)

    async def expect_answer(self, who: Member, key: str, doing: Awaitable[Answer]) -> Json:
        """Run an action; return the private message with this sentence that the bot answers."""
        seen = len(who.history)
        await doing
        found = await who.next_message(
            lambda one: self.says(text_of(one), key), after=seen, timeout=TIMEOUT_S
        )
        assert found["flags"] & EPHEMERAL, "only the member sees it"
        return found

    async def expect_refusal(self, who: Member, key: str, doing: Awaitable[Answer]) -> None:
        """Run a forbidden action: the answer is private, opens no form and starts no job."""
        jobs = self.rows("SELECT count(*) FROM job")

        async def checked() -> Answer:
            """Check that no form opens."""
            answer = await doing
            assert answer.modal is None, "a form was opened"
            return answer

        await self.expect_answer(who, key, checked())
        assert self.rows("SELECT count(*) FROM job") == jobs

    async def generate(self, who: Member, channel: str = "repaint", **options: object) -> Json:
        """Generate an image for a member; return its message.

        A mark in the prompt tells it from results of earlier requests that are still to come.
        """
        seen, image = len(who.history), await who.upload(small_picture())
        mark = f"🦆{next(self.numbers)}🦆"
        asked = options | {"prompt": f"{options.get('prompt', PROMPT)} {mark}"}
        await who.command("repaint", channel=channel, image=image, **asked)
        return await who.next_message(
            lambda one: (
                bool(list_image_urls(one)) and "rp:again" in str(one) and mark in text_of(one)
            ),
            after=seen,
            timeout=TIMEOUT_S,
        )

    async def reported(self, who: Member, message: Json, log: str, *, why: str = "42") -> Json:
        """Report a message; return the report in a log channel."""
        before = {one["id"] for one in await self.messages(log)}
        form = await who.press(message, id_of(message, "report"))
        await self.expect_answer(who, "report_told_moderators", who.submit(form, reason=why))
        new = [one for one in await self.messages(log) if one["id"] not in before]
        [report] = [one for one in new if "rp:report_delete:" in str(one)]
        return report


@asynccontextmanager
async def open_moderation_harness(
    folder: Path, *, reader: str, servers: str, operator: bool = False
) -> AsyncGenerator[ModerationHarness]:
    """Open the two servers; members read one language, and the servers prefer another."""
    async with AsyncExitStack() as stack:
        options = (*QUICK, "--guilds", "4", "--locale", servers)
        process = await stack.enter_async_context(running("-m", "sandbox", *options))
        world = await process.first_line()
        page, patience = world["page"], TIMEOUT_S
        ada, lin, mira = [
            await stack.enter_async_context(
                Member(page, viewer=name, locale=reader, patience=patience)
            )
            for name in ("Ada", "Lin", "Mira")
        ]
        session = aiohttp.ClientSession(world["page"].rstrip("/"))
        web = await stack.enter_async_context(session)
        await stack.enter_async_context(asyncio.timeout(PATIENCE))
        env = bot_settings(world, folder) | {"USER_DAILY_IMAGES": "0", "USER_QUEUED_JOBS": "50"}
        env |= {"OPERATOR_IDS": mira.id if operator else ""}
        async with web.get("/sandbox/state") as answer:
            channels: dict[str, Json] = (await answer.json())["channels"]
        talk = min(key for key, one in channels.items() if one["name"] == "general")
        here, there = ada.hello["guild"]["id"], channels[talk]["guild_id"]
        found = ModerationHarness(
            env,
            folder,
            web,
            ada,
            lin,
            mira,
            reader,
            servers,
            here,
            there,
            talk,
            log="",
            log_there="",
        )
        rights = ["MANAGE_GUILD", "MANAGE_MESSAGES"]
        await found.order("role", {"guild": there, "user": lin.id, "permissions": rights})
        found.log = (await found.order("channel", {"name": "log"}))["id"]
        found.log_there = (await found.order("channel", {"name": "log", "guild": there}))["id"]
        yield found


async def ask(who: Member, channel: str = "repaint") -> Answer:
    """Request an image as a member."""
    image = await who.upload(small_picture())
    return await who.command("repaint", channel=channel, image=image, prompt=PROMPT)


def text_of(message: Json) -> str:
    """Return all words of a message."""
    words = [str(part["content"]) for part in parts_of(message) if "content" in part]
    return "\n".join([str(message.get("content", "")), *words])


def id_of(message: Json, verb: str, prefix: str = "rp") -> str:
    """Return the custom id of a button, by its verb."""
    found = [one for one in ids_of(message) if one.startswith(f"{prefix}:{verb}:")]
    assert found, f"no {verb} among {ids_of(message)}"
    return found[0]


def ids_of(message: Json) -> list[str]:
    return [str(part["custom_id"]) for part in parts_of(message) if "custom_id" in part]


def spoilers_of(message: Json) -> list[bool]:
    """Return for each image in the galleries whether it is hidden."""
    items = [item for part in parts_of(message) for item in part.get("items", ())]
    return [bool(item.get("spoiler")) for item in items]


def parts_of(holder: Json) -> list[Json]:
    """Return every component, at any depth."""
    return list(_parts(holder))


def _parts(holder: Json) -> Iterator[Json]:
    inner = [*holder.get("components", ())]
    inner += [holder[key] for key in ("component", "accessory") if key in holder]
    for part in inner:
        yield part
        yield from _parts(part)


def filled(form: Answer, **changes: object) -> dict[str, object]:
    """Return a form's values as it was opened, with these changes."""
    assert form.modal is not None, "no form"
    values: dict[str, object] = {}
    for part in parts_of(form.modal):
        name = part.get("custom_id")
        if name and "options" in part:
            chosen = [one["value"] for one in part["options"] if one.get("default")]
            values[str(name)] = chosen or [part["options"][0]["value"]]
        elif name and part["type"] == 4:
            values[str(name)] = part.get("value") or PROMPT
    return values | changes


def form_text(form: Answer) -> str:
    """Return the words of a form that was opened."""
    assert form.modal is not None, "no form"
    return text_of(form.modal) + str(form.modal)
