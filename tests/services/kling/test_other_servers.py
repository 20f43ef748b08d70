"""Servers unlike ours: another library, another HTTP version, other behaviour."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiohttp import web

from services.kling import BearerKey, ImageGeneration, KlingClient, Provider, Timeouts
from tests.services.kling.conftest import InstantClock, picture_bytes
from tests.services.kling.scripted_provider import (
    Script,
    Step,
    accepts,
    is_at,
    says,
    says_raw,
)

PICTURE = picture_bytes()
GOOD = {"code": 0, "message": "SUCCEED", "data": {"task_id": "T1", "task_status": "submitted"}}
RAW = json.dumps(GOOD).encode()


class MinimalKling(BaseHTTPRequestHandler):
    """A Kling in a few lines of the standard library: done at the second poll."""

    looks = 0

    def do_POST(self) -> None:
        json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._say(RAW, "application/json")

    def do_GET(self) -> None:
        if self.path.endswith(".png"):
            self._say(PICTURE, "application/octet-stream")
            return
        type(self).looks += 1
        is_done = self.looks > 1
        host = self.headers["Host"]
        images = [{"url": f"http://{host}/result.png"}] if is_done else []
        word = "succeed" if is_done else "processing"
        data = {"task_id": "T1", "task_status": word, "task_result": {"images": images}}
        self._say(json.dumps({"code": 0, "data": data}).encode(), "text/plain")

    def _say(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


@contextmanager
def plain_server(version: str) -> Iterator[str]:
    handler = type("Handler", (MinimalKling,), {"protocol_version": version})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
async def test_download_from_another_http_library_works(
    version: str, picture: Path, tmp_path: Path, clock: InstantClock
) -> None:
    with plain_server(version) as url:
        provider = Provider(base_url=url, credential=BearerKey("sk-x"), timeouts=Timeouts())
        async with KlingClient(provider, clock=clock) as kling:
            task = await kling.generate(ImageGeneration(model="m", prompt="in oil", image=picture))
            got = await kling.download(task.images[0].url, tmp_path / "out")
    assert (got.content_type, got.width, got.height) == ("image/png", 320, 300)
    assert await asyncio.to_thread((tmp_path / "out").read_bytes) == PICTURE


@pytest.mark.parametrize(
    "step",
    [
        says(GOOD, status=201),
        says(GOOD, status=202),
        says(GOOD, Connection="close"),
        says(GOOD, Retry_After="3"),
        says_raw(RAW, content_type="text/plain"),
        says_raw(b"\xef\xbb\xbf" + RAW),
        says_raw(gzip.compress(RAW), Content_Encoding="gzip"),
        accepts(task_status=None),
        accepts(task_status="", task_result=None, created_at=None, task_info=None),
        accepts(task_status="created", extra={"deep": [1, {"url": 5}]}),
    ],
)
async def test_submit_accepted_in_any_form_is_read(
    kling: KlingClient, script: Script, step: Step
) -> None:
    script.say(step)
    task = await kling.submit(ImageGeneration(model="m", prompt="x"))
    assert (task.task_id, task.images) == ("T1", ())


async def test_submit_uses_a_connection_of_its_own(kling: KlingClient, script: Script) -> None:
    """Polls share one; a submission never uses one that the server may be closing."""
    ports: list[int] = []

    async def note(request: web.Request) -> web.StreamResponse:
        ports.append((request.transport and request.transport.get_extra_info("peername"))[1])
        return await accepts()(request)

    script.say(note)
    for ask in (kling.fetch, kling.fetch):
        await ask("T1")
    for _ in range(2):
        await kling.submit(ImageGeneration(model="m", prompt="x"))
    assert len(set(ports[:2])) == 1
    assert len(set(ports)) == 3


async def test_addresses_in_other_fields_are_not_images(kling: KlingClient, script: Script) -> None:
    """Callbacks, inputs and thumbnails have addresses too."""
    script.say(is_at("processing", task_info={"callback_url": "https://x.example", "url": "u"}))
    assert (await kling.fetch("T1")).images == ()
