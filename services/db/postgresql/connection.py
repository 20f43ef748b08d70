"""Connections to PostgreSQL: their time-outs, and how values are converted."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.conninfo import conninfo_to_dict

from services.errors import ConfigError

Connection = psycopg.Connection[tuple[Any, ...]]

_DEFAULTS: dict[str, Any] = {
    "application_name": "repaint",
    "client_encoding": "utf8",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Connection parameters: a dead server is noticed within half a minute. DATABASE_URL may override
them."""

_SESSION = """
SET lock_timeout = '10s';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '10s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3
"""
"""Settings of each session: a process that is suspended inside a transaction blocks the others for
at most ten seconds."""


class _Flag(Dumper):
    """Writes booleans as SQLite does: 0 and 1."""

    oid = psycopg.adapters.types["int4"].oid

    def dump(self, obj: bool) -> bytes:  # noqa: FBT001  psycopg's own signature
        """Return a boolean as the text of an integer, 0 or 1."""
        return b"1" if obj else b"0"


class _Number(Loader):
    """Reads NUMERIC, PostgreSQL's type for sums of large integers, as int if it is whole."""

    def load(self, data: Buffer) -> int | float:
        """Return a NUMERIC as int, or as float if it has a fraction."""
        figure = Decimal(bytes(data).decode())
        return int(figure) if figure == figure.to_integral_value() else float(figure)


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_dumper(bool, _Flag)
    adapters.register_loader("numeric", _Number)
    return adapters


_ADAPTERS = _adapters()


class _Context:
    adapters, connection = _ADAPTERS, None


def parse_url(url: str) -> dict[str, Any]:
    """Return the address in DATABASE_URL as psycopg's connection parameters.

    Raises ConfigError, whose text does not repeat the address.
    """
    try:
        return _DEFAULTS | conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ConfigError(["DATABASE_URL: expected postgresql://user:password@host/name"]) from None


def connect(parts: dict[str, Any]) -> Connection:
    """Return a new connection with these parameters; raises psycopg.OperationalError."""
    connection = psycopg.connect(**parts, autocommit=True, context=_Context())
    connection.execute(_SESSION)
    return connection


_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable(value: Any) -> Any:  # noqa: ANN401  columns of any kind
    """Return a value without NUL characters, also inside JSON; PostgreSQL cannot store them."""
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "")
    return _ZERO.sub(r"\1", value) if value[:1] in {"{", "["} else value
