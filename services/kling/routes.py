"""Where a provider takes submissions and answers for Tasks, if not on Kling's own paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kling.painting import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Paths below the base URL where they differ, and the name of the field for the model.

    `ask` may hold several paths for one endpoint: they are tried in order while a Task is unknown,
    and the one that has answered comes first from then on.
    """

    submit: Mapping[Endpoint, str] = field(default_factory=dict[Endpoint, str])
    ask: Mapping[Endpoint, tuple[str, ...]] = field(default_factory=dict[Endpoint, tuple[str, ...]])
    model_field: str = "model_name"

    def to_submit(self, endpoint: Endpoint) -> str:
        """Return the path of a POST, and of the list call."""
        return self.submit.get(endpoint, endpoint)

    def to_ask(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Return the paths that a Task's id is put behind."""
        return self.ask.get(endpoint, (endpoint,))


KLING = Routes()

QINIU = Routes(
    submit={Endpoint.MULTI: "/v1/images/edits"},
    ask=dict.fromkeys((Endpoint.GENERATIONS, Endpoint.MULTI), ("/v1/images/tasks",)),
    model_field="model",
)
"""Qiniu's page on Kling images: OpenAI's paths, one query for all, links that last 7 days."""

TENCENT = Routes(
    submit={Endpoint.GENERATIONS: "/v1/wand/kling-image/generation"},
    ask={
        # The page of the query was not to be had: the second is the one of its Kling videos.
        Endpoint.GENERATIONS: ("/v1/wand/kling-image/tasks", "/v1/wand/kling/tasks"),
    },
    model_field="model",
)
"""Tencent TokenHub's page on Kling images; its model names need rows of one's own."""

BLTCY = Routes(ask={Endpoint.MULTI: (Endpoint.GENERATIONS, Endpoint.MULTI)})
"""Polls multi-image Tasks where single ones are polled (a third party's report)."""

_BY_DOMAIN = {
    "api.qnaigc.com": QINIU,
    "openai.qiniu.com": QINIU,
    "tokenhub.tencentmaas.com": TENCENT,
    "api.bltcy.ai": BLTCY,
}


def routes_of(host: str) -> Routes:
    """Return the routes that a host is known for; Kling's own where nothing else is known."""
    return _BY_DOMAIN.get(host.lower(), KLING)
