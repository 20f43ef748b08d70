"""The bot's own HTTP port: /healthz and /metrics for whoever watches it, and Kling's callbacks."""

from services.web.callback_urls import CallbackAddresses
from services.web.factory import addresses_of, make_http_server, meter_of

__all__ = ["CallbackAddresses", "addresses_of", "make_http_server", "meter_of"]
