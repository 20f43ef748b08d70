"""The tables shipped in `data/`, parsed once per process instead of once per test."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest


@contextmanager
def parse_once() -> Generator[None]:
    """Cache the parsing of TOML texts while the block runs; each call returns a copy."""
    parse = tomllib.loads

    @cache
    def parsed(text: str) -> bytes:
        return pickle.dumps(parse(text))

    def loads(text: str) -> dict[str, Any]:
        return pickle.loads(parsed(text))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", loads)
        yield
