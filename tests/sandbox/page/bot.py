"""A bot that tests control, over REST and gateway only."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, FormData
from PIL import Image

Json = dict[str, Any]
Answer = Callable[["Bot", Json], Awaitable[None]]

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL, COMPONENTS_V2 = 1 << 6, 1 << 15
COLOURS = ("#e4572e", "#17bebb", "#ffc914", "#2e282a", "#76b041")


class Bot:
    """`answers` maps command names and custom ids to actions; `heard` records the events."""

    def __init__(self, session: ClientSession, *, url: str, token: str) -> None:
        self.session, self.api, self.token = session, f"{url}/api/v10", token
        self.gateway = f"{url.replace('http', 'ws', 1)}/gateway/"
        self.application_id = ""
        self.answers: dict[str, Answer] = {}
        self.heard: asyncio.Queue[Json] = asyncio.Queue()
        self._socket: ClientWebSocketResponse | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, commands: Sequence[Json]) -> None:
        """Register `commands` and come online; returns after READY."""
        application = await self.rest("GET", "/oauth2/applications/@me")
        self.application_id = application["id"]
        await self.register(commands)
        self._socket = await self.session.ws_connect(f"{self.gateway}?v=10&encoding=json")
        ready = asyncio.Event()
        self._keep(self._listen(self._socket, ready=ready))
        identify = {"token": self.token, "intents": 1, "properties": {}}
        await self._socket.send_json({"op": 2, "d": identify})
        async with asyncio.timeout(5):
            await ready.wait()

    async def register(self, commands: Sequence[Json]) -> None:
        """Put `commands` in place of all global ones."""
        path = f"/applications/{self.application_id}/commands"
        await self.rest("PUT", path, body=list(commands))

    async def stop(self) -> None:
        """Go offline."""
        if self._socket is not None:
            await self._socket.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def rest(
        self, method: str, path: str, *, body: object = None, pictures: Sequence[bytes] = ()
    ) -> Any:
        """Call the API; images are sent as files[n] named 0.png, 1.png, ..."""
        sent: dict[str, Any] = {"json": body} if body is not None else {}
        if pictures:
            form = FormData({"payload_json": json.dumps(body)})
            for number, picture in enumerate(pictures):
                form.add_field(f"files[{number}]", picture, filename=f"{number}.png")
            sent = {"data": form}
        headers = {"Authorization": f"Bot {self.token}"}
        async with self.session.request(method, self.api + path, headers=headers, **sent) as answer:
            text = await answer.text()
            assert answer.ok, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text else None

    async def post(self, channel_id: str, body: Json, *, pictures: Sequence[bytes] = ()) -> Json:
        """Send a message into a channel."""
        return await self.rest(
            "POST", f"/channels/{channel_id}/messages", body=body, pictures=pictures
        )

    async def respond(self, interaction: Json, kind: int, content: Json | None = None) -> None:
        """Give the first response to an interaction."""
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        body = {"type": kind} | ({"data": content} if content is not None else {})
        await self.rest("POST", f"{path}?with_response=1", body=body)

    async def edit(self, interaction: Json, body: Json, *, pictures: Sequence[bytes] = ()) -> Json:
        """Edit the interaction's own message."""
        path = f"/webhooks/{self.application_id}/{interaction['token']}/messages/@original"
        return await self.rest("PATCH", path, body=body, pictures=pictures)

    async def next(self, kind: int) -> Json:
        """Return the next interaction of a kind; those before it are dropped."""
        async with asyncio.timeout(10):
            while (interaction := await self.heard.get())["type"] != kind:
                pass
        return interaction

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, socket: ClientWebSocketResponse, *, ready: asyncio.Event) -> None:
        async for frame in socket:
            event = json.loads(frame.data)
            if event["t"] == "READY":
                ready.set()
            elif event["t"] == "INTERACTION_CREATE":
                self._take(event["d"])

    def _take(self, interaction: Json) -> None:
        self.heard.put_nowait(interaction)
        called = interaction["data"].get("name") or interaction["data"].get("custom_id")
        if interaction["type"] == AUTOCOMPLETE:
            called = f"{called} {focused(interaction)['name']}"
        if answer := self.answers.get(called):
            self._keep(answer(self, interaction))


def focused(interaction: Json) -> Json:
    """Return the option an autocomplete is about."""
    return next(option for option in values(interaction) if option.get("focused"))


def values(interaction: Json) -> list[Json]:
    """Return a command's options, those of its sub-command if it has one."""
    options: list[Json] = interaction["data"].get("options", [])
    while options and "options" in options[0]:
        options = options[0]["options"]
    return options


def submitted(interaction: Json) -> dict[str, Any]:
    """Return the values of a modal, by custom id."""
    tops = interaction["data"]["components"]
    fields = [top.get("component") or next(iter(top.get("components", [])), None) for top in tops]
    return {one["custom_id"]: one.get("values", one.get("value")) for one in fields if one}


def picture(number: int = 0, *, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a small PNG."""
    target = io.BytesIO()
    Image.new("RGB", size, COLOURS[number % len(COLOURS)]).save(target, "PNG")
    return target.getvalue()


def text(content: str) -> Json:
    """Return a TextDisplay."""
    return {"type": 10, "content": content}


def button(custom_id: str, label: str, **more: object) -> Json:
    """Return an action row with one button."""
    return {
        "type": 1,
        "components": [{"type": 2, "style": 1, "custom_id": custom_id, "label": label, **more}],
    }


def gallery(count: int, *, spoiler: bool = False) -> Json:
    """Return a MediaGallery of the first `count` uploaded images."""
    return {
        "type": 12,
        "items": [
            {
                "media": {"url": f"attachment://{number}.png"},
                "description": f"Picture number {number}",
                "spoiler": spoiler,
            }
            for number in range(count)
        ],
    }


def v2(*components: Json, flags: int = 0, pictures: int = 0) -> Json:
    """Return the body of a Components V2 message."""
    files = [{"id": number, "filename": f"{number}.png"} for number in range(pictures)]
    return {
        "flags": COMPONENTS_V2 | flags,
        "components": list(components),
        **({"attachments": files} if files else {}),
    }
