"""Creates, changes and deletes messages, and sends the events to the pages and the bot."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.discord.core import permissions
from sandbox.discord.core.cdn import claims
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import DM, GROUP, LOADING, Attachment, Channel, Message, User
from sandbox.discord.core.payloads import message_payload, user_payload
from sandbox.discord.state import sessions
from sandbox.discord.state.interactions import Interaction
from sandbox.discord.state.server_state import Place
from sandbox.discord.validation.mentions import pinged
from sandbox.discord.validation.messages import Draft, bind_media

ALL_MENTIONS: Json = {"parse": ["users", "roles", "everyone"]}
USER_MENTIONS: Json = {"parse": ["users"]}
REPLY, COMMAND_RESPONSE, MENU_RESPONSE = 19, 20, 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Origin of a message: its author and, for a response, the interaction."""

    author: User
    interaction: Interaction | None = None
    owner_id: str | None = None
    reference: Json | None = None
    kind: int = 0


def shown(place: Place, message: Message) -> Json:
    """Return a message as REST returns it, with newly signed URLs."""
    channel = place.world.channel(message.channel_id)
    return message_payload(message, cdn=place.cdn, channel=channel)


def publish(place: Place, channel: Channel, *, draft: Draft, origin: Origin) -> Message:
    """Create a message in `channel`."""
    message = Message(
        id=place.world.snowflakes.mint(),
        channel_id=channel.id,
        author=origin.author,
        created_at=place.clock.now(),
        kind=origin.kind,
        owner_id=origin.owner_id,
        reference=origin.reference,
        nonce=draft.nonce,
    )
    if origin.interaction is not None:
        message.interaction_id = origin.interaction.id
        message.apart = origin.interaction.is_apart
        message.metadata = metadata(origin.interaction, message=message)
    _apply(place, message, draft=draft)
    _mention(place, message, draft=draft, channel=channel)
    channel.messages[message.id] = message
    place.ledger.pinged(message.id, pings=message.pings)
    _announce(place, message, event="message_create")
    return message


def revise(place: Place, message: Message, *, draft: Draft) -> None:
    """Change a message to the draft's content; only filling in a deferred message pings."""
    was_loading = message.flags & LOADING
    _apply(place, message, draft=draft)
    message.flags &= ~LOADING
    if not was_loading:
        message.edited_at = place.clock.now()
    channel = place.world.channel(message.channel_id)
    _mention(place, message, draft=draft, channel=channel)
    if was_loading:
        place.ledger.pinged(message.id, pings=message.pings)
    _announce(place, message, event="message_update")


def discard(place: Place, message: Message) -> None:
    """Delete a message and its files."""
    channel = place.world.channel(message.channel_id)
    channel.messages.pop(message.id, None)
    _drop_files(place, message.attachments)
    gone = {"id": message.id, "channel_id": channel.id}
    frame = {"type": "message_delete", **gone}
    place.audience.send(frame, channel=channel, owner_id=message.owner_id)
    if message.owner_id is None:
        event = gone | {"guild_id": channel.guild_id} if channel.guild_id else gone
        _dispatch(place, "MESSAGE_DELETE", event, channel=channel)


