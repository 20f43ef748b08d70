"""Download of results: without our key, limited in size, streamed to disk, checked before use."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
from yarl import URL

from services.common.clock import Clock
from services.common.ssrf import REFUSED, AddressRefused
from services.common.streaming import READ_AHEAD, TooLong, stream_to_file, temp_path
from services.errors import DownloadFailed, StoreUnavailable, UnsupportedImage
from services.images import UNCOUNTED, CheckedResult, Decoder, Opening, check_result
from services.kling import inline_images
from services.kling.connections import ProviderSessions
from services.kling.provider import Provider
from services.kling.raw_url import as_written, redirected

log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
"""Our limit for a result: a 4K PNG is about 25 MB."""

MAX_REDIRECTS = 3
"""Our limit for redirects: a signed link needs none, a gateway's own link one."""

_WAITS_S = (0.5, 2.0)
"""Seconds before the second and the third attempt."""

AT_ONCE = 16
"""Maximum concurrent downloads; each uses at most two megabytes and one connection."""

_LAPSED = (401, 403, 404, 410)
"""HTTP statuses of an expired link."""
_PASSING = (408, 425, 429)
"""HTTP statuses below 500 after which a retry may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A downloaded image, with type and pixels from its own content."""

    path: Path
    size: int
    """The file's size in bytes."""
    content_type: str
    width: int
    height: int


class _TryAgain(Exception):
    """The response is an error that a retry may overcome."""


@dataclass(slots=True)
class _ReceivedBytes:
    """Counts the bytes received by all attempts to fetch one image, after decompression."""

    received: int = 0

    def discard(self, part: Path) -> None:
        """Count the bytes that an attempt left behind, and delete them."""
        with suppress(FileNotFoundError):
            self.received += part.stat().st_size
            part.unlink()


class Downloads:
    """Downloads results with a guarded session, or a plain one for the provider's own host.

    The guarded session refuses private addresses.
    """

    def __init__(
        self,
        provider: Provider,
        connections: ProviderSessions,
        *,
        decoder: Decoder | None,
        clock: Clock,
    ) -> None:
        """Take the provider, two sessions without Authorization headers, and the image decoder.

        Without a `decoder` it creates its own, which `close` closes.
        """
        self._provider, self._clock = provider, clock
        self._decoder, self._owns_decoder = decoder or Decoder(), decoder is None
        self._guarded, self._plain = connections.guarded, connections.plain
        self._gate = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Close the decoder if it was created here."""
        if self._owns_decoder:
            self._decoder.close()

    async def fetch(
        self,
        url: str,
        path: Path,
        *,
        max_bytes: int = MAX_BYTES,
        opening: Opening = UNCOUNTED,
    ) -> Downloaded:
        """Download an image to `path` in at most three attempts; raise DownloadFailed if all fail.

        `opening` counts, in a place that outlives the process, that the image is being opened.
        """
        tally = _ReceivedBytes()
        try:
            return await self._try(url, path, tally, max_bytes=max_bytes, opening=opening)
        except DownloadFailed as failure:
            failure.received = tally.received
            raise

    async def _try(
        self, url: str, path: Path, tally: _ReceivedBytes, *, max_bytes: int, opening: Opening
    ) -> Downloaded:
        for wait_s in (*_WAITS_S, None):
            try:
                return await self._attempt(url, path, tally, max_bytes=max_bytes, opening=opening)
            except (aiohttp.ClientError, TimeoutError, _TryAgain) as trouble:
                if _is_refused_address(trouble):
                    raise DownloadFailed(REFUSED, unusable=True) from None
                log.debug("download: %s", _in_short(trouble))
                if wait_s is None:
                    raise DownloadFailed(_in_short(trouble)) from None
            except OSError as trouble:
                reason = f"cannot write: {trouble.strerror}"
                raise DownloadFailed(reason, at_home=True) from trouble
            except ValueError:
                raise DownloadFailed("not an address", unusable=True) from None
            await self._clock.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    async def _attempt(
        self, url: str, path: Path, tally: _ReceivedBytes, *, max_bytes: int, opening: Opening
    ) -> Downloaded:
        part = temp_path(path)
        try:
            async with self._gate:
                if inline_images.is_inline(url):
                    await asyncio.to_thread(inline_images.write, url, part, max_bytes=max_bytes)
                else:
                    await self._write(self._address(url), part, max_bytes=max_bytes)
            checked = await self._checked(part, opening)
            return await asyncio.to_thread(_keep, checked, path)
        finally:
            tally.discard(part)
            part.with_name(f"{part.name}.png").unlink(missing_ok=True)  # a converted copy

    async def _checked(self, part: Path, opening: Opening) -> CheckedResult:
        """Check the downloaded file; raise DownloadFailed if it is no image or the disk is full."""
        try:
            return await check_result(part, decoder=self._decoder, opening=opening)
        except UnsupportedImage as broken:
            raise DownloadFailed(f"not an image: {broken}", unusable=True) from None
        except StoreUnavailable as trouble:
            raise DownloadFailed(f"cannot write: {trouble}", at_home=True) from trouble

    def _address(self, url: str) -> URL:
        return _address(self._provider.resolve_address(url))

    async def _write(self, url: URL, part: Path, *, max_bytes: int) -> None:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._session_for(url).get(
                url,
                timeout=self._provider.timeouts.download,
                allow_redirects=False,
                read_bufsize=READ_AHEAD,
            ) as response:
                if response.status == HTTPStatus.OK:
                    await _land(response, part, max_bytes=max_bytes)
                    return
                url = _next(response, url)
        raise DownloadFailed(f"more than {MAX_REDIRECTS} redirects")

    def _session_for(self, url: URL) -> aiohttp.ClientSession:
        """Return the session for one hop: plain for the provider itself, else https and guarded."""
        if self._provider.hands_out(url):
            return self._plain
        if url.scheme != "https":
            raise DownloadFailed(f"refused scheme {url.scheme}", unusable=True)
        return self._guarded


def _in_short(trouble: Exception) -> str:
    """Return a short text for an error; a library's own text may quote a signed address."""
    return str(trouble) if isinstance(trouble, _TryAgain) else type(trouble).__name__


