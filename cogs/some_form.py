"""A message that a place refuses as it is may pass in another form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from cogs.discord_errors import WordsBlocked
from cogs.layouts import Letter
from services.errors import FileTooBig

T = TypeVar("T")


async def in_some_form(letter: Letter, post: Callable[[Letter], Awaitable[T]]) -> T:
    """Give up the prompt or the files before giving up the message; raises DeliveryFailed."""
    try:
        return await post(letter)
    except WordsBlocked:
        if letter.prompt_hidden:
            raise
        return await in_some_form(replace(letter, prompt_hidden=True), post)
    except FileTooBig:
        if letter.as_links:
            raise
        return await in_some_form(replace(letter, as_links=True), post)
