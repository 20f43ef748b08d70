"""Sources on disk: fetched from Discord once, and kept in a folder for each Job.

An address that a member typed is handed on as it is: nothing here opens it.
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
from services.common.streaming import READ_AHEAD, TooLong, stream_to_file, temp_path
from services.errors import (
    DownloadFailed,
    ImageTooLarge,
    SourceGone,
    SourceNotKept,
    StoreUnavailable,
    UnsupportedImage,
)
from services.images import UNCOUNTED, Decoding, Opening, Ready, prepare, prepared_path
from services.images.header_parsers import read_header
from services.images.limits import SMALL_BYTES, SOURCE_BYTES
from services.models import Job, Source

log = logging.getLogger(__name__)

WAITS_S = (0.5, 2.0)
"""Between tries; a GET may be repeated."""

TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=15)
"""50 MB in a minute; a link that stalls for 15 s will not come back."""

TRANSFERS_AT_ONCE = 4
"""Sources under way; each holds two megabytes at most: it bounds memory, and spares the upload."""

SUFFIXES = (".png", ".jpg", ".webp", ".gif", ".avif", ".bmp", ".tiff")
"""What results end in; `<name>-fit.jpg` beside one is none."""

_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
"""Discord: a signed link that lapsed, or an attachment that was deleted."""

_FORBIDDEN = 403
_NO_LONGER = b"no longer available"
"""What Discord's store of pictures says with a 403; in other words it is a wall's."""


class SourceFolder:
    """Makes sources ready for Kling; each Job's pictures lie in a folder named by its id."""

    def __init__(
        self,
        pictures_path: Path,
        *,
        session: aiohttp.ClientSession,
        decoder: Decoding,
        clock: Clock,
        openings: Callable[[str], Opening] = lambda _job_id: UNCOUNTED,
    ) -> None:
        """Take the folder of all pictures and a session without any Authorization of its own.

        `openings` counts for a Job that one of its pictures is being opened.
        """
        self._pictures_path = pictures_path
        self._session = session
        self._decoder, self._openings = decoder, openings
        self._clock = clock
        self._gate = asyncio.Semaphore(TRANSFERS_AT_ONCE)

    def folder(self, job_id: str) -> Path:
        """Return the Job's folder, made when missing, for the bot's own user alone.

        Raise StoreUnavailable when the disk does not take it.
        """
        folder = self._pictures_path / job_id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"no folder for pictures: {error.strerror}") from error
        return folder

    async def make_ready(self, job: Job, *, again: bool = False) -> tuple[Ready, ...]:
        """Return what may go to Kling, in the Request's order; fetch and prepare what is not yet.

        In the form that the Job's row names, made afresh if `again`. Raise RequestError when one
        can not be used, DownloadFailed when Discord does not answer, or StoreUnavailable.
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
        kept = (path, prepared_path(path, folder=folder, form=form))
        async with self._gate:  # whoever waits for the decoder holds up no other transfer
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
        return Ready.of(made)

    async def _bring(self, source: Source, path: Path) -> None:
        """Take another Job's picture from our disk; fetch what is not there and has an address."""
        if source.origin == "job":
            mine = functools.partial(_linked, self._pictures_path, source, path)
            if await asyncio.to_thread(mine):
                return
            if not source.url:
                raise SourceNotKept
        await fetch_source(
            self._session, source.url, path, clock=self._clock, told_bytes=source.size
        )


def source_path(folder: Path, number: int = 0) -> Path:
    """Return where a Job keeps a picture that came in; 0 is the first, and often the only one."""
    return folder / (f"source-{number + 1}" if number else "source")


def paths_of(folder: Path, source: Source, name: str) -> tuple[Path, ...]:
    """Return where another Job's picture may lie in its folder; `name`: what ours is called."""
    if source.position is None:
        return (folder / name,)
    result = f"{source.job_id}_{source.position + 1}"
    return tuple(folder / f"{result}{suffix}" for suffix in SUFFIXES)


