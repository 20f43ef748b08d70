"""A PostgreSQL of the tests' own: started once, its tables emptied before each test.

By default nothing here waits for a disk. Tests prove crash safety by ending sessions, or by a
server that crashes while the computer stays up.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

from services.settings.types import Secret

USER = "repaint"
HAND = "hand_of_the_clock"
_CLOCK_IN_HAND = f"""
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
AS $$ SELECT pg_catalog.to_timestamp(pg_catalog.pg_read_file('{HAND}')::double precision) $$
"""
_HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
_SETTINGS = {
    "shared_buffers": "32MB",
    "max_connections": "120",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl; None on a computer without PostgreSQL."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("pg_ctl") is not None:
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


class Server:
    """One server on loopback, with a folder and a port of its own."""

    def __init__(self, bin_: Path, *, may_crash: bool = False, lasting: bool = False) -> None:
        """Take the folder of its programs.

        `may_crash`: each commit is handed to the operating system first, so that it survives the
        server's crash. `lasting`: each commit waits for the disk, as on a real server.
        """
        self.bin = bin_
        crashing = {"synchronous_commit": "on"} if may_crash else {}
        self._settings = _SETTINGS if lasting else _SETTINGS | _HASTY | crashing
        self._folder = Path(tempfile.mkdtemp(prefix="repaint-postgresql-"))
        # PostgreSQL does not run as root.
        self._who: dict[str, Any] = {"user": _other_user()} if os.geteuid() == 0 else {}
        if self._who:
            user = pwd.getpwnam(self._who["user"])
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self.port = _free_port()
        self._lent: dict[str, tuple[object, ClockHand]] = {}
        self._data = self._folder / "data"
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def place(self, name: str = "postgres") -> Secret:
        return Secret(f"postgresql://{USER}@127.0.0.1:{self.port}/{name}")

    def start(self) -> None:
        given = [f"-c {name}={value}" for name, value in self._settings.items()]
        options = " ".join([f"-p {self.port}", f"-k {self._folder}", *given])
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it in order ("fast"), or as in a crash ("immediate")."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        for _, hand in self._lent.values():
            hand.close()
        self.stop()
        shutil.rmtree(self._folder)

    def ask(self, query: str, *values: object, name: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a query on a connection of its own, apart from the bot's."""
        import psycopg  # noqa: PLC0415  optional dependency

        with psycopg.connect(self.place(name).reveal(), autocommit=True) as connection:
            answer = connection.execute(query.encode(), values)
            return answer.fetchall() if answer.description else []

    def make(self, name: str) -> Secret:
        """Drop a database and create it again, empty."""
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.ask(f"CREATE DATABASE {name}")
        return self.place(name)

    def hand_over_clock(self, name: str) -> ClockHand:
        """Make a database follow a clock of ours: its search path finds our functions first."""
        self.ask(_CLOCK_IN_HAND, name=name)
        self.ask(f"ALTER DATABASE {name} SET search_path = public, pg_catalog", name=name)
        return ClockHand(self._data / HAND)

    def lend(self, name: str, borrower: object) -> tuple[Secret, ClockHand]:
        """Lend a database that follows a clock of ours; it is emptied when the borrower changes."""
        if name not in self._lent:
            self.make(name)
            self._lent[name] = borrower, self.hand_over_clock(name)
        before, hand = self._lent[name]
        if before != borrower:
            self.empty(name)
        self._lent[name] = borrower, hand
        return self.place(name), hand

    def empty(self, name: str) -> None:
        """Empty every table of ours; quicker than a new database."""
        tables = self.ask(
            "SELECT relname FROM pg_stat_user_tables WHERE relname <> 'schema_step'"
            " ORDER BY relname IN ('job')",
            name=name,
        )
        self.ask("; ".join(f"DELETE FROM {table}" for (table,) in tables) or "SELECT 1", name=name)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), "-D", str(self._data), *arguments]
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            cwd=self._folder,
            **self._who,
        )
        log = self._folder / "log"
        said = log.read_text("utf-8") if log.exists() else str(done.stderr)
        assert done.returncode == 0, f"{program}: {said}"


class ClockHand:
    """Sets the clock of databases passed to `hand_over_clock`."""

    def __init__(self, path: Path) -> None:
        path.touch()
        path.chmod(0o644)
        self._file = os.open(path, os.O_WRONLY)

    def set(self, now: float) -> None:
        """Set the database's time to these Unix seconds; takes microseconds."""
        os.pwrite(self._file, f"{now:020.6f}".encode(), 0)

    def close(self) -> None:
        os.close(self._file)


def _other_user() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
