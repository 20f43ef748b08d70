"""Users and guilds that the operators block or allow, and users who opted out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import urlsplit

from services.common.ids import is_job_id
from services.db.connection import Backend, DbConnection, fetch_all
from services.db.rows import record_from_row
from services.db.sqlite_thread import reading, writing
from services.errors import GuildBlocked, GuildNotAllowed, OptedOut, UserBlocked
from services.models import BotAccess, BotBlock, Origins, Source

OF_THE_BOT = {
    "block_user": """
        INSERT INTO blocked_user (user_id, reason, set_by, at)
        VALUES (:target, :reason, :by, :at)
        ON CONFLICT (user_id) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by,
        at = excluded.at RETURNING user_id""",
    "unblock_user": "DELETE FROM blocked_user WHERE user_id = :target RETURNING user_id",
    "block_guild": """
        INSERT INTO blocked_guild (guild_id, reason, set_by, at)
        VALUES (:target, :reason, :by, :at)
        ON CONFLICT (guild_id) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by,
        at = excluded.at RETURNING guild_id""",
    "unblock_guild": "DELETE FROM blocked_guild WHERE guild_id = :target RETURNING guild_id",
    "allow_guild": """
        INSERT INTO allowed_guild (guild_id, set_by, at) VALUES (:target, :by, :at)
        ON CONFLICT (guild_id) DO UPDATE SET set_by = excluded.set_by RETURNING guild_id""",
    "disallow_guild": "DELETE FROM allowed_guild WHERE guild_id = :target RETURNING guild_id",
    "allow_every_guild": "DELETE FROM allowed_guild RETURNING guild_id",
}
"""SQL of the operators' decisions about users and guilds, by the action in the audit entry."""

_SHUT_OUT = """
SELECT (SELECT reason FROM blocked_user WHERE user_id = :user),
    (SELECT reason FROM blocked_guild WHERE guild_id = :guild),
    EXISTS (SELECT 1 FROM allowed_guild)
    AND NOT EXISTS (SELECT 1 FROM allowed_guild WHERE guild_id = :guild)
"""

NOT_KNOWN = Origins()
"""No origins of the images are known."""

NOBODY = 0
"""Stored as the owner of an image in place of a user who opted out and whose data was deleted
since."""

_OUR_FILE = re.compile(r"(?:SPOILER_)?(?P<job>[0-9a-z]{22})_\w+\.\w+")
_AVATAR = re.compile(r".*/(?:avatars/(\d{1,19})|users/(\d{1,19})/avatars)/[^/]+")


class Registry:
    """Reads the operators' blocks and the allowed guilds; reads and writes opt-outs."""

    def __init__(self, thread: Backend) -> None:
        self._thread = thread

    @reading
    def access(self, db: DbConnection) -> BotAccess:
        """Return the operators' blocks and the allowed guilds."""
        query = "SELECT guild_id FROM allowed_guild ORDER BY guild_id"
        return BotAccess(
            users=_blocks(db, "blocked_user", "user_id"),
            guilds=_blocks(db, "blocked_guild", "guild_id"),
            allowed=tuple(guild_id for (guild_id,) in db.execute(query)),
        )

    @reading
    def check(
        self,
        db: DbConnection,
        *,
        user_id: int,
        guild_id: int | None,
        origins: Origins = NOT_KNOWN,
        sources: Collection[Source] = (),
    ) -> None:
        """Raise an error if a user, a guild or an image is excluded, before a form is shown.

        Raises UserBlocked, GuildBlocked, GuildNotAllowed or OptedOut.
        """
        check_access(db, user_id, guild_id)
        check_owners(db, read_owners(db, user_id, origins, sources))

    @reading
    def has_opted_out(self, db: DbConnection, user_id: int) -> bool:
        """Return whether a user forbids others to repaint the user's images."""
        return _has_opted_out(db, user_id)

    @writing
    def opt_out(self, db: DbConnection, user_id: int, *, now: float) -> None:
        """Forbid others to repaint a user's images."""
        db.execute(
            "INSERT INTO opt_out (user_id, at) VALUES (?, ?) ON CONFLICT (user_id) DO NOTHING",
            [user_id, now],
        )

    @writing
    def opt_in(self, db: DbConnection, user_id: int) -> None:
        """Allow others again to repaint a user's images."""
        db.execute("DELETE FROM opt_out WHERE user_id = ?", [user_id])


