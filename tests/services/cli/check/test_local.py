"""`check` on this computer: settings, tokens, database, disk, the bot's own port."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web

from services.cli.check.credentials import check_key, check_token
from services.cli.check.findings import Area, Verdict
from services.db import Store
from services.settings.loading import load
from services.web import CallbackAddresses
from services.web.callbacks import Callbacks
from services.web.health import Health
from services.web.server import open_http_server
from tests.services.cli.check.conftest import Examine
from tests.support.postgresql import Server
from tests.support.time import HandClock
from tests.support.tokens import TOKEN

NOBODY = {"KLING_BASE_URL": "http://127.0.0.1:9/kling"}


async def test_settings_that_are_wrong_are_all_named_and_end_it(examine: Examine) -> None:
    found = await examine(HTTP_PORT="x", MAX_COUNT="77")

    assert {each.name for each in found.findings} == {"HTTP_PORT", "MAX_COUNT"}
    assert not found.is_sound


async def test_what_is_unwise_is_a_warning(examine: Examine, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("")
    env_file.chmod(0o644)

    found = await examine(OPERATOR_IDS=None, MAX_COUNT=9, KLING_CONCURRENCY=3, **NOBODY)

    for name in ("OPERATOR_IDS", "MAX_COUNT", ".env"):
        assert found.verdict(name) is Verdict.WARN, name
    env_file.chmod(0o600)
    assert ".env" not in await examine(**NOBODY)


@pytest.mark.parametrize(
    ("token", "verdict", "words"),
    [
        (TOKEN, Verdict.OK, "of application 123456789012345678"),
        ("123456789012345678", Verdict.BAD, "the application's id"),
        ("a" * 64, Verdict.BAD, "public key"),
        ("Ab_-" * 8, Verdict.BAD, "client secret"),
        ("something.else", Verdict.WARN, "does not look like"),
        ("a.b.c", Verdict.WARN, "does not look like"),
        ("", Verdict.WARN, "is not set"),
    ],
)
def test_a_token_is_judged_by_its_shape_and_never_shown(
    token: str, verdict: Verdict, words: str
) -> None:
    area = Area("Discord")
    check_token(area, load({"DISCORD_TOKEN": token}, env_file=None))

    (finding,) = area.findings
    assert finding.verdict is verdict
    assert words in finding.found
    assert not token or token not in str(finding)


def test_a_gateway_s_key_at_kling_itself_is_noticed() -> None:
    area = Area("Provider")
    environ = {
        "KLING_API_KEY": "sk-0123456789abcdef",
        "KLING_BASE_URL": "https://api-singapore.klingai.com",
    }
    assert check_key(area, load(environ, env_file=None))

    (finding,) = area.findings
    assert (finding.verdict, "looks like a gateway's" in finding.found) == (Verdict.WARN, True)


async def test_a_database_that_is_not_there_yet_is_no_problem(
    examine: Examine, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "er" / "repaint.db"
    found = await examine(DATABASE_PATH=path, **NOBODY)

    assert "creates it at the start" in found["database"].found
    assert not path.parent.exists()


async def test_a_database_in_use_is_told_whole_and_left_as_it_was(
    examine: Examine, tmp_path: Path
) -> None:
    async with Store(tmp_path / "repaint.db", provider="127.0.0.1:9/kling") as store:
        await store.providers.pause(key="balance", now=HandClock().now())
        before = await store.notes.get("anything")
        found = await examine(**NOBODY)
        assert await store.notes.get("anything") == before

    assert found.verdict("database") is Verdict.OK
    assert "intact, writable, 0 requests" in found["database"].found
    assert found.verdict("pause") is Verdict.WARN
    assert "(balance)" in found["pause"].found


async def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "verdict", "words"),
    [
        (
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('repaint', 'm999_new')",
            Verdict.BAD,
            "newer version (m999_new)",
        ),
        ("DELETE FROM _sqlite_migrations", Verdict.WARN, "the next start changes it (m001"),
    ],
)
async def test_a_database_of_another_version_is_noticed(
    statement: str, verdict: Verdict, words: str, examine: Examine, tmp_path: Path
) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p"):
        pass
    await spoil(path, statement)

    found = await examine(**NOBODY)

    assert found.verdict("database") is verdict
    assert words in found["database"].found


async def test_a_file_that_is_no_database_is_called_so(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "repaint.db").write_text("a poem " * 1000)

    found = await examine(**NOBODY)

    assert found.verdict("database") is Verdict.BAD
    assert "DATABASE_PATH names another file" in found["database"].fix


async def test_a_folder_in_the_database_s_place_is_noticed(
    examine: Examine, tmp_path: Path
) -> None:
    (tmp_path / "repaint.db").mkdir()

    assert (await examine(**NOBODY)).verdict("database") is Verdict.BAD


async def test_a_damaged_database_asks_for_a_backup(examine: Examine, tmp_path: Path) -> None:
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p") as store:
        for number in range(300):
            await store.notes.put(f"note {number}", "x" * 200)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 12_000)
        file.write(b"\xff" * 8_000)

    found = await examine(**NOBODY)

    assert found.verdict("database") is Verdict.BAD
    assert "backup" in found["database"].fix


async def test_a_locked_database_is_called_so(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.db.backups.BUSY_TIMEOUT_S", 0.01)
    path = tmp_path / "repaint.db"
    async with Store(path, provider="p"):
        pass
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        found = await examine(**NOBODY)
    finally:
        other.close()

    assert found.verdict("database") is Verdict.BAD
    assert "another program has locked it" in found["database"].fix


async def test_folders_that_can_not_be_written_are_named(examine: Examine, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    found = await examine(PICTURES_PATH=blocked / "pictures", **NOBODY)

    assert found.verdict("pictures") is Verdict.BAD
    assert not found.is_sound
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 -- nothing was left behind


Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- as shutil's own


@pytest.mark.parametrize(
    ("free", "verdict"), [(10**8, Verdict.BAD), (10**9, Verdict.WARN), (10**11, Verdict.OK)]
)
async def test_a_full_disk_is_noticed(
    free: int, verdict: Verdict, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 0, free))

    assert (await examine(**NOBODY)).verdict("room") is verdict


@pytest.mark.parametrize(("works", "verdict"), [(True, Verdict.OK), (False, Verdict.WARN)])
async def test_a_bot_that_runs_is_asked_how_it_is(
    works: bool, verdict: Verdict, examine: Examine, tmp_path: Path
) -> None:
    clock = HandClock()
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        await store.jobs.fetch_due(now=clock.now(), lease_s=1, units=0, per_user=0)
        health = Health(store, is_connected=lambda: works, clock=clock)
        addresses = CallbackAddresses("http://127.0.0.1:1", secret=b"s")
        callbacks = Callbacks(addresses, jobs=store.jobs, wake=lambda: None, clock=clock)
        async with open_http_server(
            host="127.0.0.1", port=0, health=health, callbacks=callbacks
        ) as url:
            given = {"HTTP_PORT": url.rpartition(":")[2], **NOBODY}
            found = await examine(PUBLIC_URL=url, **given)
            lost = await examine(PUBLIC_URL="http://127.0.0.1:9", **given)

    assert found.verdict("bot") is verdict
    assert found.verdict("callbacks") is Verdict.OK
    assert lost.verdict("callbacks") is Verdict.WARN
    assert "do not reach the bot (no answer)" in lost["callbacks"].found


async def test_a_silent_port_means_that_the_bot_does_not_run(examine: Examine) -> None:
    found = await examine(HTTP_PORT=9, PUBLIC_URL="https://bot.invalid", **NOBODY)

    assert found.verdict("bot") is Verdict.OPEN
    assert found.is_sound is False  # only because no server is at the provider's address
    assert found.verdict("callbacks") in (Verdict.OPEN, Verdict.WARN)


async def test_another_program_on_the_port_is_noticed(examine: Examine) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        found = await examine(HTTP_PORT=runner.addresses[0][1], **NOBODY)
    finally:
        await runner.cleanup()

    assert found.verdict("bot") is Verdict.BAD


async def test_a_webhook_secret_behind_a_gateway_is_warned_of(examine: Examine) -> None:
    found = await examine(
        HTTP_PORT=9,
        PUBLIC_URL="http://127.0.0.1:9",
        KLING_WEBHOOK_SECRET="whsec_c2VjcmV0",
        **NOBODY,
    )

    assert found.verdict("signatures") is Verdict.WARN
    assert "whsec_" not in found.text


async def test_a_postgresql_is_looked_at_and_left_as_it_was(
    examine: Examine, postgresql: Server
) -> None:
    place = postgresql.make("looked_at")

    found = await examine(DATABASE_URL=place.reveal(), **NOBODY)
    assert "the bot creates the tables at the start" in found["database"].found
    async with Store(place, provider="p"):
        pass
    found = await examine(DATABASE_URL=place.reveal(), **NOBODY)
    assert "its tables are complete, 0 requests" in found["database"].found


async def test_a_postgresql_that_does_not_answer_is_told_with_a_mend(examine: Examine) -> None:
    address = "postgresql://repaint:hunter2@127.0.0.1:1/repaint"

    found = await examine(DATABASE_URL=address, **NOBODY)

    assert found.verdict("database") is Verdict.BAD
    assert "start PostgreSQL" in found["database"].fix
    assert "hunter2" not in found.text