def _address(url: str, *, base: URL | None = None) -> URL:
    try:
        address = as_written(url) if base is None else redirected(url, base=base)
    except ValueError:
        raise DownloadFailed("not an address", unusable=True) from None
    if address.scheme not in ("http", "https") or not address.host:
        raise DownloadFailed(f"refused scheme {address.scheme or '(none)'}", unusable=True)
    if address.user or address.password:
        raise DownloadFailed("refused address with a password", unusable=True)
    return address


def _next(response: aiohttp.ClientResponse, url: URL) -> URL:
    """Return the target of a redirect; raise an error for any other response."""
    status = response.status
    if status in (301, 302, 303, 307, 308) and (target := response.headers.get("Location")):
        return _address(target, base=url)
    if status in _LAPSED:
        raise DownloadFailed(f"HTTP {status}", lapsed=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        raise _TryAgain(f"HTTP {status}")
    raise DownloadFailed(f"HTTP {status}")


async def _land(response: aiohttp.ClientResponse, part: Path, *, max_bytes: int) -> None:
    too_large = DownloadFailed(f"more than {max_bytes} bytes", unusable=True)
    if (response.content_length or 0) > max_bytes:  # announced: nothing of it is fetched
        response.close()
        raise too_large
    try:
        await stream_to_file(response, part, limit=max_bytes)
    except TooLong:
        response.close()
        raise too_large from None


def _keep(checked: CheckedResult, path: Path) -> Downloaded:
    """Flush the checked image to disk, then rename it to `path`."""
    with checked.path.open("rb+") as written:
        os.fsync(written.fileno())
        size = os.fstat(written.fileno()).st_size
    checked.path.replace(path)
    return Downloaded(
        path=path,
        size=size,
        content_type=checked.content_type,
        width=checked.width,
        height=checked.height,
    )


def _is_refused_address(trouble: BaseException) -> bool:
    """Return whether the guard refused a private address; aiohttp may wrap its error."""
    return REFUSED in str(trouble) or isinstance(trouble.__cause__, AddressRefused)
