"""The store as a state machine: after any sequence of calls it agrees with the ledger."""

from __future__ import annotations

from itertools import cycle, product
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from services.models import Limits, MemberContext, Outcome, Result, State
from tests.services.db.machine_base import DAY_S, MachineBase
from tests.support.ledger import OPEN, Ask, Ledger
from tests.support.requests import NOON

PRICE = 28_000
"""Micro-dollars of an image."""

users = st.sampled_from((1, 2))
guilds = st.sampled_from((5, 6))
places = st.sampled_from((5, 5, 6, None))
roles = st.sampled_from((11, 12))
ends = st.sampled_from((None, 2.0, 40.0))
"""Seconds that a grant or block lasts; each step lasts one second."""

limits = st.builds(
    Limits,
    user_daily=st.sampled_from((0, 3, 5)),
    guild_daily=st.sampled_from((0, 0, 7)),
    bot_daily=st.sampled_from((0, 0, 9)),
    guild_daily_micro=st.sampled_from((0, 0, 6 * PRICE)),
    bot_daily_micro=st.sampled_from((0, 0, 8 * PRICE)),
    user_running=st.just(2),
    user_queued=st.sampled_from((None, 0, 3)),
)

OVER = (State.QUEUED, State.SUBMITTING, State.RUNNING)


