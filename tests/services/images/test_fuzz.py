"""Two thousand corrupted images: each is sent to Kling in a form it accepts, or is refused."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.processes import ROOT
from tests.services.images.fuzz import KINDS, made

pytestmark = pytest.mark.proof


PICTURES = 2_112
PROCESSES = 2
MOST_MB = 400
"""Memory of the largest image that we decode (25 megapixels as WebP: 370 MB, measured)."""

TIMEOUT_S = 300


async def tried(first: int, last: int) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.images.fuzz", str(first), str(last)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT_S):
        said, _ = await process.communicate()
    assert process.returncode == 0, (
        "the process died: a picture took its memory, or a reader its life"
    )
    return json.loads(said)


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured by POSIX's getrusage")
async def test_each_is_accepted_and_valid_or_refused_in_words_and_memory_is_bounded(
    figures: Callable[[str], None],
) -> None:
    step = PICTURES // PROCESSES
    starts = range(0, PICTURES, step)
    found = await asyncio.gather(*(tried(first, first + step) for first in starts))

    assert [line for each in found for line in each["broken"]] == []
    fates = sum((Counter(each["fates"]) for each in found), Counter())
    grown_mb = max(each["grown_mb"] for each in found)
    figures(f"{PICTURES} spoilt pictures: {dict(fates)}, memory +{grown_mb} MB")
    assert fates.total() == PICTURES >= 2_000
    assert "refused without words" not in fates
    assert fates["accepted"] > PICTURES / 10
    assert fates["UnsupportedImage"] > PICTURES / 10
    assert fates["ImageTooLarge"] > PICTURES / 100
    assert grown_mb < MOST_MB


def test_a_seed_makes_the_same_picture_every_time() -> None:
    for seed in range(len(KINDS)):
        assert made(seed) == made(seed)
