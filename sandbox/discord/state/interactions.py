"""Interactions: their tokens, their deadlines, and how each ended.

Discord: the bot must acknowledge within 3 s, or the token becomes invalid (10062). After that the
token is valid for 15 minutes (50027).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.discord.core.api_errors import Refusal
from sandbox.discord.core.json_types import Json
from sandbox.discord.core.model import Channel, Message, User
from sandbox.discord.core.snowflake import Snowflakes
from sandbox.discord.state.viewers import Seat

TOKEN_S = 15 * 60.0
FOLLOWUPS_APART = 5
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction; with an `installer_id` only that user has installed the app there.

    `source` is the message whose component was used. `opener` is the interaction whose modal was
    submitted. `response` is @original once there is one.
    """

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    seat: Seat
    nonce: object
    created_at: float
    data: Json
    name: str | None = None
    installer_id: str | None = None
    source: Message | None = None
    opener: Interaction | None = None
    state: str = "pending"
    reason: str | None = None
    acknowledged_at: float | None = None
    callback_type: int | None = None
    response: Message | None = None
    modal: Json | None = None
    is_deferred: bool = False
    followups: int = 0
    edits: list[float] = field(default_factory=list[float])

    @property
    def is_apart(self) -> bool:
        """Return whether the app is installed there only for the user, and not for the guild."""
        return self.installer_id is not None

    @property
    def owners(self) -> Json:
        """Return `authorizing_integration_owners`: "0" the guild, "1" the user."""
        if self.installer_id is not None:
            return {"1": self.installer_id}
        return {"0": self.channel.guild_id or "0"}


class Interactions:
    """All interactions by id and by token."""

    def __init__(self, *, clock: Clock, snowflakes: Snowflakes, acknowledge_s: float) -> None:
        self.clock = clock
        self.acknowledge_s = acknowledge_s
        self.by_id: dict[str, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self._snowflakes = snowflakes

    def open(
        self, kind: int, *, seat: Seat, channel: Channel, nonce: object, data: Json
    ) -> Interaction:
        """Open an interaction of the viewer at `seat`."""
        interaction_id = self._snowflakes.mint()
        interaction = Interaction(
            id=interaction_id,
            token=f"sandbox-{secrets.token_urlsafe(60)}",
            kind=kind,
            user=seat.viewer,
            channel=channel,
            seat=seat,
            nonce=nonce,
            created_at=self.clock.now(),
            data=data,
        )
        self.by_id[interaction.id] = interaction
        self.by_token[interaction.token] = interaction
        return interaction

    def awaiting(self, interaction_id: str, *, token: str) -> Interaction:
        """Return the interaction that a callback answers; raises Refusal 10062 or 40060."""
        interaction = self.by_id.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise Refusal(10062)
        if interaction.acknowledged_at is not None:
            raise Refusal(40060)
        if interaction.state == "failed" or self.is_late(interaction):
            raise Refusal(10062)
        return interaction

    def speaking(self, token: str) -> Interaction:
        """Return the interaction of a webhook token; raises Refusal 10015 or 50027."""
        interaction = self.by_token.get(token)
        if interaction is None or interaction.acknowledged_at is None:
            raise Refusal(10015)
        if self.clock.now() >= interaction.created_at + TOKEN_S:
            raise Refusal(50027)
        return interaction

    def is_late(self, interaction: Interaction) -> bool:
        """Return whether the deadline to acknowledge has passed."""
        return self.clock.now() >= self.get_deadline(interaction)

    def get_deadline(self, interaction: Interaction) -> float:
        """Return the instant at which an interaction fails unless the bot acknowledges it."""
        return interaction.created_at + self.acknowledge_s

    def acknowledge(self, interaction: Interaction, *, callback_type: int) -> None:
        """Record the first response."""
        interaction.acknowledged_at = self.clock.now()
        interaction.callback_type = callback_type
        interaction.state = "acknowledged"
        # Thousands of interactions may follow; the member's input is no longer needed.
        interaction.data = {}
