"""Posting and updating job messages in channels, with fallbacks."""

from cogs.posting.delivery import CALL_S, TOGETHER, ChannelDelivery, Fit, picture_urls
from cogs.posting.fallback import SEND_S, Form, post_with_fallbacks, send_some_form
from cogs.posting.log_channel import LogChannel

__all__ = [
    "CALL_S",
    "SEND_S",
    "TOGETHER",
    "ChannelDelivery",
    "Fit",
    "Form",
    "LogChannel",
    "picture_urls",
    "post_with_fallbacks",
    "send_some_form",
]