class AccountingMachine(MachineBase):
    """Accepts, moves and ends jobs, changes settings, restarts; checks after each step."""

    jobs = Bundle("jobs")

    @initialize(limits=limits)
    def open_the_books(self, limits: Limits) -> None:
        self.ledger = Ledger(limits)
        self.turns = cycle(product((1, 2), (5, 6)))

    # Members

    @rule(
        target=jobs,
        user=users,
        guild=places,
        units=st.integers(1, 4),
        channel=st.sampled_from((50, 51)),
        mine=st.frozensets(roles),
        again=st.sampled_from((False, False, False, True)),
    )
    def ask(
        self,
        user: int,
        guild: int | None,
        units: int,
        channel: int,
        mine: frozenset[int],
        again: bool,
    ) -> Any:
        return self.put_forward(user, guild, units, channel=channel, mine=mine, again=again)

    @rule(target=jobs, user=users, units=st.integers(1, 4))
    def ask_at_home(self, user: int, units: int) -> Any:
        """Send a request that only a limit can refuse: limits are to be reached often."""
        return self.put_forward(user, 5, units)

    def put_forward(
        self,
        user: int,
        guild: int | None,
        units: int,
        *,
        channel: int = 50,
        mine: frozenset[int] = frozenset(),
        again: bool = False,
    ) -> Any:
        self.tick()
        self.interactions += 0 if again and self.interactions else 1
        ask = Ask(self.interactions, user, guild, units, units * PRICE, channel, mine)
        wanted = self.ledger.verdict(ask, day=self.window.day, now=self.now)
        verdict, entry = self.verdict(ask)

        assert verdict == wanted
        if entry is None:
            return multiple()
        self.ledger.jobs[entry.id] = entry
        return entry.id

    # The engine

    @rule(begin=st.booleans())
    def claim(self, begin: bool) -> None:
        self.tick()
        taken = self.do(self.store.jobs.fetch_due(now=self.now, lease_s=0, units=4, per_user=2))
        for job in taken.jobs:
            entry = self.ledger.jobs[job.id]
            entry.state = "submitting" if entry.state == "queued" else entry.state
            assert job.state == entry.state
        for job in taken.jobs if begin else ():
            self.begin(job.id)

    @rule(job_id=jobs)
    def begin(self, job_id: str) -> None:
        self.tick()
        entry = self.ledger.jobs[job_id]
        begun = self.do(
            self.store.jobs.mark_running(
                job_id, task_id=f"task-{job_id}", now=self.now, next_at=self.now + 5
            )
        )
        assert begun == (entry.state in ("submitting", "uncertain"))
        if begun:
            entry.state, entry.in_the_way = "running", True

    @rule(job_id=jobs, images=st.integers(0, 5))
    def finish(self, job_id: str, images: int) -> None:
        """Make a job ready; fewer images than requested may come, or more."""
        self.tick()
        entry = self.ledger.jobs[job_id]
        results = [
            Result(position=n, path=Path(f"{n}.png"), url="", width=1, height=1, size=1)
            for n in range(images)
        ]
        ready = self.do(self.store.jobs.mark_ready(job_id, results, now=self.now))
        assert ready == (entry.state == "running")
        if ready:
            entry.state = "ready"
            entry.refunded = 0 if entry.back else max(entry.units - images, 0)

    @rule(job_id=jobs, known=st.booleans())
    def leave_the_provider(self, job_id: str, known: bool) -> None:
        """Free a provider slot: the task is over there, or unknown for long."""
        self.tick()
        entry, jobs = self.ledger.jobs[job_id], self.store.jobs
        if known:
            self.do(jobs.mark_generated(job_id, now=self.now))
        else:
            self.do(jobs.give_back_unknown(job_id))
            entry.back = entry.back or entry.state == "running"
        entry.in_the_way = entry.in_the_way and entry.state != "running"

    @rule(job_id=jobs)
    def go_back(self, job_id: str) -> None:
        """Requeue a job; without units it cannot be sent again (acceptance reserved none)."""
        self.tick()
        entry = self.ledger.jobs[job_id]
        if entry.back or entry.state not in ("submitting", "running"):
            return
        job = self.do(self.store.jobs.get(job_id))
        assert job is not None
        self.do(self.store.jobs.requeue(job, now=self.now))
        entry.state, entry.in_the_way = "queued", True

    @rule(job_id=jobs, posted=st.booleans())
    def settle(self, job_id: str, posted: bool) -> None:
        self.tick()
        entry = self.ledger.jobs[job_id]
        if entry.state in OPEN:
            return
        self.do(self.store.jobs.mark_notified(job_id, posted=posted, now=self.now))
        if entry.state == "ready":
            entry.state = "delivered" if posted else "undelivered"

    @rule(
        job_id=jobs,
        state=st.sampled_from(("failed", "refused", "cancelled", "uncertain", "expired")),
        back=st.booleans(),
        times=st.integers(1, 2),
    )
    def end(self, job_id: str, state: str, back: bool, times: int) -> None:
        """End a job, with or without a refund; the second time must do nothing."""
        self.tick()
        entry = self.ledger.jobs[job_id]
        for _ in range(times):
            ended = self.do(
                self.store.jobs.finish(
                    job_id,
                    State(state),
                    from_states=OVER,
                    outcome=Outcome(key=state),
                    give_back=back,
                    now=self.now,
                )
            )
            assert ended == (entry.state in OPEN)
            if ended:
                entry.state, entry.back = state, entry.back or back

    @rule(job_id=jobs, halves=st.integers(0, 4))
    def deduct(self, job_id: str, halves: int) -> None:
        self.tick()
        entry, cost = self.ledger.jobs[job_id], halves * PRICE // 2
        self.do(self.store.costs.record(job_id, deduction=halves * 4.0, cost_micro=cost))
        if entry.state not in ("queued", "submitting"):
            entry.cost, entry.deducted = cost, True

    # Moderators and operators

    @rule(guild=guilds, user=users, units=st.integers(1, 6), lasts=ends)
    def grant(self, guild: int, user: int, units: int, lasts: float | None) -> None:
        until = self.decide("grant", guild, user, lasts=lasts, units=units, reason="")
        self.ledger.of(guild).grants[user] = (units, until)

    @rule(guild=guilds, user=users)
    def revoke(self, guild: int, user: int) -> None:
        self.decide("revoke_grant", guild, user)
        self.ledger.of(guild).grants.pop(user, None)

    @rule(guild=guilds, role=roles, units=st.sampled_from((0, 1, 4, 8)))
    def limit_role(self, guild: int, role: int, units: int) -> None:
        self.decide("role_limit", guild, role, units=units)
        self.ledger.of(guild).roles[role] = units

    @rule(guild=guilds, role=roles)
    def free_role(self, guild: int, role: int) -> None:
        self.decide("role_limit_removed", guild, role)
        self.ledger.of(guild).roles.pop(role, None)

    @rule(
        guild=guilds,
        field=st.sampled_from(("user_daily", "guild_daily", "max_count")),
        value=st.sampled_from((None, 2, 5, 6)),
    )
    def change(self, guild: int, field: str, value: int | None) -> None:
        self.decide("change", guild, **{field: value})
        setattr(self.ledger.of(guild), field, value)

    @rule(guild=guilds, user=users)
    def reset(self, guild: int, user: int) -> None:
        self.decide("reset", guild, user)
        self.ledger.of(guild).resets[user] = self.now

    @rule(guild=guilds, user=users, lasts=ends)
    def block(self, guild: int, user: int, lasts: float | None) -> None:
        until = self.decide("block", guild, user, lasts=lasts, reason="")
        self.ledger.of(guild).blocks[user] = until

    @rule(guild=guilds, user=users)
    def unblock(self, guild: int, user: int) -> None:
        self.decide("unblock", guild, user)
        self.ledger.of(guild).blocks.pop(user, None)

    @rule(guild=guilds, channel=st.sampled_from((50, 51, None, None)))
    def allow(self, guild: int, channel: int | None) -> None:
        if channel is None:
            self.decide("allow_every_channel", guild)
            self.ledger.of(guild).channels.clear()
        else:
            self.decide("allow_channel", guild, channel)
            self.ledger.of(guild).channels.add(channel)

    @rule(guild=st.sampled_from((None, 5, 6)), now=st.booleans())
    def pause(self, guild: int | None, now: bool) -> None:
        """Pause, and mostly resume: nothing else can be tested during a pause."""
        of = "_bot" if guild is None else ""
        self.decide(f"pause{of}", guild, reason="")
        if now:
            self.decide(f"resume{of}", guild)
        if guild is None:
            self.ledger.bot_paused = not now
        else:
            self.ledger.of(guild).paused = not now

    # Time and the process

    @rule()
    def next_day(self) -> None:
        self.day += 1
        self.now = NOON + self.day * DAY_S

    @rule()
    def restart(self) -> None:
        self.close()
        self.store = self.open()
        self.do(self.store.jobs.release_expired())

    # Invariants

    @invariant()
    def the_books_are_the_jobs(self) -> None:
        """Reserved and spent units, summed from the rows, are those of the ledger."""
        columns = "state, day, given_back, units - refunded_units AS units, charged_micro"
        rows = self.rows(f"SELECT {columns} FROM job")
        assert len(rows) == len(self.ledger.jobs)
        for day in {job.day for job in self.ledger.jobs.values()}:
            today = [row for row in rows if row["day"] == day]
            held = [row for row in today if not row["given_back"]]
            reserved = sum(row["units"] for row in held if row["state"] in OPEN)
            spent = sum(row["units"] for row in held if row["state"] not in OPEN)
            usage = self.do(self.store.admission.usage(user_id=1, guild_id=5, day=day))

            assert usage.bot == reserved + spent == self.ledger.units(day)
            assert usage.guild == self.ledger.units(day, 5)
            assert usage.user == self.ledger.used(1, 5, "operator", day)
            assert sum(row["charged_micro"] for row in today) == self.ledger.cost(day)

    @invariant()
    def slots_are_the_jobs_at_the_provider(self) -> None:
        at_work = [
            job for job in self.ledger.jobs.values() if job.state in ("submitting", "running")
        ]
        held = [job for job in at_work if job.in_the_way]
        workload = self.do(self.store.statistics.workload())
        assert workload.units_in_flight == sum(job.units for job in held)
        assert workload.jobs.get("running", 0) == sum(job.state == "running" for job in at_work)
        for user in (1, 2):
            usage = self.do(
                self.store.admission.usage(user_id=user, guild_id=5, day=self.window.day)
            )
            assert usage.open_jobs == self.ledger.open_jobs(user)

    @invariant()
    def no_cap_is_overshot(self) -> None:
        cap = self.ledger.limits.bot_daily
        assert not cap or self.ledger.units(self.window.day) <= cap

    @invariant()
    def members_are_told_the_truth(self) -> None:
        """Check that /quota and admission agree; each step checks one user."""
        user, guild = next(self.turns)
        standing = self.do(
            self.store.admission.standing(
                user_id=user,
                guild_id=guild,
                visitor=MemberContext(role_ids=(11, 12)),
                limits=self.ledger.limits,
                window=self.window,
                now=self.now,
            )
        )
        limit, source = self.ledger.limit_of(user, guild, frozenset((11, 12)), self.now)
        caps = [(f"{cap.side} {cap.unit}", cap.limit, cap.used) for cap in standing.caps]
        assert (standing.limit, standing.source) == (limit, source)
        assert standing.used == self.ledger.used(user, guild, source, self.window.day)
        assert caps == list(self.ledger.caps(guild, self.window.day))
        assert (standing.block is not None) == self.ledger.blocks(user, guild, self.now)
