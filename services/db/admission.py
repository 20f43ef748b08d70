"""Admission of a request: checks limits, reserves units and inserts the job in one transaction."""

from __future__ import annotations

from dataclasses import replace

from services.db.access import check_access, check_owners, note_owners, read_owners, read_user_block
from services.db.connection import Backend, DbConnection, fetch_all, insert
from services.db.guilds import WHOLE_BOT, read_block, read_pause, read_rules
from services.db.open_job_limits import check_open_jobs
from services.db.queue import jobs_ahead, places, units_in_flight
from services.db.rows import job_row, record_from_row
from services.db.sqlite_thread import queued, reading
from services.db.usage import Asker, MemberLimit, caps, content_refusals, member_limit, read_usage
from services.errors import (
    BotPaused,
    CoolingDown,
    DuplicateRequest,
    GuildPaused,
    MemberBlocked,
    ModelClosed,
    ProviderPaused,
    QuotaExceeded,
)
from services.models import (
    MICRO,
    Accepted,
    Cap,
    GuildRules,
    Job,
    Limits,
    MemberContext,
    OpenJob,
    QuotaStatus,
    Request,
    State,
    Usage,
    Window,
)
from services.policy import guild_rules

NOBODY_IN_PARTICULAR = MemberContext()
"""A member of whom Discord has said nothing."""

REFUSALS, REFUSALS_WITHIN_S, SLOWER = 3, 3600.0, 30
"""After 3 refusals for content within an hour the cooldown is 30 times as long: a user who
continues puts the operator's account at risk (Kling, general page: 1301)."""


class Admission:
    """Accepts requests as jobs, and reads usage and limits."""

    def __init__(self, thread: Backend, *, provider: str) -> None:
        """Take the database, and the name of the provider whose pause counts."""
        self._thread = thread
        self._provider = provider

    @queued("admission")
    def accept(
        self,
        db: DbConnection,
        request: Request,
        *,
        job_id: str,
        limits: Limits,
        window: Window,
        now: float,
        visitor: MemberContext = NOBODY_IN_PARTICULAR,
        cost_micro: int = 0,
        hold_s: float = 0.0,
    ) -> Accepted:
        """Insert a request as a job and reserve its units, or raise and write nothing.

        Args:
            request: The complete request.
            job_id: The id of the new job.
            limits: The operator's limits.
            window: The quota window that the job counts in.
            now: Unix seconds.
            visitor: The member's roles and channel, for the server's rules.
            cost_micro: The expected cost of the job, in micro-dollars.
            hold_s: Seconds for which the job is not claimed, unless `Jobs.mark_acknowledged` is
                called or the process ends.

        Raises:
            DuplicateRequest: The interaction was accepted before.
            LimitReached: A limit, block, pause or cooldown prevents it.
            OptedOut: The owner of one of the images excluded them.
            RequestError: The server's rules forbid it.
        """
        asker = _asker(db, request.user_id, request.place.guild_id, visitor)
        _check_duplicate(db, request)
        _check_doors(db, asker, now)
        owners = read_owners(db, request.user_id, request.origins, request.sources)
        check_owners(db, owners)
        _check_provider(db, self._provider, request.options.model, now)
        guild_rules.validate(asker.rules, request, visitor, now=now)
        others = check_open_jobs(db, self._provider, request, limits, now=now)
        _check_pace(db, request.user_id, limits, now)
        mine = member_limit(db, asker, limits=limits, window=window, now=now)
        _check_member(mine, request.options.count, window)
        for cap in caps(db, asker.guild_id, rules=asker.rules, limits=limits, day=window.day):
            _check_cap(cap, request.options.count, cost_micro, window)
        job = replace(_job(request, job_id, window, now), cost_micro=cost_micro)
        row = job_row(job, next_at=now, cost_micro=cost_micro)
        insert(db, "job", row | {"leased_until": now + hold_s, "leased_by": db.process_id})
        note_owners(db, job_id, owners)
        if not hold_s:
            db.notify()
        return Accepted(
            job=job,
            used=mine.used + job.units,
            ahead=jobs_ahead(db, job.id),
            others=others,
            in_flight=units_in_flight(db),
            limit=mine.units,
            source=mine.source,
        )

    @reading
    def usage(self, db: DbConnection, *, user_id: int, guild_id: int | None, day: str) -> Usage:
        """Return the units used in a window by user, server and bot, and the user's open jobs.

        Reserved units count as used.
        """
        return read_usage(db, user_id, guild_id, day)

    @reading
    def standing(
        self,
        db: DbConnection,
        *,
        user_id: int,
        guild_id: int | None,
        visitor: MemberContext,
        limits: Limits,
        window: Window,
        now: float,
        everywhere: bool = False,
    ) -> QuotaStatus:
        """Return a user's limits, usage and restrictions.

        Open jobs in other servers are included only if `everywhere` is true.
        """
        asker = _asker(db, user_id, guild_id, visitor)
        mine = member_limit(db, asker, limits=limits, window=window, now=now)
        return QuotaStatus(
            user_id=user_id,
            guild_id=guild_id,
            limit=mine.units,
            source=mine.source,
            used=mine.used,
            resets_at=window.resets_at,
            caps=tuple(caps(db, guild_id, rules=asker.rules, limits=limits, day=window.day)),
            open=tuple(
                job
                for job in _open_jobs(db, user_id)
                if everywhere or guild_id is None or job.guild_id == guild_id
            ),
            grant=mine.grant,
            block=None if guild_id is None else read_block(db, guild_id, user_id, now),
            guild_paused=asker.rules.paused,
            bot_paused=read_pause(db, WHOLE_BOT),
            bot_block=read_user_block(db, user_id),
        )


