"""The table of settings: each field of `Settings` with external name, type, default and help."""
# ruff: noqa: RUF009 -- each default is a dataclasses.field() made by a Group

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from services.settings.types import (
    BUCKET,
    DATABASE,
    DISCORD_URL,
    DOLLARS,
    ENDPOINT,
    FILE,
    GATEWAY_URL,
    HOST,
    IDS,
    KLING_URL,
    MODEL,
    ORIGINS,
    REGION,
    SHARD_COUNT,
    SHARD_IDS,
    SWITCH,
    URL,
    WEBHOOK_SECRET,
    ZONE,
    Group,
    Row,
    Secret,
    choice,
    number,
    optional,
    positive,
    secret,
    whole,
)

BOT_TOKEN = "the bot's token from the Developer Portal, page Bot"  # noqa: S105 -- words


_DISCORD = Group("Discord")
_KLING = Group("Kling: the provider that generates the images")
_FILES = Group("Files")
_BUCKET = Group(
    "Images for several machines: an S3-compatible store (pip install -r requirements-s3.txt)"
)
_LIMITS = Group("Limits (0 = none)")
_HTTP = Group("HTTP: health, metrics, callbacks")
_LOG = Group("Operating")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the operator; `Settings()` has the defaults and no credentials."""

    discord_token: Secret | None = _DISCORD(
        "DISCORD_TOKEN",
        optional(secret(BOT_TOKEN, prefix="Bot")),
        text=BOT_TOKEN,
    )
    discord_api_url: str = _DISCORD(
        "DISCORD_API_URL",
        DISCORD_URL,
        default="https://discord.com/api/v10",
        text="Discord's REST address, or that of a proxy in front of it",
    )
    discord_gateway_url: str | None = _DISCORD(
        "DISCORD_GATEWAY_URL",
        optional(GATEWAY_URL),
        text="gateway address of a proxy; unset: the address that Discord returns",
    )
    shard_count: int | Literal["auto"] | None = _DISCORD(
        "SHARD_COUNT",
        optional(SHARD_COUNT),
        text="number of connections to Discord, or auto for the number that Discord recommends;"
        " required above 2,500 servers; unset: one",
    )
    shard_ids: tuple[int, ...] | None = _DISCORD(
        "SHARD_IDS",
        optional(SHARD_IDS),
        text="the shards of this process, for example 0-3,7; unset: all",
    )

    kling_api_key: Secret | None = _KLING(
        "KLING_API_KEY",
        optional(secret("the provider's API key", prefix="Bearer")),
        text="the provider's API key; or both of the next two",
    )
    kling_access_key: Secret | None = _KLING(
        "KLING_ACCESS_KEY",
        optional(secret("Kling's access key")),
        text="Kling's older pair, from which a signed token is made",
    )
    kling_secret_key: Secret | None = _KLING(
        "KLING_SECRET_KEY",
        optional(secret("Kling's secret key")),
        text="the second half of the pair",
    )
    kling_base_url: str = _KLING(
        "KLING_BASE_URL",
        KLING_URL,
        default="https://www.dmxapi.cn/kling",
        text="provider address; Kling itself: https://api-singapore.klingai.com",
    )
    kling_model: str | None = _KLING(
        "KLING_MODEL",
        optional(MODEL),
        text="default model, a row of data/models.toml or of your own data/models.local.toml;"
        " unset: depends on the provider",
    )
    kling_concurrency: int = _KLING(
        "KLING_CONCURRENCY",
        whole(1, of="images"),
        default="9",
        text="images in flight at the provider at the same time",
    )
    kling_timeout_s: float = _KLING(
        "KLING_TIMEOUT",
        number(1, of="seconds"),
        default="120",
        text="seconds until an image counts as late; it is still posted when it is done",
    )
    kling_give_up_s: float = _KLING(
        "KLING_GIVE_UP",
        positive(of="hours", times=3_600),
        default="24",
        text="hours until the bot gives up a late image and refunds its units",
    )
    kling_send_image_as: Literal["inline", "url"] = _KLING(
        "KLING_SEND_IMAGE_AS",
        choice("inline", "url"),
        default="inline",
        text="inline: the image itself; url: Discord's link, if the provider can reach it",
    )
    kling_result_origins: tuple[str, ...] = _KLING(
        "KLING_RESULT_ORIGINS",
        ORIGINS,
        text="private addresses, besides the provider's own, from which results may be fetched,"
        " for example https://files.lan:9000; separated by commas",
    )

    database_path: Path = _FILES(
        "DATABASE_PATH",
        FILE,
        default="data/repaint.db",
        text="the SQLite file",
    )
    database_url: Secret | None = _FILES(
        "DATABASE_URL",
        optional(DATABASE),
        text="PostgreSQL instead of the SQLite file: postgresql://user:password@host/name;"
        " docs/scaling.md says when",
    )
    pictures_path: Path = _FILES(
        "PICTURES_PATH",
        FILE,
        default="data/pictures",
        text="folder of source and result images",
    )
    keep_pictures_days: float = _FILES(
        "KEEP_PICTURES_DAYS",
        number(0, of="days"),
        default="7",
        text="days until an image is deleted from that folder; 0 = never",
    )
    keep_pictures_gb: float = _FILES(
        "KEEP_PICTURES_GB",
        number(0, of="gigabytes"),
        default="0",
        text="gigabytes that folder may hold; the oldest images are deleted first; 0 = no limit",
    )
    keep_prompts_days: float = _FILES(
        "KEEP_PROMPTS_DAYS",
        number(0, of="days"),
        default="0",
        text="days until a request's prompt is deleted; 0 = never, because buttons need it",
    )

    pictures_url: str | None = _BUCKET(
        "PICTURES_URL",
        optional(BUCKET),
        text="s3://bucket/prefix where all processes store images; PICTURES_PATH then holds"
        " copies; unset: images are only in PICTURES_PATH",
    )
    pictures_cache_gb: float = _BUCKET(
        "PICTURES_CACHE_GB",
        number(0, of="gigabytes"),
        default="5",
        text="gigabytes of copies on this machine; 0 = no limit",
    )
    aws_access_key_id: Secret | None = _BUCKET(
        "AWS_ACCESS_KEY_ID",
        optional(secret("the store's access key")),
        text="access key of the store",
    )
    aws_secret_access_key: Secret | None = _BUCKET(
        "AWS_SECRET_ACCESS_KEY",
        optional(secret("the store's secret key")),
        text="secret key of the store",
    )
    aws_region: str = _BUCKET(
        "AWS_REGION", REGION, default="us-east-1", text="region; any if the store has none"
    )
    aws_endpoint_url: str | None = _BUCKET(
        "AWS_ENDPOINT_URL",
        optional(ENDPOINT),
        text="address of a store that is not Amazon's; http:// only on this computer",
    )
    aws_allow_http: bool = _BUCKET(
        "AWS_ALLOW_HTTP",
        SWITCH,
        default="false",
        text="true: also http:// to other computers, for example in your own network",
    )

    user_daily_images: int = _LIMITS(
        "USER_DAILY_IMAGES", whole(0, of="images"), default="10", text="images per member and day"
    )
    guild_daily_images: int = _LIMITS(
        "GUILD_DAILY_IMAGES", whole(0, of="images"), default="0", text="images per server and day"
    )
    bot_daily_images: int = _LIMITS(
        "BOT_DAILY_IMAGES", whole(0, of="images"), default="0", text="images per day in total"
    )
    guild_daily_cost_micro: int = _LIMITS(
        "GUILD_DAILY_COST",
        DOLLARS,
        default="0",
        text="US dollars per server and day, at the list price or as the provider reports",
    )
    bot_daily_cost_micro: int = _LIMITS(
        "BOT_DAILY_COST", DOLLARS, default="0", text="US dollars per day in total"
    )
    quota_timezone: ZoneInfo = _LIMITS(
        "QUOTA_TIMEZONE",
        ZONE,
        default="UTC",
        text="time zone of the day, for example Europe/Berlin",
    )
    user_running_jobs: int = _LIMITS(
        "USER_RUNNING_JOBS",
        whole(0),
        default="1",
        text="requests of one member generated at once; 0 = no limit (USER_QUEUED_JOBS applies)",
    )
    user_queued_jobs: int = _LIMITS(
        "USER_QUEUED_JOBS",
        whole(0),
        default="2",
        text="further requests of one member that may wait; 0 = none: a request that cannot start"
        " now is refused",
    )
    user_cooldown_s: float = _LIMITS(
        "USER_COOLDOWN",
        number(0, of="seconds"),
        default="10",
        text="seconds between two requests; 30 times as long after three refusals for content"
        " within an hour",
    )
    max_count: int = _LIMITS(
        "MAX_COUNT", whole(1, 9, of="images"), default="4", text="images in one request, 1 to 9"
    )
    charge_refused: bool = _LIMITS(
        "CHARGE_REFUSED",
        SWITCH,
        default="false",
        text="whether a request that the provider refuses still uses up the member's images",
    )

    http_port: int = _HTTP(
        "HTTP_PORT",
        whole(0, 65_535),
        default="0",
        text="port of /healthz, /metrics and Kling's callback; 0 = off",
    )
    http_host: str = _HTTP(
        "HTTP_HOST", HOST, default="127.0.0.1", text="address on which that port is opened"
    )
    public_url: str | None = _HTTP(
        "PUBLIC_URL",
        optional(URL),
        text="public address of that port, for Kling's callbacks; unset: the bot only polls",
    )
    kling_webhook_secret: Secret | None = _HTTP(
        "KLING_WEBHOOK_SECRET",
        optional(WEBHOOK_SECRET),
        text="secret that verifies Kling's signed callbacks: whsec_...",
    )

    operator_ids: tuple[int, ...] = _LOG(
        "OPERATOR_IDS",
        IDS,
        text="Discord user ids of the operators, who are notified of problems; separated by commas",
    )
    source_url: str | None = _LOG(
        "SOURCE_URL",
        optional(URL),
        text="address of this bot's source code, for /about; unset: not shown",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _LOG(
        "LOG_LEVEL",
        choice("debug", "info", "warning", "error"),
        default="info",
        text="debug, info, warning or error",
    )
    log_format: Literal["text", "json"] = _LOG(
        "LOG_FORMAT",
        choice("text", "json"),
        default="text",
        text="text, or json: one object per line",
    )

    def secrets(self) -> tuple[str, ...]:
        """Return every credential as plain text; only for the redaction of logs."""
        values = (getattr(self, item.name) for item in dataclasses.fields(self))
        credentials = [value.reveal() for value in values if isinstance(value, Secret)]
        if self.database_url is not None:
            password = urlsplit(self.database_url.reveal()).password or ""
            credentials += {password, unquote(password)} - {""}
        return tuple(credentials)

    @property
    def database(self) -> Path | Secret:
        """The database: PostgreSQL's address if DATABASE_URL is set, else the SQLite file."""
        return self.database_url or self.database_path

    @property
    def database_setting(self) -> str:
        """Name of the setting that selects the database."""
        return "DATABASE_URL" if self.database_url else "DATABASE_PATH"

    @property
    def disks(self) -> dict[str, Path]:
        """Paths that the bot writes on this computer, by their content."""
        database = {} if self.database_url else {"database": self.database_path}
        return database | {"pictures": self.pictures_path}


def rows() -> Iterator[tuple[str, Row]]:
    """Yield each field's name in Settings with its row, in the order of .env.example."""
    for item in dataclasses.fields(Settings):
        yield item.name, item.metadata["row"]
