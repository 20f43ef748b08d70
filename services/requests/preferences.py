"""Users' own defaults for options that they leave out, applied only if they are valid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from services.catalog import ModelTable, StyleTable, with_style
from services.common.clock import Clock
from services.db import Store
from services.errors import RequestError
from services.kling import MAX_COUNT, MAX_PROMPT
from services.models import Options, Preferences, Request

NAMES = tuple(field.name for field in fields(Preferences))

_ANYWHERE = frozenset({"format", "private", "spoiler"})
"""Options that every model and every server supports."""


class MemberPreferences:
    """Reads and changes users' preferences."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store.preferences
        self._access = store.access
        self._clock = clock

    async def get(self, user_id: int) -> Preferences:
        """Return a user's defaults as they set them."""
        return await self._store.get(user_id)

    async def usable(self, user_id: int) -> Preferences:
        """Return the defaults, without a model that the provider currently refuses to us."""
        return await self._store.usable(user_id, now=self._clock.now())

    async def change(self, user_id: int, values: dict[str, Any]) -> Preferences:
        """Set some defaults; return all of them."""
        return await self._store.change(user_id, values)

    async def clear(self, user_id: int) -> Preferences:
        """Delete all defaults."""
        await self._store.clear(user_id)
        return Preferences()

    async def has_opted_out(self, user_id: int) -> bool:
        """Return whether a user does not allow others to repaint their images."""
        return await self._access.has_opted_out(user_id)

    async def opt_out(self, user_id: int, *, excluded: bool) -> None:
        """Disallow or allow that others repaint a user's images."""
        if excluded:
            await self._access.opt_out(user_id, now=self._clock.now())
        else:
            await self._access.opt_in(user_id)

    async def recent_styles(self, user_id: int) -> list[str]:
        """Return the keys of a user's last used styles, the latest first."""
        return await self._store.recent_styles(user_id)


class DefaultOptions:
    """Applies default options, within the models and styles that one server offers."""

    def __init__(
        self, *, models: ModelTable, styles: StyleTable, model: str, most_images: int
    ) -> None:
        """`model`: the default model; `most_images`: the maximum number of images in a request."""
        self._models = models
        self._styles = styles
        self._model = model
        self._most_images = most_images

    def preferred(self, request: Request, mine: Preferences, left_open: Collection[str]) -> Options:
        """Return the request's options with the user's valid defaults for those left out."""
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
        return len(with_style(request.prompt, self._styles.get_fragment(key))) <= MAX_PROMPT

    def _fit(self, options: Options) -> bool:
        try:
            self._models.check(replace(options, model=options.model or self._model))
        except RequestError:
            return False
        return True
