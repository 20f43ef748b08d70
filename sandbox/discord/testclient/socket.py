"""A connection to the page's socket, like that of the page itself: frames in, frames out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

import aiohttp

from sandbox.discord.core.json_types import Json, encode

PATIENCE_S = 60.0
Met = TypeVar("Met")


class Refused(Exception):
    """The sandbox's page did not allow the action; `str` is the reason."""


class PageLink:
    """One viewer at one page; `messages` holds the messages the viewer sees now, by id.

    `history` holds every message frame, new or edited, since the page was opened. `patience` is the
    maximum time of any response in seconds before TimeoutError.
    """

    def __init__(
        self,
        page_url: str,
        *,
        viewer: str | None = None,
        locale: str = "en-US",
        patience: float = PATIENCE_S,
    ) -> None:
        self.url = page_url.rstrip("/")
        self.patience = patience
        self.hello: Json = {}
        self.messages: dict[str, Json] = {}
        self.history: list[Json] = []
        self.commands: list[Json] = []
        self.bot_online = False
        self._wanted, self._locale = viewer, locale
        self._nonces = map(str, itertools.count(1))
        self._frames: dict[str, asyncio.Queue[Json]] = {}
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        """Open the page and read its first frame."""
        async with AsyncExitStack() as stack:
            self.session = await stack.enter_async_context(aiohttp.ClientSession())
            self._socket = await self._open(await self._viewer_id())
            stack.pop_all()  # success: __aexit__ closes both
        self._listening = asyncio.create_task(self._listen(), name="page link")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the page."""
        await self._socket.close()
        await self._listening
        await self.session.close()

    async def send(self, frame: Json) -> None:
        """Send a frame."""
        await self._socket.send_str(encode(frame))

    async def ask(self, frame: Json, *, until: Callable[[Json], bool]) -> Json:
        """Send a frame and return the first response for which `until` is true.

        Raises Refused or TimeoutError.
        """
        nonce = next(self._nonces)
        frames = self._frames[nonce] = asyncio.Queue()
        try:
            async with asyncio.timeout(self.patience):
                await self.send(frame | {"nonce": nonce})
                while (event := await frames.get())["type"] != "refused":
                    if until(event):
                        return event
        finally:
            del self._frames[nonce]
        raise Refused(event["reason"])

    async def until(self, met: Callable[[], Met]) -> Met:
        """Wait for frames until `met` returns a true value, and return that value."""
        async with self._changed:
            while not (value := met()):
                await self._changed.wait()
            return value

    async def _open(self, viewer_id: str) -> aiohttp.ClientWebSocketResponse:
        query = {"viewer": viewer_id, "locale": self._locale}
        url = f"{self.url}/page/socket"
        socket = await self.session.ws_connect(url, params=query, max_msg_size=0)
        self._take(await socket.receive_json())
        return socket

    async def _viewer_id(self) -> str:
        """Return the id of the viewer wanted by name; an unknown name counts as an id."""
        socket = await self.session.ws_connect(f"{self.url}/page/socket", max_msg_size=0)
        viewers = (await socket.receive_json())["viewers"]
        await socket.close()
        ids = {viewer["global_name"]: viewer["id"] for viewer in viewers}
        wanted = self._wanted or viewers[0]["global_name"]
        return ids.get(wanted, wanted)

    async def _listen(self) -> None:
        async for frame in self._socket:
            async with self._changed:
                self._take(frame.json())
                self._changed.notify_all()

    def _take(self, frame: Json) -> None:
        if frame.get("nonce") in self._frames:
            self._frames[frame["nonce"]].put_nowait(frame)
        match frame["type"]:
            case "hello":
                self._begin(frame)
            case "message_create" | "message_update":
                self.messages[frame["message"]["id"]] = frame["message"]
                self.history.append(frame["message"])
            case "message_delete":
                self.messages.pop(frame["id"], None)
            case "commands":
                self.commands = frame["commands"]
            case "bot":
                self.bot_online = frame["online"]
            case _:
                pass

    def _begin(self, hello: Json) -> None:
        self.hello, self.commands = hello, hello["commands"]
        self.bot_online = hello["bot"]["online"]
        for messages in hello["messages"].values():
            self.messages |= {message["id"]: message for message in messages}
