"""Uploads and downloads: between machines, concurrent, cut off, refused, never all in memory."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path

import pytest

from services.common.ids import new_job_id
from services.errors import StoreUnavailable, VaultUnreachable
from services.kling.download import MAX_BYTES
from services.storage.s3 import S3Storage
from services.storage.s3_cache import LocalCache
from services.storage.s3_client import TRANSFERS_AT_ONCE
from tests.services.storage.conftest import Machines
from tests.support.requests import NOON
from tests.support.s3_server import S3Proxy, objects
from tests.support.time import HandClock

MIB = 1024 * 1024
JOB = new_job_id(NOON)


def written(storage: S3Storage, name: str, body: bytes = b"a picture", job_id: str = JOB) -> Path:
    folder = storage.folder(job_id)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(body)
    return path


async def test_upload_by_one_machine_is_read_by_another(
    machines: Machines, s3: str, bucket: str
) -> None:
    one, two = machines("one"), machines("two")
    mine = written(one, "source", b"what came in")
    await one.upload([mine, one.folder(JOB) / "never-was"])
    theirs = two.folder(JOB) / "source"
    await two.ensure_local([theirs, two.folder(JOB) / "never-was"])

    assert theirs.read_bytes() == b"what came in"
    assert [path.name for path in two.folder(JOB).iterdir()] == ["source"]
    assert objects(s3, bucket) == {f"{JOB}/source": 12}


async def test_ensure_local_of_local_files_makes_no_request(
    machines: Machines, s3_proxy: S3Proxy
) -> None:
    one = machines("one")
    await one.ensure_local([written(one, "source")])

    assert s3_proxy.asked == []


async def test_concurrent_ensure_local_shares_one_download(
    machines: Machines, s3_proxy: S3Proxy
) -> None:
    one, two = machines("one"), machines("two")
    await one.upload([written(one, "source", bytes(MIB))])
    path = two.folder(JOB) / "source"
    several = [asyncio.create_task(two.ensure_local([path])) for _ in range(8)]
    await asyncio.sleep(0.01)
    several.pop(0).cancel()  # a cancelled caller does not affect the others
    await asyncio.gather(*several)

    assert path.stat().st_size == MIB
    assert len(s3_proxy.requests("GET", f"{JOB}/source")) == 1


async def test_existing_uses_one_call_per_job(
    machines: Machines, s3_proxy: S3Proxy, clock: HandClock
) -> None:
    one, two = machines("one"), machines("two")
    await one.upload([written(one, f"{JOB}_{number}.png") for number in range(1, 5)])
    paths = [two.folder(JOB) / f"{JOB}_{number}.png" for number in range(1, 9)]
    s3_proxy.asked.clear()

    assert await two.existing(paths) == set(paths[:4])
    assert len(s3_proxy.asked) == 1


async def test_download_cut_once_is_resumed(machines: Machines, s3_proxy: S3Proxy) -> None:
    one, two = machines("one"), machines("two")
    body = os.urandom(2 * MIB)
    await one.upload([written(one, "source", body)])
    s3_proxy.cuts = 1
    await two.ensure_local([two.folder(JOB) / "source"])

    assert (two.folder(JOB) / "source").read_bytes() == body


async def test_download_cut_repeatedly_leaves_no_file(
    machines: Machines, s3_proxy: S3Proxy
) -> None:
    one, two = machines("one"), machines("two")
    await one.upload([written(one, "source", os.urandom(2 * MIB))])
    s3_proxy.cuts = 1000
    with pytest.raises(VaultUnreachable):
        await two.ensure_local([two.folder(JOB) / "source"])
    s3_proxy.cuts = 0

    assert list(two.folder(JOB).iterdir()) == []
    await two.ensure_local([two.folder(JOB) / "source"])
    assert (two.folder(JOB) / "source").stat().st_size == 2 * MIB


async def test_unreachable_store_error_shows_no_address(
    machines: Machines, s3_proxy: S3Proxy
) -> None:
    one = machines("one")
    path = written(one, "source")
    s3_proxy.close()
    for work in (
        one.upload([path]),
        one.ensure_local([path.with_name("other")]),
        one.existing([path]),
    ):
        with pytest.raises(VaultUnreachable) as caught:
            await work
        assert str(caught.value) == "PICTURES_URL: no answer"
    with pytest.raises(VaultUnreachable, match="no answer"):
        await one.check()


async def test_unwritable_disk_is_named(machines: Machines) -> None:
    one, two = machines("one"), machines("two")
    await one.upload([written(one, "source")])
    two.folder(JOB).parent.mkdir()
    two.folder(JOB).write_text("in the way")

    with pytest.raises(StoreUnavailable, match="PICTURES_PATH: File exists") as caught:
        await two.ensure_local([two.folder(JOB) / "source"])
    assert not isinstance(caught.value, VaultUnreachable)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the high-water mark as Linux has it")
async def test_upload_of_a_large_file_is_streamed(
    machines: Machines, s3: str, bucket: str, s3_proxy: S3Proxy
) -> None:
    one, two = machines("one"), machines("two")
    path = written(one, f"{JOB}_1.png", b"")
    os.truncate(path, MAX_BYTES)
    await one.check()  # connections and memory of the library itself
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await one.upload([path])
    await two.ensure_local([two.folder(JOB) / path.name])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert objects(s3, bucket) == {f"{JOB}/{path.name}": MAX_BYTES}
    assert (two.folder(JOB) / path.name).stat().st_size == MAX_BYTES
    assert [one for one in s3_proxy.asked if "?uploads" in one], "not in parts"
    assert grown < 40, f"{grown:.0f} MiB for one file of 64"


async def test_transfers_are_limited_in_number(machines: Machines) -> None:
    one = machines("one")
    gate = one._bucket._gate
    paths = [written(one, f"{JOB}_{number}.png", bytes(MIB)) for number in range(1, 10)]
    seen: set[int] = set()

    async def watching() -> None:
        while True:
            seen.add(gate._value)
            await asyncio.sleep(0)

    watch = asyncio.create_task(watching())
    await one.upload(paths)
    watch.cancel()
    assert min(seen) == 0
    assert max(seen) == TRANSFERS_AT_ONCE


async def test_local_cache_counts_a_requested_folder_as_used(tmp_path: Path) -> None:
    copies = LocalCache(tmp_path, url="s3://x", most_bytes=0)
    folder = copies.folder(JOB)
    folder.mkdir()
    await copies.missing([folder / "source"], now=NOON)

    assert folder.stat().st_mtime == NOON
