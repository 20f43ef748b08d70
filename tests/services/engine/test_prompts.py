"""Prompts of every script and of none: sent as they were typed, or refused in words."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogs.ui import text as wording
from services.errors import RequestError
from services.models import Job, Request
from services.requests.acceptance import PROMPT_LIMIT
from tests.support.engine_harness import running_engine
from tests.support.requests import a_request

NASTY = [
    "\ud800",
    "a \udc00 cat",
    "\ud83d\ude00 in two halves",
    "\0",
    "a\0cat",
    "\x1b[2Ja cat\x07",
    "a\r\ncat\tand\x0b\x0c\x1c\x85 lines",
    "\u202ea cat\u202c",
    "\u200b\u200b\u200b",
    " \n\t ",
    "\u2060",
    "@everyone <@1> <@&2> </repaint:3> [x](https://example.com)",
    '"},{"image":"x","prompt":"',
    "👩‍👩‍👧‍👦" * 300,
    "é" * 3000,
    "x" * 2500,
    "x" * 2501,
    "x" * 6000,
    "\ufeffa cat\uffff\U0010ffff",
    "'; DROP TABLE job; --",
]
RANDOM = 90


def prompts() -> Iterator[str]:
    yield from NASTY
    chance = random.Random(6)
    for _ in range(RANDOM):
        reach = chance.choice((0x20, 0x100, 0x3000, 0xD900, sys.maxunicode))
        size = chance.choice((1, 5, 40, 400, 6000))
        yield "".join(chr(chance.randint(0, reach)) for _ in range(size))


@pytest.mark.proof
async def test_prompt_of_any_characters_is_generated_as_typed_or_refused(tmp_path: Path) -> None:
    accepted: list[tuple[str, Job]] = []
    refused: list[list[str]] = []
    async with running_engine(tmp_path) as here:
        for number, prompt in enumerate(prompts()):
            try:
                job = await here.ask(_of(number, prompt))
            except RequestError as refusal:
                refused.append([wording.format_error(refusal, one) for one in ("en-US", "zh-CN")])
            else:
                accepted.append((prompt, job))
                kept = await here.job(job.id)
                assert kept.request.prompt == job.request.prompt
        painted = accepted[::20]
        for _, job in painted:
            await here.until_over(job)
    for prompt, job in accepted:
        kept = job.request.prompt
        assert 0 < len(kept) <= PROMPT_LIMIT
        assert kept.strip()
        kept.encode()
        assert not [one for one in kept if unicodedata.category(one) == "Cc" and one not in "\n\t"]
        assert _letters(kept) == _letters(prompt), "not what was typed"
    assert all(all(each) for each in refused)
    assert len(accepted) > RANDOM / 3


def _letters(text: str) -> str:
    """Return the characters that must survive: all but controls, lone surrogates and spaces."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(
        one for one in whole if unicodedata.category(one) != "Cc" and not one.isspace()
    ).replace("\ufffd", "")


def _of(number: int, prompt: str) -> Request:
    return a_request(user_id=number + 1, prompt=prompt)
