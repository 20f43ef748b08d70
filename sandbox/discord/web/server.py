"""Server side of the page: its files, its socket, its uploads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from aiohttp import BodyPartReader, WSMsgType, web

from sandbox.discord.core.cdn import safe_name
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import DM, GROUP, THREAD, Channel, User
from sandbox.discord.core.options import APPLICATION_ID
from sandbox.discord.core.payloads import role_payload
from sandbox.discord.state.messages import shown, store_file
from sandbox.discord.state.server_state import PLACE, Place
from sandbox.discord.state.viewers import Seat
from sandbox.discord.web import commands, components, messages
from sandbox.discord.web.option_values import Unfit

FILES = Path(__file__).parent.parent / "page"
LOCALES = ("en-US", "zh-CN")
SHOWN = 50
CLOSING_S = 0.5
ICON = "/icon.svg"
KINDS = {DM: "dm", GROUP: "group", THREAD: "thread"}
Action = Callable[[Place, Seat, Json], None]
ACTIONS: Mapping[str, Action] = {
    "command": commands.use_command,
    "autocomplete": commands.autocomplete,
    "component": components.use_component,
    "modal_submit": components.submit_modal,
    "say": messages.say,
    "delete_message": messages.delete_message,
    "dismiss": messages.dismiss,
}


def static_routes() -> list[web.AbstractRouteDef]:
    """Return the routes of the page's files; any other path stays a 404."""
    folders = [child for child in FILES.iterdir() if child.is_dir()]
    files = [child for child in FILES.iterdir() if child.is_file()]
    return [
        _file_route("/", FILES / "index.html"),
        *[_file_route(f"/{file.name}", file) for file in files],
        *[web.static(f"/{folder.name}", folder) for folder in folders],
    ]


def _file_route(path: str, file: Path) -> web.RouteDef:
    async def serve(_: web.Request) -> web.FileResponse:
        """Send the file."""
        return web.FileResponse(file)

    return web.get(path, serve)


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Serve GET /page/socket?viewer=&locale=: the page's socket, for one viewer and language."""
    place = request.app[PLACE]
    viewer = _viewer(place, request.query.get("viewer", ""))
    seat = Seat(viewer, request.query.get("locale", LOCALES[0]))
    page = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=CLOSING_S)
    await page.prepare(request)
    seat.send(hello(place, seat))
    place.audience.seats.add(seat)
    sending = asyncio.create_task(_send(page, seat))
    try:
        async for frame in page:
            if frame.type is WSMsgType.TEXT:
                act(place, seat, frame.data)
    finally:
        place.audience.seats.discard(seat)
        sending.cancel()
    return page


def act(place: Place, seat: Seat, text: str) -> None:
    """Do what the page requests, or send it the reason why not."""
    frame: Json = json.loads(text)
    try:
        ACTIONS.get(str(frame.get("type")), _unknown)(place, seat, frame)
    except Unfit as reason:
        seat.send({"type": "refused", "nonce": frame.get("nonce"), "reason": str(reason)})


async def upload(request: web.Request) -> web.Response:
    """Serve POST /page/uploads: store a file for a command; 413 above the file limit.

    `?stated_size=` is the size that interactions report instead of the real one.
    """
    place = request.app[PLACE]
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader):
        raise web.HTTPBadRequest(text="a file is expected")
    limit = place.options.file_limit
    body = bytes(await part.read())
    if len(body) > limit:
        megabytes = limit // (1024 * 1024)
        return web.json_response({"error": f"At most {megabytes} MiB a file"}, status=413)
    name = safe_name(part.filename or "unknown")
    attachment = store_file(place, filename=name, body=body, channel_id=APPLICATION_ID)
    attachment.ephemeral = True
    stated = request.query.get("stated_size", "")
    attachment.stated_size = int(stated) if stated.isdecimal() else None
    return web.json_response(place.cdn.payload(attachment))


def hello(place: Place, seat: Seat) -> Json:
    """Return the first frame: everything that this viewer can see."""
    studio = place.world.studio
    ids = [*studio.channels, place.world.dms[seat.viewer.id].id, place.world.group.id]
    channels = [place.world.channels[channel_id] for channel_id in ids]
    seen = [one for one in channels if place.audience.sees(seat.viewer, channel=one, owner_id=None)]
    return {
        "type": "hello",
        "viewer": page_user(place, seat.viewer),
        "viewers": [page_user(place, person) for person in place.world.people],
        "locale": seat.locale,
        "locales": LOCALES,
        "guild": {
            "id": studio.id,
            "name": studio.name,
            "preferred_locale": studio.preferred_locale,
            "roles": [role_payload(role) for role in studio.roles.values()],
        },
        "channels": [_channel(channel) for channel in seen],
        "bot": bot_state(place),
        "commands": place.registry.visible(studio.id),
        "messages": {channel.id: _history(place, seat, channel) for channel in seen},
    }


def page_user(place: Place, user: User) -> Json:
    """Return a user in the page's format; the bot has the page's own icon."""
    is_ours = user is place.world.bot
    return {
        "id": user.id,
        "username": user.username,
        "global_name": user.global_name,
        "avatar_url": ICON if is_ours else place.cdn.avatar_url(user),
        "color": user.color,
        "moderator": place.world.is_moderator(user),
        "bot": user.bot,
    }


def bot_state(place: Place) -> Json:
    """Return whether the bot is online, and its user."""
    return {"online": place.hub.is_online, "user": page_user(place, place.world.bot)}


def announce_bot(place: Place) -> None:
    """Send every page the bot's new state after it connected or disconnected."""
    place.audience.send_all({"type": "bot", **bot_state(place)})


def _unknown(_: Place, __: Seat, frame: Json) -> None:
    raise Unfit(f"the sandbox knows no action {frame.get('type')!r}")


async def _send(page: web.WebSocketResponse, seat: Seat) -> None:
    with suppress(ConnectionError):  # the page closed the connection first
        while (text := await seat.outbox.get()) is not None:
            await page.send_str(text)
        await page.close()


def _viewer(place: Place, viewer_id: str) -> User:
    viewer = place.world.users.get(viewer_id)
    return viewer if viewer in place.world.people else place.world.people[0]


def _channel(channel: Channel) -> Json:
    kind = KINDS.get(channel.kind, "text")
    return {"id": channel.id, "name": channel.name, "topic": channel.topic, "kind": kind}


def _history(place: Place, seat: Seat, channel: Channel) -> list[Json]:
    newest = reversed(channel.messages.values())
    visible = (one for one in newest if one.owner_id in (None, seat.viewer.id))
    return [shown(place, message) for message in islice(visible, SHOWN)][::-1]