def _linked(pictures_path: Path, source: Source, path: Path) -> bool:
    """Give another Job's picture a second name; False where it is gone.

    Raise StoreUnavailable when the disk does not take it.
    """
    paths = paths_of(pictures_path / source.job_id, source, path.name)
    try:
        for found in (one for one in paths if one.is_file()):
            _doubled(found, path)
            return True
    except FileNotFoundError:  # swept at this very moment
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
    told_bytes: int | None = None,
    max_bytes: int = SOURCE_BYTES,
    timeout: aiohttp.ClientTimeout = TIMEOUT,  # noqa: ASYNC109 -- aiohttp's own, by phase
) -> int:
    """Stream an attachment to `path`, whole or not at all; return its size in bytes.

    Less than the `told_bytes` of Discord's payload is half a file; more is somebody's page, unless
    it is a picture.

    `url` must come from Discord's own payload: nothing here asks where it leads, except that a
    redirect may not leave its host. Raise SourceGone, ImageTooLarge, DownloadFailed after three
    tries, or StoreUnavailable when the disk does not take it.
    """
    for wait_s in WAITS_S:
        try:
            return await _fetch(session, url, path, told_bytes, max_bytes, timeout=timeout)
        except DownloadFailed as reason:
            log.info("source not fetched, trying again: %s", reason)
            await clock.sleep(wait_s)
    return await _fetch(session, url, path, told_bytes, max_bytes, timeout=timeout)


async def _fetch(
    session: aiohttp.ClientSession,
    url: str,
    path: Path,
    told_bytes: int | None,
    max_bytes: int,
    *,
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
) -> int:
    part, is_placed = temp_path(path), False
    try:
        # encoded: a signed query must stay as it is, byte for byte
        response = await _answer(session, URL(url, encoded=True), timeout=timeout)
        async with response:
            await _judge(response, max_bytes=None if told_bytes else max_bytes)
            size = await stream_to_file(response, part, limit=max_bytes)
        if (
            told_bytes
            and size != told_bytes
            and not (size > told_bytes and await asyncio.to_thread(_is_picture, part))
        ):
            raise DownloadFailed(f"{size} bytes where Discord told of {told_bytes}")
        await asyncio.to_thread(part.replace, path)
        is_placed = True
    except (ImageTooLarge, TooLong) as error:
        raise await asyncio.to_thread(_too_large, error, part, told_bytes, max_bytes) from error
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
    error: ImageTooLarge | TooLong, part: Path, told_bytes: int | None, max_bytes: int
) -> ImageTooLarge | DownloadFailed:
    """Say what a body that is too long means: where Discord had told of less, perhaps a page."""
    found = int(error.found)
    if told_bytes is not None and not _is_picture(part):
        return DownloadFailed(f"more than the {told_bytes} bytes that Discord told of")
    return ImageTooLarge(found=found, allowed=max_bytes, unit="bytes")


def _is_picture(part: Path) -> bool:
    """Tell whether a file begins as a picture does: what is wrong with it is said later."""
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
    """Return the first answer that is no redirect; redirects stay on the host."""
    for _ in range(_REDIRECTS + 1):
        response = await session.get(
            address, allow_redirects=False, timeout=timeout, read_bufsize=READ_AHEAD
        )
        if response.status not in _MOVED:
            return response
        response.release()
        target = address.join(URL(response.headers.get("Location", ""), encoded=True))
        if target.origin() != address.origin():
            raise DownloadFailed("redirected elsewhere")
        address = target
    raise DownloadFailed("redirected too often")


async def _judge(response: aiohttp.ClientResponse, *, max_bytes: int | None) -> None:
    """Refuse other answers than a file; None: how long it is shows whose it is, so it is read."""
    if await _is_gone(response):
        raise SourceGone
    if response.status != 200:  # noqa: PLR2004 -- HTTP: OK
        raise DownloadFailed(f"HTTP {response.status}")
    declared = response.content_length or 0
    if max_bytes is not None and declared > max_bytes:
        raise ImageTooLarge(found=declared, allowed=max_bytes, unit="bytes")


async def _is_gone(response: aiohttp.ClientResponse) -> bool:
    """Tell whether Discord itself says so; a page is of something on the way and passes."""
    if response.status == _FORBIDDEN:
        return _NO_LONGER in await response.content.read(READ_AHEAD)
    return response.status in _GONE and response.content_type != "text/html"


def _removed(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a part of a source was left behind: %s", error.strerror)
