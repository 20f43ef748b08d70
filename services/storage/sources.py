"""Sources on this disk: downloaded from Discord once, in a folder per job, and prepared for Kling.

A typed URL is passed on unchanged; this module never opens it.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import aiohttp
from yarl import URL

from services.common.clock import Clock
from services.common.net import parse_url
from services.common.streaming import READ_AHEAD, TooLong, stream_to_file, temp_path
from services.errors import (
    DownloadFailed,
    ImageTooLarge,
    SourceGone,
    SourceNotKept,
    StoreUnavailable,
    UnsupportedImage,
)
from services.images import (
    SMALL_BYTES,
    SOURCE_BYTES,
    UNCOUNTED,
    Decoding,
    Opening,
    Ready,
    prepare,
    prepared_path,
    read_header,
)
from services.models import Job, Source

log = logging.getLogger(__name__)

WAITS_S = (0.5, 2.0)
"""Seconds between the attempts to download a source; a GET may be repeated."""

TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=15)
"""Time limits of a download: 50 MB in a minute; a transfer that stalls for 15 s is given up."""

TRANSFERS_AT_ONCE = 4
"""Maximum concurrent downloads. Each uses two megabytes of memory, and the network is needed for
submissions too."""

SUFFIXES = (".png", ".jpg", ".webp", ".gif", ".avif", ".bmp", ".tiff")
"""Suffixes of the files of results. `<name>-fit.jpg` next to one is not a result."""

_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
"""Discord's HTTP statuses for an expired signed link or a deleted attachment."""

_FORBIDDEN = 403
_NO_LONGER = b"no longer available"
"""Text of Discord's file host in a 403 for an expired link; a 403 with any other text comes from a
proxy."""


class SourceFolder:
    """Fetches sources and prepares them for Kling; each job has a folder named by its id."""

    def __init__(
        self,
        pictures_path: Path,
        *,
        session: aiohttp.ClientSession,
        decoder: Decoding,
        clock: Clock,
        openings: Callable[[str], Opening] = lambda _job_id: UNCOUNTED,
    ) -> None:
        """Take folder, session and decoder; `session` must not send an Authorization header.

        `openings` returns the counter of a job's image openings.
        """
        self._pictures_path = pictures_path
        self._session = session
        self._decoder, self._openings = decoder, openings
        self._clock = clock
        self._gate = asyncio.Semaphore(TRANSFERS_AT_ONCE)

    def folder(self, job_id: str) -> Path:
        """Return the job's folder, created if missing, accessible to the bot's system user only.

        Raises StoreUnavailable if the disk refuses it.
        """
        folder = self._pictures_path / job_id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"no folder for images: {error.strerror}") from error
        return folder

    async def make_ready(self, job: Job, *, again: bool = False) -> tuple[Ready, ...]:
        """Return the images or links to submit, in the request's order.

        Missing files are downloaded and prepared. The form is `job.source_form`; `again`: encode
        them even if prepared files exist, from a source that is downloaded once more if it is
        missing. Raises RequestError if an image cannot be used, DownloadFailed if Discord does not
        answer, and StoreUnavailable.
        """
        folder = self.folder(job.id)
        paths = [source_path(folder, number) for number, _ in enumerate(job.request.sources)]
        return tuple(
            [
                await self._ready(job, source, path, again=again)
                for source, path in zip(job.request.sources, paths, strict=True)
            ]
        )

    async def _ready(self, job: Job, source: Source, path: Path, *, again: bool) -> Ready:
        if source.origin == "link":
            return Ready(picture=source.url)
        folder, form = path.parent, job.source_form
        kept = (path,) if again else (path, prepared_path(path, folder=folder, form=form))
        async with self._gate:  # a wait for the decoder blocks no other transfer
            if not await asyncio.to_thread(lambda: any(one.is_file() for one in kept)):
                await self._bring(source, path)
        made = await prepare(
            path,
            folder=folder,
            decoder=self._decoder,
            form=form,
            small_bytes=SMALL_BYTES // sum(one.origin != "link" for one in job.request.sources),
            force=again,
            opening=self._openings(job.id),
        )
        return Ready.from_prepared(made)

    async def _bring(self, source: Source, path: Path) -> None:
        """Link another job's image as a source; download it if it is not here and has a URL."""
        if source.origin == "job":
            mine = functools.partial(_linked, self._pictures_path, source, path)
            if await asyncio.to_thread(mine):
                return
            if not source.url:
                raise SourceNotKept
        await fetch_source(
            self._session, source.url, path, clock=self._clock, stated_bytes=source.size
        )


def source_path(folder: Path, number: int = 0) -> Path:
    """Return the path of a job's source in its folder; 0 is the first, often the only one."""
    return folder / (f"source-{number + 1}" if number else "source")


def list_paths(folder: Path, source: Source, name: str) -> tuple[Path, ...]:
    """Return the paths in another job's folder at which a source of ours may be.

    `name` is the file name that the source has in our folder.
    """
    if source.position is None:
        return (folder / name,)
    result = f"{source.job_id}_{source.position + 1}"
    return tuple(folder / f"{result}{suffix}" for suffix in SUFFIXES)


def _linked(pictures_path: Path, source: Source, path: Path) -> bool:
    """Hard-link (or copy) another job's image under our name; return False if it does not exist.

    Raises StoreUnavailable if the disk refuses it.
    """
    paths = list_paths(pictures_path / source.job_id, source, path.name)
    try:
        for found in (one for one in paths if one.is_file()):
            _doubled(found, path)
            return True
    except FileNotFoundError:  # the other job's image was deleted at this moment
        return False
    except OSError as error:
        raise StoreUnavailable(f"source not written: {error.strerror}") from error
    return False


