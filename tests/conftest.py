"""Fixtures of all tests: quick databases and tables, and figures printed at the end of the run."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from services.settings.types import Secret
from tests.support.database_copies import copy_new_databases
from tests.support.fleet_harness import with_harness_defaults
from tests.support.postgresql import Server, programs
from tests.support.shipped_tables import parse_once

FIGURES = "figures"

settings.register_profile("repaint", deadline=None)  # a busy computer is no fault
settings.load_profile("repaint")


@pytest.fixture(scope="session", autouse=True)
def _new_databases_are_copies() -> Iterator[None]:
    with copy_new_databases():
        yield


@pytest.fixture(scope="session", autouse=True)
def _shipped_tables_are_parsed_once() -> Iterator[None]:
    with parse_once():
        yield


FLEET = 3
"""Bots of a world with `--fleet`."""


@pytest.fixture(scope="session", autouse=True)
def _worlds_have_a_fleet(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.config.getoption("--fleet"):
        yield
        return
    with with_harness_defaults(server=request.getfixturevalue("postgresql"), bots=FLEET):
        yield


EMPTIED = "emptied_for_each_test"
SERVERS = frozenset({"postgresql_programs", "s3_process"})
"""Fixtures that start a server: a file and a folder need none."""


@pytest.fixture(scope="session")
def postgresql_programs() -> Path:
    """Return PostgreSQL's programs; skips without them, unless the environment promises them."""
    bin_ = programs()
    if bin_ is None:
        if os.environ.get("REQUIRE_POSTGRESQL") == "1":
            pytest.fail("REQUIRE_POSTGRESQL=1, and neither initdb nor pg_ctl is here")
        pytest.skip("needs PostgreSQL's programs (initdb, pg_ctl)")
    return bin_


@pytest.fixture(scope="session")
def postgresql(postgresql_programs: Path) -> Iterator[Server]:
    """A PostgreSQL server."""
    server = Server(postgresql_programs)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgresql_database(postgresql: Server) -> Secret:
    return postgresql.make(EMPTIED)


@pytest.fixture
def postgresql_place(postgresql: Server, postgresql_database: Secret) -> Secret:
    """A database without a row."""
    postgresql.empty(EMPTIED)
    return postgresql_database


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that adds a line to the summary of the run."""
    return lambda line: record_property(FIGURES, line)


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "let three bots on one PostgreSQL serve each simulated world"
    parser.addoption("--fleet", action="store_true", help=words)


PROOF_S = 1200.0
"""Seconds that a proof may take; other tests that hang are ended sooner (pyproject.toml)."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that need a server of PostgreSQL, or of buckets, as proofs.

    With a fleet, skip the tests that only one bot with a file can pass.
    """
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.proof)
        if item.get_closest_marker("proof") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(PROOF_S))
        alone = item.get_closest_marker("one_process")
        if alone is not None and config.getoption("--fleet"):
            item.add_marker(pytest.mark.skip(reason=f"one process alone: {alone.args[0]}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Replace lone surrogates that a test has logged: a worker could not send them on."""
    report = yield
    report.sections = [(name, as_utf8(text)) for name, text in report.sections]
    return report


def as_utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def pytest_collection_finish() -> None:
    """Collect garbage less often, and not permanent objects: that took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every added line, in the order of the reports."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    lines = [text for report in reports for name, text in report.user_properties if name == FIGURES]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
