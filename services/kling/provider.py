"""The provider: its address and paths, our credential, and time-outs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import ClientTimeout
from yarl import URL

from services.common.hosts import is_loopback
from services.common.version import user_agent
from services.errors import ConfigError
from services.kling.auth import Credential
from services.kling.payloads import Endpoint

# Paths of providers that differ from Kling's own.


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Paths below the base URL where they differ from Kling's, and the name of the model field.

    `ask` may hold several paths for one endpoint: they are tried in order while a task is unknown,
    and the one that has shown a task comes first from then on.
    """

    submit: Mapping[Endpoint, str] = field(default_factory=dict[Endpoint, str])
    ask: Mapping[Endpoint, tuple[str, ...]] = field(default_factory=dict[Endpoint, tuple[str, ...]])
    model_field: str = "model_name"

    def to_submit(self, endpoint: Endpoint) -> str:
        """Return the path to which a submission is posted, and of the list call."""
        return self.submit.get(endpoint, endpoint)

    def to_ask(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Return the paths below which a task's id is queried."""
        return self.ask.get(endpoint, (endpoint,))


KLING = Routes()

QINIU = Routes(
    submit={Endpoint.MULTI: "/v1/images/edits"},
    ask=dict.fromkeys((Endpoint.GENERATIONS, Endpoint.MULTI), ("/v1/images/tasks",)),
    model_field="model",
)
"""Source: Qiniu's page on Kling images. OpenAI's paths, one query path for all, links that last 7
days."""

TENCENT = Routes(
    submit={Endpoint.GENERATIONS: "/v1/wand/kling-image/generation"},
    ask={
        # The documentation of the query was not available: the second path is that of its Kling
        # videos.
        Endpoint.GENERATIONS: ("/v1/wand/kling-image/tasks", "/v1/wand/kling/tasks"),
    },
    model_field="model",
)
"""Source: Tencent TokenHub's page on Kling images. Its model names need their own rows in the model
table."""

BLTCY = Routes(ask={Endpoint.MULTI: (Endpoint.GENERATIONS, Endpoint.MULTI)})
"""This gateway shows multi-image tasks under the path of single-image tasks (a third party's
report)."""

_BY_DOMAIN = {
    "api.qnaigc.com": QINIU,
    "openai.qiniu.com": QINIU,
    "tokenhub.tencentmaas.com": TENCENT,
    "api.bltcy.ai": BLTCY,
}


def find_routes(host: str) -> Routes:
    """Return the known routes of a host; Kling's own for any other host."""
    return _BY_DOMAIN.get(host.lower(), KLING)


_OFFICIAL_DOMAINS = (".klingai.com", ".kling.ai")

_CONNECT_S = 15
"""Seconds to connect; 5 s was too short from Shanghai (KlingAIResearch/ComfyUI-KLingAI-API#10)."""


_SUBMIT = ClientTimeout(total=300, sock_connect=_CONNECT_S, sock_read=200)
_FETCH = ClientTimeout(total=30, sock_connect=_CONNECT_S, sock_read=20)
_DOWNLOAD = ClientTimeout(total=300, sock_connect=_CONNECT_S, sock_read=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Time-outs in seconds per kind of call: total, connecting, and silence while reading.

    They are ours, not the provider's: 10 MB of base64 over a 1 Mbit/s line take 110 s, and a query
    is answered at once. Kling answers a submission within seconds. But a gateway that generates
    during the call is silent for up to three minutes, and if we close the connection earlier, we
    pay for images that we do not get.
    """

    submit: ClientTimeout = _SUBMIT
    fetch: ClientTimeout = _FETCH
    download: ClientTimeout = _DOWNLOAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: base URL with or without a prefix such as /kling, credential, time-outs.

    Raises ConfigError if the base URL is not https (plain http is for loopback alone) or has no
    host.
    """

    base_url: str
    credential: Credential
    timeouts: Timeouts = field(default=Timeouts(), repr=False)
    routes: Routes | None = field(default=None, repr=False)
    """Paths that differ from Kling's own; None: the known ones of the host."""
    result_origins: tuple[str, ...] = ()
    """Other trusted origins (scheme, host, port) from which results are downloaded."""
    user_agent: str = user_agent()

    def __post_init__(self) -> None:
        """Raise ConfigError for a base URL that is invalid or would send the key unencrypted."""
        url = URL(self.base_url)
        if url.scheme not in ("http", "https") or not url.host or url.user or url.query_string:
            raise ConfigError(["KLING_BASE_URL: expected https://host or https://host/prefix"])
        if url.scheme == "http" and not is_loopback(url.host):
            raise ConfigError(["KLING_BASE_URL: the key would be sent unencrypted; use https"])

    @property
    def host(self) -> str:
        """The host's name without port."""
        return URL(self.base_url).host or ""

    @property
    def known_routes(self) -> Routes:
        """The routes given, or else the known ones of the host."""
        return self.routes or find_routes(self.host)

    @property
    def name(self) -> str:
        """Host, unusual port, and prefix: the provider's name in logs and tables."""
        base = self._base
        port = "" if base.is_default_port() else f":{base.port}"
        return f"{base.host}{port}{base.path.rstrip('/')}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this computer: a sandbox, a test or a proxy."""
        return is_loopback(self.host)

    @property
    def is_official(self) -> bool:
        """Whether it is Kling itself and not a gateway."""
        return is_official(self.base_url)

    def hands_out(self, url: URL) -> bool:
        """Return whether an address has the provider's own origin, or one of `result_origins`.

        An origin is scheme, host and port. The port counts because other programs may listen on a
        gateway's computer.
        """
        origins = (self.base_url, *self.result_origins)
        return _origin(url) in {_origin(URL(one)) for one in origins}

    def resolve_address(self, written: str) -> str:
        """Return a result's address; resolve one that begins with a slash against the base URL."""
        if written.startswith("//"):
            return f"https:{written}"
        return f"{URL(self.base_url).origin()}{written}" if written.startswith("/") else written

    def url(self, path: str, *ids: str) -> URL:
        """Return the address of a path below the base URL; `ids` are appended to it, quoted."""
        text = str(self._base).rstrip("/") + "/".join(
            [path, *(quote(each, safe="") for each in ids)]
        )
        return URL(text, encoded=True)

    @property
    def _base(self) -> URL:
        """The base URL without trailing slashes and /v1, which operators paste along.

        Every path begins with /v1 itself.
        """
        url = URL(self.base_url)
        return url.with_path(url.path.rstrip("/").removesuffix("/v1").rstrip("/"))


def _origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, (url.host or "").lower(), url.port


def is_official(base_url: str) -> bool:
    """Return whether a base URL is on one of Kling's own domains."""
    return f".{URL(base_url).host or ''}".endswith(_OFFICIAL_DOMAINS)
