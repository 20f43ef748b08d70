"""A member's own actions on messages: post, delete, dismiss an ephemeral one."""

from __future__ import annotations

from sandbox.discord.core import permissions
from sandbox.discord.core.cdn import safe_name
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import THREAD, Message
from sandbox.discord.state import messages
from sandbox.discord.state.messages import Origin
from sandbox.discord.state.server_state import Place
from sandbox.discord.state.viewers import Seat
from sandbox.discord.validation.messages import ATTACHMENTS, CONTENT, Draft, UploadedFile
from sandbox.discord.web.commands import seen_channel
from sandbox.discord.web.option_values import Unfit


def say(place: Place, seat: Seat, frame: Json) -> None:
    """Post the viewer's own message."""
    channel = seen_channel(place, seat, frame.get("channel_id"))
    is_thread = channel.kind == THREAD
    bit = permissions.SEND_IN_THREADS if is_thread else permissions.SEND_MESSAGES
    if not place.world.may(seat.viewer, channel=channel, bits=bit):
        raise Unfit("you may not write here")
    text = str(frame.get("text") or "").strip()
    uploads: list[str] = frame.get("uploads") or []
    if len(text) > CONTENT or len(uploads) > ATTACHMENTS:
        raise Unfit(f"at most {CONTENT} characters and {ATTACHMENTS} files")
    files = [_file(place, upload_id) for upload_id in uploads]
    if not text and not files:
        raise Unfit("there is nothing to send")
    origin = Origin(author=seat.viewer)
    messages.publish(place, channel, draft=Draft(content=text, fresh=files), origin=origin)


def delete_message(place: Place, seat: Seat, frame: Json) -> None:
    """Delete the viewer's own message, or any if they may manage messages."""
    message = _message(place, seat, frame)
    channel = place.world.channel(message.channel_id)
    own = message.author is seat.viewer
    moderates = place.world.may(seat.viewer, channel=channel, bits=permissions.MANAGE_MESSAGES)
    if message.owner_id is not None or not (own or moderates):
        raise Unfit("you may not delete this message")
    messages.discard(place, message)


def dismiss(place: Place, seat: Seat, frame: Json) -> None:
    """Dismiss an ephemeral message; it is deleted for the bot too."""
    message = _message(place, seat, frame)
    if message.owner_id != seat.viewer.id:
        raise Unfit("only a private message can be dismissed")
    messages.discard(place, message)


def _message(place: Place, seat: Seat, frame: Json) -> Message:
    channel = seen_channel(place, seat, frame.get("channel_id"))
    message = channel.messages.get(str(frame.get("message_id")))
    if message is None:
        raise Unfit("the message is gone")
    return message


def _file(place: Place, upload_id: str) -> UploadedFile:
    upload = place.world.attachments.get(str(upload_id))
    if upload is None or not upload.ephemeral:
        raise Unfit("the upload is gone")
    return UploadedFile(
        safe_name(upload.filename), upload.body, None, stated_size=upload.stated_size
    )
