"""Commands about the user's own account: /quota, /my-data, /forget-me, /about."""

from cogs.members.about import AboutCog
from cogs.members.my_data import MyDataCog
from cogs.members.quota import QuotaCog

__all__ = [
    "AboutCog",
    "MyDataCog",
    "QuotaCog",
]