def _doubled(found: Path, path: Path) -> None:
    try:
        path.hardlink_to(found)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        part = temp_path(path)
        shutil.copyfile(found, part)
        part.replace(path)


async def fetch_source(
    session: aiohttp.ClientSession,
    url: str,
    path: Path,
    *,
    clock: Clock,
    stated_bytes: int | None = None,
    max_bytes: int = SOURCE_BYTES,
    timeout: aiohttp.ClientTimeout = TIMEOUT,  # noqa: ASYNC109 -- aiohttp's own, by phase
) -> int:
    """Stream an attachment to `path`, completely or not at all; return its size in bytes.

    `stated_bytes` is the size in Discord's payload: fewer bytes are an incomplete file; more are a
    page from a proxy, unless they are an image.

    `url` must come from Discord's own payload: this function does not check where it leads, except
    that a redirect must stay on its host. Raises SourceGone, ImageTooLarge, DownloadFailed after
    three attempts, or StoreUnavailable if the disk refuses the file.
    """
    for wait_s in WAITS_S:
        try:
            return await _fetch(session, url, path, stated_bytes, max_bytes, timeout=timeout)
        except DownloadFailed as reason:
            log.info("source not fetched, trying again: %s", reason)
            await clock.sleep(wait_s)
    return await _fetch(session, url, path, stated_bytes, max_bytes, timeout=timeout)


async def _fetch(
    session: aiohttp.ClientSession,
    url: str,
    path: Path,
    stated_bytes: int | None,
    max_bytes: int,
    *,
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
) -> int:
    part, is_placed = temp_path(path), False
    try:
        # encoded: a signed query must stay as it is, byte for byte
        response = await _answer(session, URL(url, encoded=True), timeout=timeout)
        async with response:
            await _judge(response, max_bytes=None if stated_bytes else max_bytes)
            size = await stream_to_file(response, part, limit=max_bytes)
        if (
            stated_bytes
            and size != stated_bytes
            and not (size > stated_bytes and await asyncio.to_thread(_is_picture, part))
        ):
            raise DownloadFailed(f"{size} bytes, but Discord stated {stated_bytes}")
        await asyncio.to_thread(part.replace, path)
        is_placed = True
    except (ImageTooLarge, TooLong) as error:
        raise await asyncio.to_thread(_too_large, error, part, stated_bytes, max_bytes) from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # The type alone: these quote the signed link.
        raise DownloadFailed(type(error).__name__) from error
    except OSError as error:
        raise StoreUnavailable(f"source not written: {error.strerror}") from error
    finally:
        if not is_placed:
            await asyncio.to_thread(_removed, part)
    return size


def _too_large(
    error: ImageTooLarge | TooLong, part: Path, stated_bytes: int | None, max_bytes: int
) -> ImageTooLarge | DownloadFailed:
    """Return the error for a body that is too long; if Discord stated less, it may be a page."""
    found = int(error.found)
    if stated_bytes is not None and not _is_picture(part):
        return DownloadFailed(f"more than the {stated_bytes} bytes that Discord stated")
    return ImageTooLarge(found=found, allowed=max_bytes, unit="bytes")


def _is_picture(part: Path) -> bool:
    """Return whether a file begins like an image; later steps check the rest."""
    try:
        read_header(part)
    except (UnsupportedImage, FileNotFoundError):
        return False
    return True


async def _answer(
    session: aiohttp.ClientSession,
    address: URL,
    *,
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
) -> aiohttp.ClientResponse:
    """Return the first response that is not a redirect; a redirect must stay on the host."""
    for _ in range(_REDIRECTS + 1):
        response = await session.get(
            address, allow_redirects=False, timeout=timeout, read_bufsize=READ_AHEAD
        )
        if response.status not in _MOVED:
            return response
        response.release()
        target = _resolve_redirect(response, address)
        if target.origin() != address.origin():
            raise DownloadFailed("redirected elsewhere")
        address = target
    raise DownloadFailed("redirected too often")


def _resolve_redirect(response: aiohttp.ClientResponse, address: URL) -> URL:
    try:
        return address.join(parse_url(response.headers.get("Location", ""), encoded=True))
    except ValueError as error:
        raise DownloadFailed("redirected elsewhere") from error


async def _judge(response: aiohttp.ClientResponse, *, max_bytes: int | None) -> None:
    """Raise an error unless a response is a file of at most `max_bytes` (None: any length).

    Without a limit the body is read, because its length shows whether it is Discord's.
    """
    if await _is_gone(response):
        raise SourceGone
    if response.status != 200:  # noqa: PLR2004 -- HTTP: OK
        raise DownloadFailed(f"HTTP {response.status}")
    declared = response.content_length or 0
    if max_bytes is not None and declared > max_bytes:
        raise ImageTooLarge(found=declared, allowed=max_bytes, unit="bytes")


async def _is_gone(response: aiohttp.ClientResponse) -> bool:
    """Return whether Discord itself says that a file is gone; a proxy's HTML page is temporary."""
    if response.status == _FORBIDDEN:
        return _NO_LONGER in await response.content.read(READ_AHEAD)
    return response.status in _GONE and response.content_type != "text/html"


def _removed(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError as error:
        log.warning("an incomplete source file was not deleted: %s", error.strerror)
