"""The page of threats names only tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cogs.client import gateway
from services.db import reports
from services.engine import transfer
from services.images import (
    header,
    jpeg_segments,
    limits,
    memory_estimate,
    other_formats,
    png_chunks,
)
from services.web import connections as port
from services.web import server

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (?!threat|---)", line)]


MB, MINUTE_S = 1_000_000, 60
FIGURES = [
    ("25 megapixels", limits.SOURCE_PIXELS, 25 * MB),
    ("at a fraction, 220;", limits.JPEG_PIXELS, 220 * MB),
    ("a HEIC 51)", limits.HEIF_PIXELS, 51 * MB),
    ("640 MB, estimated from the header", memory_estimate.DECODING_BYTES, 640 * MB),
    ("two of up to 64 MB", memory_estimate.THREAD_BYTES, 64 * MB),
    ("two of up to 64 MB", memory_estimate.THREADS, 2),
    ("one of up to 512 MB in a child process", memory_estimate.CHILD_BYTES, 512 * MB),
    ("killed after 30 s", memory_estimate.CHILD_S, 30),
    ("a colour profile of up to 4 MB", jpeg_segments.PROFILE_BYTES, 4 * MB),
    ("100,000 segments of a JPEG", jpeg_segments.MOST_SEGMENTS, 100_000),
    ("chunks of a PNG", png_chunks.MOST_CHUNKS, 100_000),
    ("blocks of a GIF", other_formats.MOST_BLOCKS, 100_000),
    ("10,000 frames of a WebP", other_formats.MOST_FRAMES, 10_000),
    ("1,000 tags", header.MOST_TAGS, 1_000),
    ("refused in words after two deaths", transfer.OPEN_TRIES, 2),
    ("10 s for a head", port.HEAD_S, 10),
    ("30 s for a response", port.IDLE_S, 30),
    ("128 connections", port.MOST, 128),
    ("64 KiB, no banner", server.MAX_BODY, 64 * 1024),
    ("40 an hour", gateway.IDENTIFIES_AN_HOUR, 40),
    ("five of a member in ten minutes", reports.USER_REPORTS, 5),
    ("five of a member in ten minutes", reports.USER_WINDOW_S, 10 * MINUTE_S),
    ("ten a server and minute", reports.GUILD_REPORTS, 10),
    ("ten a server and minute", reports.GUILD_WINDOW_S, MINUTE_S),
    ("four messages a Job", reports.JOB_REPORTS, 4),
]


@pytest.mark.parametrize(("phrase", "figure", "stated"), FIGURES)
def test_figure_on_the_page_is_the_codes(phrase: str, figure: float, stated: float) -> None:
    assert phrase in PAGE
    assert figure == stated


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_threat_has_a_guard_and_a_test() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        threat, guard, test = (cell.strip() for cell in row.strip("|").split(" | "))
        assert threat, row
        assert guard, row
        assert re.search(r"\.py::test_\w+", test), row


def test_there_is_a_way_to_report() -> None:
    policy = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "privately" in policy
    assert "docs/security.md" in policy
