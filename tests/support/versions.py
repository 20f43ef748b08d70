"""Databases of released versions, as SQL text: a later version has to open them and continue.

`python -m tests.support.versions` writes the two texts of the current version, SQLite's and
PostgreSQL's, named after its newest migration, into `tests/data/versions`. Run it with each
release. Never edit an existing text: one of an older version cannot be made any more.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from services.common.ids import new_job_id
from services.db import Store, migration_names
from services.db.fleet import Fleet
from services.db.postgresql.schema_upgrade import STEPS
from services.db.shard_assignment import Heartbeat
from services.models import (
    AuditEntry,
    Limits,
    OpenForm,
    Outcome,
    Request,
    Result,
    Source,
    State,
    Window,
)
from services.settings.types import Secret
from tests.support.postgresql import Server, programs
from tests.support.requests import NOON, a_request

FOLDER = Path(__file__).parent.parent / "data" / "versions"
PROVIDER = "provider"
GUILD = 5
SOURCE = Source(url="http://127.0.0.1:1/cat.png", name="cat.png", size=2048, width=640, height=480)
DAY = Window(day="2026-11-22", starts_at=NOON - 43_200, resets_at=NOON + 43_200)

SENT = "sent"
"""A job in `submitting` whose answer was lost: the provider may have it."""
JOBS = (*(str(state) for state in State if state is not State.QUEUED), SENT, str(State.QUEUED))
"""One job in each state, and one more; queued ones come last, because a claim takes all."""

_ENDS: Mapping[str, Outcome] = {
    State.FAILED: Outcome(key="task_failed", words="Internal error", reference="r-1"),
    State.REFUSED: Outcome(key="refused_content", code="1301", reference="r-2"),
    State.UNCERTAIN: Outcome(key="uncertain"),
    State.EXPIRED: Outcome(key="expired"),
    State.CANCELLED: Outcome(key="cancelled"),
}
_DECISIONS: Sequence[tuple[str, int | None, Mapping[str, str | int | float | None]]] = (
    ("role_limit", 8, {"units": 20}),
    ("allow_channel", 50, {}),
    ("add_word", None, {"word": "bad", "phrase": "Bad"}),
    ("grant", 3, {"units": 30, "until": None, "reason": "helps"}),
    ("block", 99, {"until": NOON + 86_400, "reason": "spam"}),
    ("reset", 4, {}),
    (
        "add_style",
        None,
        {"style_key": "ink", "name": "Ink", "name_zh": "水墨", "fragment": "in ink"},
    ),
    ("pause", None, {"reason": "a break"}),
    ("resume", None, {}),
    ("change", None, {"user_daily": 7, "default_style": "ink", "log_channel_id": 70}),
)


def job_id_of(name: str) -> str:
    """Return the id of a fixture's job, by its name in `JOBS`."""
    number = JOBS.index(name)
    return new_job_id(NOON - 600 + number, bits=lambda _bits: number + 1)


def task_id_of(name: str) -> str:
    return f"task-{name}"


def request_of(name: str) -> Request:
    """Return the request of a job, each by a user of its own."""
    number = JOBS.index(name)
    return a_request(
        user_id=number + 1,
        prompt=f"a {name} cat",
        source=SOURCE,
        interaction_id=number + 1_000,
        asked_at=NOON - 600 + number,
        guild_id=GUILD,
    )


async def fill(store: Store) -> None:
    """Write the rows of a bot that has worked for a while, through the store alone."""
    for name in JOBS:
        await _bring(store, name)
    await _decide(store)
    await _note_the_rest(store)


async def _bring(store: Store, name: str) -> None:
    """Accept a job and bring it to the state that its name says."""
    job_id, now = job_id_of(name), NOON - 500 + JOBS.index(name)
    await store.admission.accept(
        request_of(name), job_id=job_id, limits=Limits(), window=DAY, now=now, cost_micro=28_000
    )
    await store.jobs.mark_acknowledged(job_id, JOBS.index(name) + 7_000)
    if name in (State.QUEUED, State.CANCELLED):
        steps = [_end] if name == State.CANCELLED else []
    else:
        await store.jobs.fetch_due(now=now, lease_s=60, units=9, per_user=0)
        steps = _steps_of(name)
    for step in steps:
        await step(store, name, job_id, now + 1)


Step = Callable[[Store, str, str, float], Awaitable[object]]


def _steps_of(name: str) -> Sequence[Step]:
    if name == State.SUBMITTING:
        return ()
    if name in (SENT, State.UNCERTAIN, State.REFUSED):
        return (_send,) if name == SENT else (_send, _end)
    if name in _ENDS:
        return (_send, _run, _end)
    later: Sequence[Step] = () if name == State.RUNNING else (_finish, _settle)
    return (_send, _run, *later[: 1 if name == State.READY else 2])


async def _send(store: Store, _name: str, job_id: str, now: float) -> None:
    assert await store.jobs.mark_sent(job_id, now=now)


async def _run(store: Store, name: str, job_id: str, now: float) -> None:
    task_id = task_id_of(name)
    assert await store.jobs.mark_running(job_id, task_id=task_id, now=now, next_at=now + 2)


