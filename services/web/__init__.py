"""The bot's HTTP server: /healthz and /metrics for monitoring, and Kling's callbacks."""

from services.web.callback_urls import PATH, CallbackAddresses
from services.web.factory import load_addresses, make_http_server, make_metrics

__all__ = [
    "PATH",
    "CallbackAddresses",
    "load_addresses",
    "make_http_server",
    "make_metrics",
]
