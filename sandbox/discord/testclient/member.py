"""A member of the sandbox Discord, played over the page's socket by the demo and tests.

async with Member(page_url, viewer="Ada", locale="en-US") as member:
    picture = await member.upload(path)
    answer = await member.command("repaint", image=picture, prompt="as an oil painting")
    message = await member.next_message(lambda one: shows_picture(one), timeout=30)
"""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.discord.core.json_types import Json
from sandbox.discord.testclient.socket import PATIENCE_S, PageLink, Refused
from sandbox.processes import START_S

__all__ = ["Answer", "Member", "Refused", "Unanswered"]
CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3


class Unanswered(Exception):
    """The bot did not answer an interaction; `str` is the text shown to the member."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The bot's acknowledgement: the interaction's id, and the modal if it opened one."""

    interaction_id: str
    modal: Json | None = None


class Member(PageLink):
    """One member at one page.

    Every action raises Refused if Discord's client would not allow it, Unanswered if the bot did
    not acknowledge in time, and TimeoutError if the sandbox itself does not respond.
    """

    @property
    def id(self) -> str:
        """Return the member's user id."""
        return self.hello["viewer"]["id"]

    def channel(self, name: str = "repaint") -> str:
        """Return the id of the channel of that name; "dm" is the DM with the bot.

        A channel of another guild must be given by its id.
        """
        for channel in self.hello["channels"]:
            if name == ("dm" if channel["kind"] == "dm" else channel["name"]):
                return channel["id"]
        return name

    async def upload(
        self,
        picture: Path | str | bytes,
        *,
        filename: str = "picture.png",
        stated_size: int | None = None,
    ) -> str:
        """Upload a file (a path, or its bytes) and return its id; raises Refused if too large.

        If given, `stated_size` is the size that Discord reports instead of the real one.
        """
        if isinstance(picture, bytes):
            body = picture
        else:
            path = Path(picture)
            body, filename = await asyncio.to_thread(path.read_bytes), path.name
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", io.BytesIO(body), filename=filename)
        url = f"{self.url}/page/uploads"
        params = {"viewer": self.id}
        if stated_size is not None:
            params["stated_size"] = str(stated_size)
        async with self.session.post(url, params=params, data=form) as response:
            answer: Json = await response.json()
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["id"]

    async def command(
        self,
        name: str,
        /,
        *,
        channel: str = "repaint",
        context: str | None = None,
        **options: object,
    ) -> Answer:
        """Use a slash command; "repaint-admin limits" names a sub-command.

        Options that are None are left out. Underscores stand for the dashes of an option's name; an
        additional one at the end avoids a clash with Python's keywords or this method's parameters.
        With `context` "user_install" only this member has installed the bot there.
        """
        words = name.split()
        command = await self._known(words[0], kind=CHAT)
        selected = _nested(command, words=words[1:], given=options)
        frame: Json = {"type": "command", "command_id": command["id"], "options": selected}
        return await self._act(frame, channel=channel, context=context)

    async def message_menu(self, name: str, *, message: Json) -> Answer:
        """Use a command of a message's context menu."""
        command = await self._known(name, kind=MESSAGE_MENU)
        frame = {"type": "command", "command_id": command["id"], "target_id": message["id"]}
        return await self._act(frame, channel=message["channel_id"])

    async def user_menu(self, name: str, *, user_id: str, channel: str = "repaint") -> Answer:
        """Use a command of a user's context menu."""
        command = await self._known(name, kind=USER_MENU)
        frame = {"type": "command", "command_id": command["id"], "target_id": user_id}
        return await self._act(frame, channel=channel)

    async def press(
        self, message: Json, custom_id: str, *, values: list[str] | None = None
    ) -> Answer:
        """Click a button, or pick `values` from a select."""
        frame: Json = {"type": "component", "message_id": message["id"], "custom_id": custom_id}
        if values is not None:
            frame["values"] = values
        return await self._act(frame, channel=message["channel_id"])

    async def submit(self, answer: Answer, **fields: object) -> Answer:
        """Fill in the modal of `answer` by custom id (a list goes into `values`) and submit it."""
        leaves = [
            {"custom_id": key, "values" if isinstance(value, list) else "value": value}
            for key, value in fields.items()
        ]
        frame: Json = {"type": "modal_submit", "id": answer.interaction_id, "components": leaves}
        return await self._act(frame, channel="")

    async def autocomplete(
        self, name: str, *, option: str, text: str, where: str = "repaint", **others: object
    ) -> list[Json]:
        """Type `text` into an option and return the bot's choices; `where` is a channel's name."""
        words = name.split()
        command = await self._known(words[0], kind=CHAT)
        selected = _nested(command, words=words[1:], given={**others, option: text}, focus=option)
        frame: Json = {"type": "autocomplete", "command_id": command["id"], "options": selected}
        frame["channel_id"] = self.channel(where)
        event = await self.ask(frame, until=lambda one: one["type"] == "choices")
        return event["choices"]

    async def say(
        self, text: str, *, channel: str = "repaint", uploads: list[str] | None = None
    ) -> Json:
        """Post a message and return it."""
        channel_id, seen = self.channel(channel), len(self.history)
        frame: Json = {"type": "say", "channel_id": channel_id, "text": text}
        await self.send(frame | {"uploads": uploads or []})
        mine = (self.id, channel_id)
        return await self.next_message(
            lambda one: (one["author"]["id"], one["channel_id"]) == mine, after=seen
        )

    async def delete(self, message: Json) -> None:
        """Delete a message and wait until it is gone."""
        await self._remove("delete_message", message)

    async def dismiss(self, message: Json) -> None:
        """Dismiss an ephemeral message."""
        await self._remove("dismiss", message)

    async def next_message(
        self,
        fits: Callable[[Json], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout: float = PATIENCE_S,  # noqa: ASYNC109 - reads better at the many calls
    ) -> Json:
        """Return the first message, new or edited, for which `fits` is true.

        Messages since the page was opened count; `after` skips that many of `history`. Raises
        TimeoutError.
        """

        def found() -> Json | None:
            """Return the first message that fits, or None."""
            return next(
                (one for one in itertools.islice(self.history, after, None) if fits(one)), None
            )

        async with asyncio.timeout(timeout):
            return await self.until(found) or {}

    async def online(self) -> None:
        """Wait until the bot is online and has registered commands.

        Raises TimeoutError after `patience` or START_S seconds, whichever is longer.
        """
        async with asyncio.timeout(max(self.patience, START_S)):
            await self.until(lambda: self.bot_online and self.commands)

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind a URL of a message."""
        async with self.session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    async def _remove(self, kind: str, message: Json) -> None:
        reference = {"channel_id": message["channel_id"], "message_id": message["id"]}
        await self.send({"type": kind, **reference})
        async with asyncio.timeout(self.patience):
            await self.until(lambda: message["id"] not in self.messages)

    async def _known(self, name: str, *, kind: int) -> Json:
        def found() -> Json | None:
            """Return the command as the bot registered it, or None."""
            fitting = (one for one in self.commands if one["type"] == kind)
            return next((one for one in fitting if one["name"] == name), None)

        async with asyncio.timeout(self.patience):
            return await self.until(found) or {}

    async def _act(self, frame: Json, *, channel: str, context: str | None = None) -> Answer:
        frame["channel_id"] = self.channel(channel)
        if context is not None:
            frame["context"] = context
        modal: Json | None = None

        def is_last(event: Json) -> bool:
            """Store a modal, which may come first; return whether the interaction has ended."""
            nonlocal modal
            modal = event if event["type"] == "modal" else modal
            return event.get("state") in ("acknowledged", "failed")

        event = await self.ask(frame, until=is_last)
        if event["state"] == "failed":
            raise Unanswered(event["reason"])
        return Answer(event["id"], modal)


def _nested(
    command: Json, *, words: list[str], given: dict[str, object], focus: str | None = None
) -> list[Json]:
    """Return `given` as options, inside the sub-commands that `words` name."""
    defined: list[Json] = command.get("options") or []
    if words:
        branch = next((one for one in defined if one["name"] == words[0]), None)
        if branch is None:
            raise Refused(f"there is no sub-command {words[0]!r}")
        inner = _nested(branch, words=words[1:], given=given, focus=focus)
        return [{"name": branch["name"], "type": branch["type"], "options": inner}]
    known = {option["name"] for option in defined}
    selected: list[Json] = []
    for key, value in given.items():
        name = key if key in known else key.rstrip("_").replace("_", "-")
        option: Json = {"name": name if name in known else key, "value": value}
        if key == focus:
            option["focused"] = True
        if value is not None:
            selected.append(option)
    return selected
