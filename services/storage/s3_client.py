"""Client of an S3-compatible bucket; the only module that uses the library obstore.

Objects are named `<job id>/<file>` under the prefix in the bucket's address. The library's error
texts are never passed on, since they quote URLs and key ids: only the bucket's own error code is,
or a text of ours.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import obstore
import obstore.store
from obstore.exceptions import BaseError

from services.errors import StoreUnavailable, VaultUnreachable
from services.settings import Secret

PIECE_BYTES = 1024 * 1024
"""Bytes per chunk of a download."""

PART_BYTES = 5 * 1024 * 1024
"""Bytes per part of an upload; the minimum that S3 accepts in a multipart upload."""

PARTS_AT_ONCE = 2
TRANSFERS_AT_ONCE = 4
"""Maximum number of files in transfer. It bounds memory: each has its parts in flight and one being
read."""

LISTED_AT_ONCE = 1000
"""Number of names in one response to a list request (S3)."""

_PROBE = "probe-"
"""Beginning of the name of an object that tests whether the bucket is writable; it is deleted at
once."""

_CLIENT: obstore.store.ClientConfig = {
    "connect_timeout": timedelta(seconds=3),
    "read_timeout": timedelta(seconds=15),
    "timeout": timedelta(seconds=120),
}
"""Time limits of requests: 64 MB in two minutes; a server that sends nothing for 15 s counts as
unavailable."""

_RETRIES: obstore.store.RetryConfig = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=1),
        "base": 2,
    },
}
"""Short retries for transient errors only; longer outages are retried by the engine."""

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_BUCKET = "NoSuchBucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Access:
    """Address and credentials of a bucket."""

    address: str
    """Address of the form s3://bucket/prefix."""
    key_id: Secret
    key: Secret
    region: str
    endpoint: str | None = None
    """URL of the S3 service; None: Amazon's own."""


class Bucket:
    """Transfers files; raises VaultUnreachable, or StoreUnavailable for this disk."""

    def __init__(self, access: S3Access) -> None:
        """Take the access data; the connection is made at the first call."""
        self._store = _open_store(access)
        self._gate = asyncio.Semaphore(TRANSFERS_AT_ONCE)

    async def put(self, job_id: str, path: Path) -> None:
        """Upload a file, in parts if it is large; either completely or not at all."""
        async with self._gate:
            with _translated():
                await obstore.put_async(
                    self._store,
                    f"{job_id}/{path.name}",
                    path,
                    chunk_size=PART_BYTES,
                    max_concurrency=PARTS_AT_ONCE,
                )

    async def get(self, job_id: str, path: Path) -> bool:
        """Download an object, completely or not at all; return False if there is no such object."""
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        async with self._gate:
            try:
                with _translated():
                    return await self._stream(f"{job_id}/{path.name}", part, path)
            finally:
                await asyncio.to_thread(_removed, part)

    async def names(self, job_id: str) -> set[str]:
        """Return the names of a job's files in the bucket."""
        with _translated():
            listed = obstore.list(self._store, job_id, chunk_size=LISTED_AT_ONCE)
            return {one["path"].rpartition("/")[2] async for page in listed for one in page}

    async def each(self, *, after: str = "") -> AsyncIterator[tuple[str, int]]:
        """Yield job id and bytes of each file whose name sorts after `after`, in order of names."""
        with _translated():
            listed = obstore.list(self._store, offset=after or None, chunk_size=LISTED_AT_ONCE)
            async for page in listed:
                for one in page:
                    yield one["path"].partition("/")[0], one["size"]

    async def drop(self, job_ids: Iterable[str]) -> None:
        """Delete all files of these jobs in the bucket."""
        for job_id in job_ids:
            names = await self.names(job_id)
            if names:
                with _translated():
                    paths = [f"{job_id}/{name}" for name in sorted(names)]
                    await obstore.delete_async(self._store, paths)

    async def probe(self) -> None:
        """Write, list, read and delete a test object; raises VaultUnreachable on failure."""
        name = f"{_PROBE}{secrets.token_hex(4)}"
        with _translated():
            await obstore.put_async(self._store, name, b"repaint")
            await obstore.list(self._store, name).collect_async()
            await (await obstore.get_async(self._store, name)).bytes_async()
            await obstore.delete_async(self._store, name)

    async def _stream(self, key: str, part: Path, path: Path) -> bool:
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise VaultUnreachable(_NO_BUCKET) from None
            return False
        await _written(found, part)
        await asyncio.to_thread(_named, part, path)
        return True


async def _written(found: obstore.GetResult, part: Path) -> None:
    size = 0
    sink = await asyncio.to_thread(_opened, part)
    try:
        async for piece in found.stream(min_chunk_size=PIECE_BYTES):
            size += len(piece)
            await asyncio.to_thread(sink.write, piece)
    finally:
        await asyncio.to_thread(sink.close)
    if size != found.meta["size"]:
        raise VaultUnreachable("incomplete file")


def _open_store(access: S3Access) -> obstore.store.S3Store:
    """Return the library's bucket object, configured with these values only.

    Otherwise the library would read the environment too.
    """
    parts = urlsplit(access.address)
    endpoint = access.endpoint or f"https://s3.{access.region}.amazonaws.com"
    return obstore.store.S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        region=access.region,
        credential_provider=partial(_credential, access),
        endpoint=endpoint,
        aws_endpoint_url_s3=endpoint,
        virtual_hosted_style_request=False,
        skip_signature=False,
        client_options={**_CLIENT, "allow_http": endpoint.startswith("http://")},
        retry_config=_RETRIES,
    )


def _credential(access: S3Access) -> obstore.store.S3Credential:
    return {
        "access_key_id": access.key_id.reveal(),
        "secret_access_key": access.key.reveal(),
        "expires_at": None,
    }


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:  # the library also raises it for a missing bucket
        code = _CODE.search(str(error))
        if code is None:
            raise StoreUnavailable("an image is no longer on disk") from None
        raise VaultUnreachable(code[1]) from None
    except BaseError as error:
        raise VaultUnreachable(_in_short(str(error))) from None
    except OSError as error:
        raise StoreUnavailable(f"PICTURES_PATH: {error.strerror}") from error


def _in_short(text: str) -> str:
    """Return the bucket's own error code from the library's error text, or a text of ours."""
    code, status = _CODE.search(text), _STATUS.search(text)
    if code is not None:
        return code[1]
    return "no answer" if status is None else f"HTTP {status[1]}"


def _opened(part: Path) -> BinaryIO:
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return part.open("wb")


def _named(part: Path, path: Path) -> None:
    """Sync a complete file to disk before it is renamed: afterwards it is never checked."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(path)


def _removed(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