async def _finish(store: Store, _name: str, job_id: str, now: float) -> None:
    result = Result(
        position=0,
        path=Path(job_id) / f"{job_id}_1.png",
        url="https://results.example/1.png",
        width=640,
        height=480,
        size=1_000,
    )
    assert await store.jobs.mark_ready(job_id, [result], now=now + 20)


async def _settle(store: Store, name: str, job_id: str, now: float) -> None:
    await store.jobs.mark_notified(job_id, posted=name == State.DELIVERED, now=now + 21)


async def _end(store: Store, name: str, job_id: str, now: float) -> None:
    """End a job; an uncertain one is still looked up."""
    states = (State.QUEUED, State.SUBMITTING, State.RUNNING)
    ended = await store.jobs.finish(
        job_id,
        State(name),
        from_states=states,
        outcome=_ENDS[name],
        give_back=name != State.REFUSED,
        now=now,
    )
    assert ended
    next_at = NOON + 60 if name == State.UNCERTAIN else None
    await store.jobs.mark_notified(job_id, posted=True, now=now + 1, next_at=next_at)


async def _decide(store: Store) -> None:
    for number, (action, target, details) in enumerate(_DECISIONS):
        at = NOON - 400 + number
        entry = AuditEntry(
            guild_id=GUILD, at=at, by=2, action=action, target=target, details=details
        )
        assert await store.community.apply(entry), action
    words = {"reason": "moving house"}
    entry = AuditEntry(guild_id=6, at=NOON - 300, by=2, action="pause", details=words)
    assert await store.community.apply(entry)


async def _note_the_rest(store: Store) -> None:
    delivered = job_id_of(State.DELIVERED)
    await store.member_jobs.note_posting(delivered, message_id=9_000, channel_id=51, guild_id=GUILD)
    learn = store.providers.learn
    await learn(external_id=True, list_call=True, now=NOON - 90)
    await learn("editing/expand", external_id=False, list_call=None, now=NOON - 90)
    await store.providers.close_model("kling-v1", now=NOON - 100, asked_at=NOON - 101)
    await store.notes.put("word", "kept")
    await store.preferences.change(3, {"model": "kling-v3", "count": 2, "private": True})
    form = OpenForm(user_id=3, pictures=(SOURCE,))
    await store.open_forms.save(new_job_id(NOON - 50, bits=lambda _bits: 77), form)
    fleet = Fleet(store._thread, now=lambda _db: NOON - 40)
    await fleet.join(2, lease_s=15.0)
    await fleet.report(Heartbeat(process="gone", lease_s=15.0))
    await fleet.claim("register commands", for_s=15.0)


# --- Texts


def text_of(step: str, kind: str) -> Path:
    """Return the path of a version's text; `kind` is `sqlite` or `postgresql`."""
    return FOLDER / f"{step}.{kind}.sql"


def versions(kind: str) -> list[str]:
    """Return the versions that have texts, the oldest first."""
    names = (path.name.split(".")[0] for path in FOLDER.glob(f"*.{kind}.sql"))
    return sorted(names, key=migration_names.number)


def sqlite_text(path: Path) -> str:
    """Return a SQLite file as the statements that create it."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def make_sqlite(text: str, path: Path) -> None:
    """Create the file that a text was written from, in the bot's journal mode."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(text)
        connection.execute("PRAGMA journal_mode=WAL")


def postgresql_text(place: Secret, bin_: Path) -> str:
    """Return a PostgreSQL database as statements that every version since 13 accepts."""
    return dump(place, bin_, "--column-inserts", "--no-privileges")


def dump(place: Secret, bin_: Path, *options: str) -> str:
    """Return what pg_dump writes, without what depends on the server's version."""
    bin_ = (bin_ / "initdb").resolve().parent  # where all of its programs are
    command = [str(bin_ / "pg_dump"), "--no-owner", *options, "--dbname", place.reveal()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return _plain(done.stdout)


def _plain(text: str) -> str:
    """Remove comments, psql's own commands, and settings of this server's version only."""
    kept = (
        line
        for line in text.splitlines()
        if not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.set_config"))
    )
    return re.sub(r"\n{2,}", "\n", "\n".join(kept)).lstrip()


def make_postgresql(text: str, server: Server, name: str) -> Secret:
    """Create the database that a text was written from."""
    place = server.make(name)
    server.ask(text, name=name)
    return place


async def write(folder: Path, server: Server) -> list[Path]:
    """Write the texts of this version into a folder."""
    step = list(STEPS)[-1]
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "repaint.db"
        place = server.make("version")
        for one in (file, place):
            async with Store(one, provider=PROVIDER) as store:
                await fill(store)
        texts = {"sqlite": sqlite_text(file), "postgresql": postgresql_text(place, server.bin)}
    paths = [folder / text_of(step, kind).name for kind in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, "utf-8")
    return paths


def main() -> None:
    bin_ = programs()
    assert bin_ is not None, "needs PostgreSQL's programs (initdb, pg_ctl, pg_dump)"
    server = Server(bin_)
    try:
        asyncio.run(write(FOLDER, server))
    finally:
        server.close()


if __name__ == "__main__":
    main()
