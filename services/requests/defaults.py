"""Fills in options that a user left out: the user's own default, the server's or the operator's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.catalog import ModelTable, StyleTable, with_style
from services.errors import RequestError
from services.kling import MAX_PROMPT
from services.models import OPTIONS, GuildRules, Options, Preferences, Request
from services.requests.preferences import NAMES


class DefaultOptions:
    """Fills in a request's missing options, within the models and styles that one server offers."""

    def __init__(
        self, rules: GuildRules, *, models: ModelTable, styles: StyleTable, most_images: int
    ) -> None:
        """Take a server's rules; `most_images`: the operator's limit of images in a request."""
        self._rules = rules
        self._models = models
        self._styles = styles.in_server(rules.styles)
        self._most_images = min(most_images, rules.max_count or most_images)

    def completed(self, request: Request, mine: Preferences, left_open: Collection[str]) -> Options:
        """Return the request's options with all defaults filled in.

        `left_open` names the options that `mine`, the user's own defaults, may fill in; defaults
        that are not valid here are skipped. Raises UnknownStyle or UnknownModel.
        """
        request = self._preferred(request, mine, left_open)
        options, model, style = request.options, self._model_of(request), self._style_of(request)
        return replace(
            options,
            model=model,
            ratio=options.ratio or self._unseen_ratio(request, model),
            style=style,
            style_words=self._styles.get_fragment(style),
            spoiler=options.spoiler or self._rules.spoiler,
            private=options.private or self._rules.private_only,
        )

    def _model_of(self, request: Request) -> str:
        """Return the chosen model, the server's default, or the model table's default."""
        if request.options.model:
            return request.options.model
        names, name = {row.name for row in self._models.repainting()}, self._rules.default_model
        if request.kind == "repaint" and name in names:
            return name
        return self._models.default_for(request.kind)

    def _style_of(self, request: Request) -> str | None:
        """Return the key of the chosen style, or of the server's default.

        None for an expansion, which continues the image's own style.
        """
        if request.options.style is not None:
            return self._styles.find_key(request.options.style)
        key = self._rules.default_style
        return key if request.kind != "expand" and key in self._styles else None

    def _unseen_ratio(self, request: Request, model: str) -> str | None:
        """Return the ratio to request for an image at a typed URL, which the bot never opens."""
        if request.kind != "repaint" or request.source.origin != "link":
            return None
        return self._models.get(model).unseen_ratio

    def _preferred(
        self, request: Request, mine: Preferences, left_open: Collection[str]
    ) -> Request:
        for name in NAMES:
            value = getattr(mine, name)
            changed = replace(request, options=replace(request.options, **{name: value}))
            if name in left_open and value is not None and self._fits(name, changed):
                request = changed
        return request

    def _fits(self, name: str, request: Request) -> bool:
        options, row = request.options, OPTIONS[name]
        if request.kind not in row.kinds:
            return False
        match name:
            case "count":
                return 1 <= options.count <= self._most_images
            case "style":
                return self._fits_style(request)
            case "model":
                known = {row.name for row in self._models.menu()}
                return options.model in known and self._fit(request)
            case _:
                return (name != "ratio" and row.field is None) or self._fit(request)

    def _fits_style(self, request: Request) -> bool:
        key = request.options.style
        if key and key not in self._styles:
            return False
        return (
            not key or len(with_style(request.prompt, self._styles.get_fragment(key))) <= MAX_PROMPT
        )

    def _fit(self, request: Request) -> bool:
        try:
            self._models.check(replace(request.options, model=self._model_of(request)))
        except RequestError:
            return False
        return True
