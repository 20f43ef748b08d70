"""Gateway sessions: which session receives an event, and which events it missed."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable

from sandbox.clock import Clock
from sandbox.discord.core.json_types import Json, encode

RESUMABLE_S = 60.0
BLIP_S = 1.0
MISSED = 2000
IDENTIFY_EVERY_S = 5.0
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
DISPATCH = 0


class Line:
    """One gateway connection and its queue of texts; a number closes it with that code."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self.is_closing = False

    def send(self, op: int, payload: object) -> None:
        """Queue a frame that is not an event."""
        self.outbox.put_nowait(encode({"op": op, "d": payload, "s": None, "t": None}))

    def close(self, code: int) -> None:
        """Close with `code` once the queued frames are sent."""
        self.is_closing = True
        self.outbox.put_nowait(code)


class Session:
    """A gateway session: numbered events, the last ones stored for RESUME."""

    def __init__(self, *, intents: int, shard: tuple[int, int], line: Line, buffer: int) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.line: Line | None = line
        self.left_at = 0.0
        self.sequence = 0
        self.recent: deque[tuple[int, str]] = deque(maxlen=buffer)

    def event(self, kind: str, payload: str) -> None:
        """Store an event, its payload already encoded, under the next number; send it."""
        self.sequence += 1
        frame = f'{{"op":0,"s":{self.sequence},"t":"{kind}","d":{payload}}}'
        self.recent.append((self.sequence, frame))
        if self.line is not None:
            self.line.outbox.put_nowait(frame)

    def replay(self, line: Line, *, after: int) -> bool:
        """Continue over `line` with the events past `after`; False if they are no longer stored."""
        oldest = self.recent[0][0] if self.recent else self.sequence + 1
        if not oldest - 1 <= after <= self.sequence:
            return False
        self.line = line
        for number, frame in self.recent:
            if number > after:
                line.outbox.put_nowait(frame)
        return True

    def hears_guild(self, guild_id: str | None) -> bool:
        """Return whether the guild belongs to this shard; DMs belong to shard 0."""
        return belongs_to_shard(guild_id, self.shard)


def belongs_to_shard(guild_id: str | None, shard: tuple[int, int]) -> bool:
    """Return whether a guild belongs to a shard (number, count); None is a DM."""
    number, count = shard
    return ((int(guild_id) >> 22) % count if guild_id else 0) == number


class Hub:
    """All gateway sessions; `on_change` is called when the bot connects or disconnects."""

    def __init__(self, *, clock: Clock, guilds: int, at_once: int) -> None:
        self.clock = clock
        self.sessions: dict[str, Session] = {}
        self.lines: set[Line] = set()
        self.identified = 0
        self.resumed = 0
        self.refused = 0
        self.on_change: Callable[[], None] = lambda: None
        self.starts: list[Json] = []
        self._at_once = at_once
        self._buffer = MISSED + 2 * guilds

    @property
    def is_online(self) -> bool:
        """Return whether the bot has a connection now."""
        return any(session.line is not None for session in self.sessions.values())

    def is_reachable(self, guild_id: str | None) -> bool:
        """Return whether the guild's session is connected, or has been away for at most BLIP_S.

        discord.py 2.7.1 closes with 4000 even when it stops for good (its reader is first to
        close), so the close code does not distinguish a restart from a lost connection; the time
        does.
        """
        horizon = self.clock.now() - BLIP_S
        sessions = self.hearers(guild_id)
        return any(one.line is not None or one.left_at > horizon for one in sessions)

    def may_identify(self, number: int) -> bool:
        """Return whether 5 s have passed since a shard of the same bucket identified."""
        bucket, now = number % self._at_once, self.clock.now()
        mine = (one["at"] for one in self.starts if one["shard"][0] % self._at_once == bucket)
        return now - max(mine, default=float("-inf")) >= IDENTIFY_EVERY_S

    def open(self, line: Line, *, intents: int, shard: tuple[int, int]) -> Session:
        """Start a session on `line`."""
        session = Session(intents=intents, shard=shard, line=line, buffer=self._buffer)
        self.sessions[session.id] = session
        self.identified += 1
        self.starts.append({"at": self.clock.now(), "shard": list(shard)})
        return session

    def resume(self, session_id: str, *, line: Line, after: int) -> Session | None:
        """Resume a session after event `after`; return None if it cannot be resumed."""
        self._forget_stale()
        session = self.sessions.get(session_id)
        if session is None or not session.replay(line, after=after):
            return None
        self.resumed += 1
        return session

    def leave(self, session: Session, *, line: Line, for_good: bool) -> None:
        """Record that `line` is closed; the session stays resumable unless it ended `for_good`."""
        if session.line is not line:
            return
        session.line = None
        session.left_at = self.clock.now()
        if for_good:
            self.sessions.pop(session.id, None)
        self.on_change()

    def list_connections(self, number: int | None) -> list[Line]:
        """Return a shard's connections; without a number all, whether identified or not."""
        if number is None:
            return list(self.lines)
        sessions = self.sessions.values()
        return [one.line for one in sessions if one.line and one.shard[0] == number]

    def invalidate(self, number: int | None = None) -> None:
        """Delete a shard's sessions, or all; op 9 is the answer to their next RESUME."""
        for session in list(self.sessions.values()):
            if number is None or session.shard[0] == number:
                session.line = None
                del self.sessions[session.id]

    def hearers(self, guild_id: str | None) -> list[Session]:
        """Return the sessions that receive events of a guild, resumable ones included."""
        self._forget_stale()
        return [session for session in self.sessions.values() if session.hears_guild(guild_id)]

    def dispatch(self, kind: str, payload: Json, *, guild_id: str | None, intents: int = 0) -> None:
        """Send an event to the sessions with its guild and one of `intents` (0: all)."""
        sessions = [
            session
            for session in self.hearers(guild_id)
            if not intents or session.intents & intents
        ]
        if sessions:
            text = encode(payload)
            for session in sessions:
                session.event(kind, text)

    def _forget_stale(self) -> None:
        horizon = self.clock.now() - RESUMABLE_S
        for session in list(self.sessions.values()):
            if session.line is None and session.left_at < horizon:
                del self.sessions[session.id]