def _asker(db: DbConnection, user_id: int, guild_id: int | None, visitor: MemberContext) -> Asker:
    rules = GuildRules(guild_id=WHOLE_BOT) if guild_id is None else read_rules(db, guild_id)
    return Asker(user_id=user_id, guild_id=guild_id, rules=rules, visitor=visitor)


def _job(request: Request, job_id: str, window: Window, now: float) -> Job:
    return Job(
        id=job_id,
        request=request,
        state=State.QUEUED,
        units=request.options.count,
        day=window.day,
        created_at=now,
    )


def _check_duplicate(db: DbConnection, request: Request) -> None:
    query = "SELECT job.id FROM job WHERE job.interaction_id = ?"
    for (job_id,) in db.execute(query, [request.place.interaction_id]):
        raise DuplicateRequest(job_id)


def _check_doors(db: DbConnection, asker: Asker, now: float) -> None:
    """Raise an error if operators or moderators block the user, or paused the bot or server."""
    check_access(db, asker.user_id, asker.guild_id)
    block = None
    if asker.guild_id is not None:
        block = read_block(db, asker.guild_id, asker.user_id, now)
    if block is not None:
        raise MemberBlocked(until=block.expires_at, reason=block.reason)
    pause = read_pause(db, WHOLE_BOT)
    if pause is not None:
        raise BotPaused(reason=pause.reason)
    if asker.rules.paused is not None:
        raise GuildPaused(reason=asker.rules.paused.reason)


def _check_provider(db: DbConnection, provider: str, model: str, now: float) -> None:
    """Raise an error if the provider or the model is paused and no probe is due."""
    query = "SELECT probe_at FROM provider WHERE name = ? AND paused_at IS NOT NULL"
    for (probe_at,) in db.execute(query, [provider]):
        if now < probe_at:
            raise ProviderPaused(until=probe_at)
    query = "SELECT probe_at FROM closed_model WHERE provider = ? AND model = ?"
    for (probe_at,) in db.execute(query, [provider, model]):
        if now < probe_at:
            raise ModelClosed(model=model, until=probe_at)


def _check_pace(db: DbConnection, user_id: int, limits: Limits, now: float) -> None:
    """Raise CoolingDown if the user's last accepted request is too recent."""
    # Ignore jobs of the future: if a wrong clock was set back, they would keep users waiting.
    query = "SELECT MAX(job.created_at) FROM job WHERE job.user_id = ? AND job.created_at <= ?"
    (last,) = db.execute(query, [user_id, now]).fetchone()
    refusals = content_refusals(db, user_id, since=now - REFUSALS_WITHIN_S)
    cooldown_s = limits.user_cooldown_s * (SLOWER if refusals >= REFUSALS else 1)
    if cooldown_s and last is not None and now < last + cooldown_s:
        raise CoolingDown(until=last + cooldown_s)


def _check_member(mine: MemberLimit, asked: int, window: Window) -> None:
    """Raise QuotaExceeded if the user's own limit has too few units left."""
    if mine.units and mine.used + asked > mine.units:
        raise QuotaExceeded(
            side="member",
            limit=mine.units,
            used=mine.used,
            asked=asked,
            resets_at=window.resets_at,
            source=mine.source,
        )


def _check_cap(cap: Cap, units: int, cost_micro: int, window: Window) -> None:
    """Raise QuotaExceeded if a cap of the server or the bot has too little left."""
    asked = units if cap.unit == "images" else cost_micro / MICRO
    # Compared in whole micro-dollars, since tenths of a dollar are not exact as floats.
    if round((cap.used + asked - cap.limit) * MICRO) > 0:
        raise QuotaExceeded(
            side=cap.side,
            limit=cap.limit,
            used=cap.used,
            asked=asked,
            resets_at=window.resets_at,
            source=cap.source,
            unit=cap.unit,
        )


def _open_jobs(db: DbConnection, user_id: int) -> list[OpenJob]:
    ahead = places(db, user_id)
    rows = fetch_all(
        db,
        "SELECT job.id, job.state, job.units, job.created_at, job.channel_id, job.guild_id,"
        " job.generated_at IS NOT NULL AS is_generated"
        " FROM job WHERE job.user_id = ? AND job.state IN ('queued', 'submitting', 'running')"
        " ORDER BY job.id",
        [user_id],
    )
    return [record_from_row(OpenJob, row, ahead=ahead.get(row["id"])) for row in rows]