def check_access(db: DbConnection, user_id: int, guild_id: int | None) -> None:
    """Raise an error if the operators exclude this user or guild.

    Raises UserBlocked, GuildBlocked or GuildNotAllowed.
    """
    # A single query: other requests wait for the admission lock meanwhile.
    user, guild, elsewhere = db.execute(_SHUT_OUT, {"user": user_id, "guild": guild_id}).fetchone()
    if user is not None:
        raise UserBlocked(reason=user)
    if guild is not None:
        raise GuildBlocked(reason=guild)
    if guild_id is not None and elsewhere:
        raise GuildNotAllowed


def read_user_block(db: DbConnection, user_id: int) -> BotBlock | None:
    """Return the operators' block of a user, or None."""
    rows = fetch_all(db, "SELECT * FROM blocked_user WHERE user_id = ?", [user_id])
    return next((record_from_row(BotBlock, row, target=user_id) for row in rows), None)


def read_owners(
    db: DbConnection, user_id: int, origins: Origins, sources: Iterable[Source]
) -> set[int]:
    """Return the known owners of the images that a request starts from, without `user_id`.

    A job's results belong to its user and to all owners of the images that it started from.
    """
    owners, job_ids = set(origins.owner_ids), set(origins.job_ids)
    for source in sources:
        owners |= set(_users_in(source))
        job_ids |= set(_jobs_in(source))
    for job_id in job_ids:
        query = (
            "SELECT job.user_id FROM job WHERE job.id = :job AND job.forgotten = 0"
            " UNION SELECT source_owner.user_id FROM source_owner WHERE source_owner.job_id = :job"
        )
        owners |= {owner for (owner,) in db.execute(query, {"job": job_id})}
    return owners - {user_id}


def check_owners(db: DbConnection, owners: Collection[int]) -> None:
    """Raise OptedOut if one of these owners forbids others to repaint their images."""
    if any(owner == NOBODY or _has_opted_out(db, owner) for owner in owners):
        raise OptedOut


def note_owners(db: DbConnection, job_id: str, owners: Collection[int]) -> None:
    """Store the owners of the images that a job started from: they may opt out later."""
    for owner in owners:
        query = "INSERT INTO source_owner (job_id, user_id) VALUES (?, ?)"
        db.execute(query, [job_id, owner])


def keep_excluded(db: DbConnection, user_id: int) -> None:
    """Keep others from repainting the images of a user who opted out and whose data is deleted.

    Stores NOBODY as an owner of the images in the user's place. Does nothing if the user has not
    opted out.
    """
    if not _has_opted_out(db, user_id):
        return
    db.execute(
        "INSERT INTO source_owner (job_id, user_id)"
        " SELECT source_owner.job_id, 0 FROM source_owner WHERE source_owner.user_id = :user"
        " UNION SELECT job.id, 0 FROM job WHERE job.user_id = :user AND job.forgotten = 0"
        " ON CONFLICT (job_id, user_id) DO NOTHING",
        {"user": user_id},
    )


def _has_opted_out(db: DbConnection, user_id: int) -> bool:
    return bool(db.execute("SELECT 1 FROM opt_out WHERE user_id = ?", [user_id]).fetchone())


def _jobs_in(source: Source) -> Iterator[str]:
    """Yield the ids of our jobs to which a source image belongs, as far as they can be seen.

    The names of our files contain the job's id, wherever the image was posted.
    """
    if source.job_id:
        yield source.job_id
    for name in (source.name, urlsplit(source.url).path.rpartition("/")[2]):
        match = _OUR_FILE.fullmatch(name)
        if match is not None and is_job_id(match["job"]):
            yield match["job"]


def _users_in(source: Source) -> Iterator[int]:
    """Yield the user whose avatar is at the source's address, if any (Discord, CDN endpoints)."""
    match = _AVATAR.fullmatch(urlsplit(source.url).path)
    if match is not None:
        yield int(match[1] or match[2])


def _blocks(db: DbConnection, table: str, column: str) -> tuple[BotBlock, ...]:
    rows = fetch_all(db, f"SELECT * FROM {table} ORDER BY at DESC, {column}")
    return tuple(record_from_row(BotBlock, row, target=row[column]) for row in rows)
