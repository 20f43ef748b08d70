"""A message that a place refuses as it is may pass in another form."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from cogs.discord_errors import WordsBlocked
from cogs.layouts import Letter
from services.errors import FileTooBig, MessageRefused

log = logging.getLogger(__name__)

T = TypeVar("T")


async def in_some_form(letter: Letter, post: Callable[[Letter], Awaitable[T]]) -> T:
    """Give up prompt, files or all that is rich before the message; raises DeliveryFailed."""
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
    except MessageRefused as refusal:
        log.warning("job %s: Discord refuses its message (%s)", letter.job.id, refusal)
        if letter.bare:
            raise
        return await in_some_form(replace(letter, bare=True), post)
