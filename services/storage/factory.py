"""Builds the image storage from the settings; imports the S3 library only with a PICTURES_URL."""

# ruff: noqa: PLC0415

from __future__ import annotations

import logging

from services.common.clock import Clock
from services.errors import ConfigError, VaultUnreachable
from services.settings import Settings
from services.storage.base import ImageStorage
from services.storage.local import LocalStorage

log = logging.getLogger(__name__)

GIGABYTE = 1000**3

NO_LIBRARY = "PICTURES_URL: a library is missing: pip install -r requirements-s3.txt"

_KEYS = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
_REFUSALS = {
    "NoSuchBucket": "PICTURES_URL: there is no such bucket",
    "PermanentRedirect": "AWS_REGION: the bucket is in another region",
    "AuthorizationHeaderMalformed": "AWS_REGION: the bucket is in another region",
    "InvalidAccessKeyId": f"{_KEYS}: the store does not know this key",
    "SignatureDoesNotMatch": f"{_KEYS}: the secret key does not match the access key",
    "AccessDenied": f"{_KEYS}: this key may not list, read, write and delete in PICTURES_URL",
}
"""Texts for the operators about permanent errors, by S3's error code."""


async def open_storage(settings: Settings, *, clock: Clock) -> ImageStorage:
    """Return the image storage; raises ConfigError if the bucket refuses the keys.

    If the bucket does not answer, the bot starts anyway and handles that like a full disk.
    """
    if settings.pictures_url is None:
        return LocalStorage(settings.pictures_path)
    storage = make_bucket_storage(settings, clock=clock)
    try:
        await storage.check()
    except VaultUnreachable as error:
        words = describe_refusal(error)
        if words is not None:
            raise ConfigError([words]) from None
        log.error("the image store cannot be reached: %s", error)  # noqa: TRY400 -- no bug
    return storage


def describe_refusal(error: VaultUnreachable) -> str | None:
    """Return a text for operators if an error is permanent; None if it may be temporary."""
    return _REFUSALS.get(error.reason)


def make_bucket_storage(settings: Settings, *, clock: Clock) -> ImageStorage:
    """Return the storage in a bucket; raises ConfigError if its library is missing."""
    try:
        from services.storage.pending_deletes import PendingDeletes
        from services.storage.s3 import S3Storage
        from services.storage.s3_cache import LocalCache
        from services.storage.s3_client import Bucket, S3Access
    except ImportError:
        raise ConfigError([NO_LIBRARY]) from None
    url, key_id, key = (
        settings.pictures_url,
        settings.aws_access_key_id,
        settings.aws_secret_access_key,
    )
    assert url is not None
    assert key_id is not None
    assert key is not None
    access = S3Access(
        address=url,
        key_id=key_id,
        key=key,
        region=settings.aws_region,
        endpoint=settings.aws_endpoint_url,
    )
    root, most = settings.pictures_path, int(settings.pictures_cache_gb * GIGABYTE)
    return S3Storage(
        Bucket(access),
        copies=LocalCache(root, url=url, most_bytes=most),
        pending_deletes=PendingDeletes(root / ".to-delete"),
        clock=clock,
    )