def metadata(interaction: Interaction, *, message: Message) -> Json:
    """Return the `interaction_metadata` of a response or follow-up."""
    described: Json = {
        "id": interaction.id,
        "type": interaction.kind,
        "user": user_payload(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.name is not None:
        described["name"] = interaction.name
    if interaction.source is not None:
        described["interacted_message_id"] = interaction.source.id
    if interaction.opener is not None:
        opener = metadata(interaction.opener, message=message)
        described["triggering_interaction_metadata"] = opener
    if interaction.response is not None:
        described["original_response_message_id"] = interaction.response.id
    return described


def _apply(place: Place, message: Message, *, draft: Draft) -> None:
    before = message.attachments
    uploads = [
        _attach(place, draft=draft, number=n, channel_id=message.channel_id)
        for n in range(len(draft.fresh))
    ]
    attachments = [*draft.kept, *uploads]
    for attachment in draft.kept:
        attachment.description = draft.alts.get(attachment.id, attachment.description)
        attachment.spoiler = draft.spoilers.get(attachment.id, attachment.spoiler)
    message.content = draft.content
    message.flags = draft.flags
    message.embeds, message.components = draft.embeds, draft.components
    message.referenced = bind_media(draft, attachments=attachments)
    if draft.is_v2:
        attachments = [item for item in attachments if item.id in message.referenced]
    message.attachments = attachments
    number_components(message.components)
    stays = {item.id for item in attachments}
    _drop_files(place, [item for item in before if item.id not in stays])


def _attach(place: Place, *, draft: Draft, number: int, channel_id: str) -> Attachment:
    upload = draft.fresh[number]
    attachment = store_file(
        place, filename=upload.filename, body=upload.body, channel_id=channel_id
    )
    attachment.description, attachment.stated_size = upload.description, upload.stated_size
    attachment.spoiler = upload.spoiler or upload.filename.startswith("SPOILER_")
    return attachment


def store_file(place: Place, *, filename: str, body: bytes, channel_id: str) -> Attachment:
    """Store a file on the CDN, with type and size as Discord states them."""
    kind, width, height = claims(filename, body)
    attachment = Attachment(
        id=place.world.snowflakes.mint(),
        channel_id=channel_id,
        filename=filename,
        body=body,
        created_at=place.clock.now(),
        content_type=kind,
        width=width,
        height=height,
    )
    place.world.attachments[attachment.id] = attachment
    return attachment


def _drop_files(place: Place, attachments: list[Attachment]) -> None:
    for attachment in attachments:
        place.world.attachments.pop(attachment.id, None)


def number_components(components: list[Json], *, first: int = 1) -> int:
    """Give components without an id the next number, depth first, as Discord does."""
    for component in components:
        component.setdefault("id", first)
        first = number_components(component.get("components", []), first=first + 1)
        for key in ("accessory", "component"):
            if key in component:
                first = number_components([component[key]], first=first)
    return first


def spoken_text(message: Message) -> str:
    """Return the text that may mention users: content, and every text display."""
    return "\n".join([message.content, *_displays(message.components)])


def _displays(components: list[Json]) -> list[str]:
    texts: list[str] = []
    for component in components:
        if "content" in component:
            texts.append(component["content"])
        texts += _displays(component.get("components", []))
    return texts


def _mention(place: Place, message: Message, *, draft: Draft, channel: Channel) -> None:
    default = ALL_MENTIONS if message.interaction_id is None else USER_MENTIONS
    allowed = default if draft.allowed_mentions is None else draft.allowed_mentions
    message.pings = pinged(
        spoken_text(message),
        allowed=allowed,
        users=place.world.users,
        guild=place.world.find_guild(channel),
        may_everyone=place.world.may(
            message.author, channel=channel, bits=permissions.MENTION_EVERYONE
        ),
    )
    is_reply = message.reference is not None and message.interaction_id is None
    if is_reply and allowed.get("replied_user", True):
        _mention_replied(channel, message)


def _mention_replied(channel: Channel, message: Message) -> None:
    answered = channel.messages.get(str((message.reference or {}).get("message_id")))
    if answered is not None and answered.author not in message.pings.users:
        message.pings.users.append(answered.author)


def _announce(place: Place, message: Message, *, event: str) -> None:
    channel = place.world.channel(message.channel_id)
    hearing = any(
        session.intents & _intents(channel) for session in place.hub.hearers(channel.guild_id)
    )
    if not hearing and not place.audience.seats:
        return
    payload = shown(place, message)
    place.audience.send(
        {"type": event, "message": payload}, channel=channel, owner_id=message.owner_id
    )
    if hearing and message.owner_id is None:
        _dispatch(place, event.upper(), _as_heard(place, message, payload), channel=channel)


def _as_heard(place: Place, message: Message, payload: Json) -> Json:
    """Return the event's message; without the privileged intent, content of others is empty."""
    bot = place.world.bot
    if message.author is bot or bot in message.pings.users:
        return payload
    if "guild_id" not in payload:
        return payload
    return payload | {"content": "", "attachments": [], "embeds": [], "components": []}


def _intents(channel: Channel) -> int:
    """Return the intent that a bot needs for the event; group chats have no bot, so 0."""
    return {DM: sessions.DIRECT_MESSAGES, GROUP: 0}.get(channel.kind, sessions.GUILD_MESSAGES)


def _dispatch(place: Place, kind: str, payload: Json, *, channel: Channel) -> None:
    place.hub.dispatch(kind, payload, guild_id=channel.guild_id, intents=_intents(channel))
