"""A pytest plugin that records which lines of the core each test runs, its set-up included.

Coverage's own `dynamic_context = test_function` ends with the test's first await, so lines run by
a task of the engine would belong to no test. Here all threads and tasks belong to the running test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest

from tests.mutants.scope import ROOT, core

OUT = "MUTANTS_MAP"
"""Names the file that is written."""


class Contexts:
    """Measures one run."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._seconds: dict[str, float] = {}
        files = [str(ROOT / name) for name in core()]
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=files)
        self._coverage.set_option("run:disable_warnings", ["no-data-collected"])
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seconds = self._seconds.get(report.nodeid, 0.0)
        self._seconds[report.nodeid] = seconds + report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        numbers = {test: number for number, test in enumerate(self._seconds)}
        lines = {
            Path(name).relative_to(ROOT).as_posix(): {
                line: sorted(numbers[test] for test in tests if test in numbers)
                for line, tests in data.contexts_by_lineno(name).items()
            }
            for name in data.measured_files()
        }
        measured = {"tests": list(self._seconds.items()), "lines": lines}
        part = self._out.with_suffix(".part")
        part.write_text(json.dumps(measured), "utf-8")
        part.replace(self._out)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Contexts(Path(os.environ[OUT])), "mutants-contexts")
