"""An S3-like server on this computer, written by others, with a proxy of ours in front of it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import obstore
import obstore.store

from services.common.clock import Clock
from services.settings.loading import Settings, load
from services.storage import make_bucket_storage
from services.storage.s3 import S3Storage

KEY_ID, KEY = "AKIA" + "EXAMPLE1", "made-up-for-tests"

_SERVER = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
from moto.s3.models import s3_backends
backend = s3_backends["123456789012"]["aws"]
for line in sys.stdin:
    bucket, *keys = line.split()
    for key in keys:
        backend.put_object(bucket, key, b"12345")
    print("filled", flush=True)
"""

_IAM = "Version=2010-05-08&"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


@dataclass
class S3ServerProcess:
    """The server's process."""

    address: str
    process: subprocess.Popen[str]

    def fill(self, bucket: str, keys: Iterable[str]) -> None:
        """Add many small objects, faster than over HTTP."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{bucket} {' '.join(keys)}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "filled\n"


@contextmanager
def s3_server() -> Generator[S3ServerProcess]:
    """Run the server in a process of its own."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        host, port = server.stdout.readline().split()
        try:
            yield S3ServerProcess(f"http://{host}:{port}", server)
        finally:
            server.stdin.close()


def called(address: str, method: str, body: bytes = b"") -> str:
    headers = {"Content-Type": "text/plain"}
    if body.startswith(_IAM.encode()):
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260101/us-east-1/iam/"}
    request = urllib.request.Request(address, data=body or None, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


@dataclass
class S3Proxy:
    """A proxy in front of the server; a test can close it or make it cut answers short."""

    port: int
    address: str = ""
    asked: list[str] = field(default_factory=list)
    """The first line of each request, without the version."""
    is_open: bool = True
    cuts: int = 0
    """How many of the next answers end after `CUT_AT` bytes."""
    at_once: int = 0
    most_at_once: int = 0
    _links: set[asyncio.StreamWriter] = field(default_factory=set)

    CUT_AT = 100_000

    def close(self) -> None:
        """Refuse new connections and reset the open ones."""
        self.is_open = False
        for link in self._links:
            link.transport.abort()

    def requests(self, method: str, ending: str = "") -> list[str]:
        return [one for one in self.asked if one.startswith(method) and one.endswith(ending)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        links = {writer, inner_writer}
        self._links |= links
        with suppress(ConnectionError):
            await asyncio.gather(
                self._inwards(reader, inner_writer), self._outwards(inner_reader, writer)
            )
        self._links -= links
        for link in links:
            link.transport.abort()

    async def _inwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            head = re.match(rb"(GET|PUT|POST|DELETE|HEAD) (\S+) HTTP", piece)
            if head is not None:
                self.asked.append(f"{head[1].decode()} {head[2].decode()}")
            writer.write(piece)
            await writer.drain()
        writer.transport.abort()

    async def _outwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        total = 0
        while piece := await reader.read(65536):
            total += len(piece)
            if self.cuts and total > self.CUT_AT:
                self.cuts -= 1
                break
            writer.write(piece)
            await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def open_s3_proxy(server: str) -> AsyncGenerator[S3Proxy]:
    s3_proxy = S3Proxy(int(server.rpartition(":")[2]))
    listening = await asyncio.start_server(s3_proxy.serve, "127.0.0.1", 0)
    s3_proxy.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield s3_proxy
    finally:
        listening.close()
        s3_proxy.close()
        await asyncio.sleep(0)


def bucket_settings(folder: Path, *, bucket: str, endpoint: str, **given: str) -> Settings:
    """Return the settings of one of several machines."""
    values = store_settings(bucket=bucket, endpoint=endpoint)
    values |= {"PICTURES_PATH": str(folder)} | given
    return load(values, env_file=None)


def store_settings(*, bucket: str, endpoint: str) -> dict[str, str]:
    return {
        "PICTURES_URL": f"s3://{bucket}/pictures",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": KEY,
    }


def machine(settings: Settings, clock: Clock) -> S3Storage:
    """Return the storage as one machine sees it."""
    storage = make_bucket_storage(settings, clock=clock)
    assert isinstance(storage, S3Storage)
    return storage


def objects(server: str, bucket: str) -> dict[str, int]:
    """Return names and sizes (bytes) of a bucket's objects, read by the library alone."""
    store = obstore.store.S3Store(
        bucket,
        prefix="pictures",
        endpoint=server,
        region="us-east-1",
        access_key_id=KEY_ID,
        secret_access_key=KEY,
        client_options={"allow_http": True},
    )
    return {one["path"]: one["size"] for page in obstore.list(store) for one in page}


def create_full_access_key(server: str) -> tuple[str, str]:
    """Create a user with all rights and return their key; from now on other keys are refused."""
    policy = quote(json.dumps(_POLICY))
    for action in (
        "Action=CreateUser&UserName=bot",
        f"Action=PutUserPolicy&UserName=bot&PolicyName=p&PolicyDocument={policy}",
    ):
        called(server, "POST", (_IAM + action).encode())
    made = called(server, "POST", f"{_IAM}Action=CreateAccessKey&UserName=bot".encode())
    found = [re.search(rf"<{name}>(.*?)</", made) for name in ("AccessKeyId", "SecretAccessKey")]
    called(f"{server}/moto-api/reset-auth", "POST", b"0")
    assert found[0] is not None
    assert found[1] is not None
    return found[0][1], found[1][1]


def accept_every_key(server: str) -> None:
    """Accept every key again."""
    called(f"{server}/moto-api/reset-auth", "POST", b"1e9")
