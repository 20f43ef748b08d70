"""The bot's HTTP server: /healthz and /metrics for monitoring, and Kling's callbacks."""

from services.web.callback_urls import PATH, CallbackAddresses
from services.web.factory import addresses_of, make_http_server, meter_of

__all__ = [
    "PATH",
    "CallbackAddresses",
    "addresses_of",
    "make_http_server",
    "meter_of",
]
