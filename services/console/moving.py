"""`bot.py migrate-to`: the database moves from its file to PostgreSQL."""

from __future__ import annotations

from services.errors import ConfigError
from services.models import MICRO
from services.setting_values import DATABASE, Secret
from services.settings import Settings
from services.store.places import move


async def migrate(settings: Settings, address: str | None) -> str:
    """Move everything, leave the file as it is, and return what was moved, as a table.

    The address is given or DATABASE_URL's. Raises ConfigError, StoreUnavailable.
    """
    target = settings.database_url if address is None else _read(address)
    if target is None:
        raise ConfigError(["DATABASE_URL: missing; or give the address: migrate-to postgresql://…"])
    moved = await move(settings.database_path, target)
    width = max(map(len, moved.tables))
    lines = [f"  {table:{width}}  {rows:>10,}" for table, rows in sorted(moved.tables.items())]
    books = (
        f"{moved.jobs:,} requests, {moved.units:,} images,"
        f" {moved.charged_micro / MICRO:,.2f} US dollars"
    )
    return "\n".join(
        [
            f"  {'table':{width}}  {'rows':>10}",
            *lines,
            f"Every row is there as it was, and the books agree: {books}.",
            f"{settings.database_path} is as it was. Set DATABASE_URL and start the bot.",
            "",
        ]
    )


def _read(address: str) -> Secret:
    try:
        return DATABASE.parse(address)
    except ValueError:
        raise ConfigError([f"migrate-to: expected {DATABASE.expected}"]) from None
