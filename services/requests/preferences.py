"""Members' own defaults: used where an option was left out, and only where they fit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from services.catalog.models import ModelTable
from services.catalog.styles import StyleTable, with_style
from services.common.clock import Clock
from services.db import Store
from services.errors import RequestError
from services.kling.payloads import MAX_COUNT, MAX_PROMPT
from services.models import Options, Preferences, Request

NAMES = tuple(field.name for field in fields(Preferences))

_ANYWHERE = frozenset({"format", "private", "spoiler"})
"""What no model and no server has anything against."""


class MemberPreferences:
    """Reads and changes what members prefer."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        """Take the rows."""
        self._store = store.preferences
        self._access = store.access
        self._clock = clock

    async def of(self, user_id: int) -> Preferences:
        """Return a member's defaults as they set them."""
        return await self._store.of(user_id)

    async def usable(self, user_id: int) -> Preferences:
        """Return the same, without a model that the provider does not open to us now."""
        return await self._store.usable(user_id, now=self._clock.now())

    async def change(self, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some of them; return them all."""
        return await self._store.change(user_id, values)

    async def clear(self, user_id: int) -> Preferences:
        """Take all of them back."""
        await self._store.forget(user_id)
        return Preferences()

    async def has_opted_out(self, user_id: int) -> bool:
        """Tell whether a member excluded their images from being repainted by others."""
        return await self._access.has_opted_out(user_id)

    async def opt_out(self, user_id: int, *, excluded: bool) -> None:
        """Exclude a member's images from being repainted by others, or no longer."""
        if excluded:
            await self._access.opt_out(user_id, now=self._clock.now())
        else:
            await self._access.opt_in(user_id)

    async def recent_styles(self, user_id: int) -> list[str]:
        """Return the keys of the styles that a member took last, the latest first."""
        return await self._store.recent_styles(user_id)


class DefaultOptions:
    """What a request may be dressed with: the tables as one server offers them."""

    def __init__(
        self, *, models: ModelTable, styles: StyleTable, model: str, most_images: int
    ) -> None:
        """Take the tables, the model where none is named, and the most images in a request."""
        self._models = models
        self._styles = styles
        self._model = model
        self._most_images = most_images

    def preferred(self, request: Request, mine: Preferences, left_open: Collection[str]) -> Options:
        """Fill in a member's defaults where an option was left out, those alone that fit."""
        options = request.options
        for name in NAMES:
            value = getattr(mine, name)
            if name not in left_open or value is None:
                continue
            dressed_up = replace(options, **{name: value})
            if name in _ANYWHERE or self._fits(name, replace(request, options=dressed_up)):
                options = dressed_up
        return options

    def _fits(self, name: str, request: Request) -> bool:
        options = request.options
        match name:
            case "count":
                return 1 <= options.count <= min(self._most_images, MAX_COUNT)
            case "style":
                return request.kind != "expand" and self._fits_style(request)
            case "model":
                known = {row.name for row in self._models.menu()}
                return request.kind == "repaint" and options.model in known and self._fit(options)
            case _:
                return request.kind != "expand" and self._fit(options)

    def _fits_style(self, request: Request) -> bool:
        key = request.options.style
        if not key:
            return True
        if key not in self._styles:
            return False
        return len(with_style(request.prompt, self._styles.words_of(key))) <= MAX_PROMPT

    def _fit(self, options: Options) -> bool:
        try:
            self._models.check(replace(options, model=options.model or self._model))
        except RequestError:
            return False
        return True
