"""The tables shipped in `data/`, parsed once a process, not once a test."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest


@contextmanager
def parsed_once() -> Generator[None]:
    """Let a text of TOML that was parsed before be a copy of what it said, while the block runs."""
    parse = tomllib.loads

    @cache
    def parsed(text: str) -> bytes:
        return pickle.dumps(parse(text))

    def loads(text: str) -> dict[str, Any]:
        return pickle.loads(parsed(text))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", loads)
        yield
