"""Bucket settings: mistakes and refusals are explained, and without a bucket nothing is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import ConfigError
from services.settings.loading import load
from services.storage import LocalStorage, open_storage
from services.storage import s3 as shared
from services.storage.factory import NO_LIBRARY
from services.storage.s3 import S3Storage
from tests.support.s3_server import (
    KEY,
    S3Proxy,
    accept_every_key,
    bucket_settings,
    create_full_access_key,
    store_settings,
)
from tests.support.time import HandClock

ROOT = Path(__file__).resolve().parents[3]
PLAIN = store_settings(bucket="paintings", endpoint="https://s3.example.com")


def problems(**given: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(PLAIN | given, env_file=None)
    return caught.value.problems


@pytest.mark.parametrize(
    "url", ["paintings", "https://paintings/x", "s3://", "s3://UPPER/x", "s3://paintings/../x"]
)
def test_invalid_bucket_address_is_refused(url: str) -> None:
    assert problems(PICTURES_URL=url) == ["PICTURES_URL: expected an s3://bucket/prefix address"]


@pytest.mark.parametrize("url", ["s3://paintings", "s3://pain.tings/", "s3://paintings/a/b-c_d/"])
def test_addresses_end_without_a_slash(url: str) -> None:
    assert load(PLAIN | {"PICTURES_URL": url}, env_file=None).pictures_url == url.rstrip("/")


def test_keys_are_needed_by_a_bucket_alone() -> None:
    assert problems(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="") == [
        "AWS_ACCESS_KEY_ID: missing; PICTURES_URL needs it",
        "AWS_SECRET_ACCESS_KEY: missing; PICTURES_URL needs it",
    ]
    assert load({"AWS_REGION": "eu-central-1"}, env_file=None).pictures_url is None


def test_nothing_goes_unencrypted_to_other_computers_unless_it_shall() -> None:
    words = "AWS_ENDPOINT_URL: expected an https:// address (or AWS_ALLOW_HTTP=true)"
    elsewhere = {"AWS_ENDPOINT_URL": "http://minio:9000"}

    assert problems(**elsewhere) == [words]
    assert load(PLAIN | elsewhere | {"AWS_ALLOW_HTTP": "true"}, env_file=None)
    assert load(PLAIN | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}, env_file=None)


def test_keys_are_secrets() -> None:
    settings = load(PLAIN, env_file=None)

    assert KEY in settings.secrets()
    assert KEY not in repr(settings)


async def test_open_storage_of_a_bucket_returns_s3_storage(
    tmp_path: Path, bucket: str, s3: str
) -> None:
    settings = bucket_settings(tmp_path, bucket=bucket, endpoint=s3)

    assert isinstance(await open_storage(settings, clock=HandClock()), S3Storage)


async def test_open_storage_of_a_missing_bucket_says_so(tmp_path: Path, s3: str) -> None:
    settings = bucket_settings(tmp_path, bucket="none-such", endpoint=s3)
    with pytest.raises(ConfigError) as caught:
        await open_storage(settings, clock=HandClock())

    assert caught.value.problems == ["PICTURES_URL: there is no such bucket"]


async def test_open_storage_with_refused_keys_says_so(
    tmp_path: Path, bucket: str, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # other variables of the environment must not interfere
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    key_id, key = create_full_access_key(s3)
    found: list[str] = []
    try:
        for given in ((key_id, key), (key_id, "wrong"), ("AKIANOBODY", key)):
            keys = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), given, strict=True))
            settings = bucket_settings(tmp_path, bucket=bucket, endpoint=s3, **keys)
            try:
                await open_storage(settings, clock=HandClock())
            except ConfigError as error:
                found += error.problems
    finally:
        accept_every_key(s3)

    keys_named = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: "
    assert found == [
        f"{keys_named}the secret key does not match the access key",
        f"{keys_named}the store does not know this key",
    ]


async def test_open_storage_of_an_unreachable_store_starts(
    tmp_path: Path, s3_proxy: S3Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    s3_proxy.close()
    settings = bucket_settings(tmp_path, bucket="paintings", endpoint=s3_proxy.address)

    assert isinstance(await open_storage(settings, clock=HandClock()), S3Storage)
    assert "the image store cannot be reached: PICTURES_URL: no answer" in caplog.text


async def test_open_storage_without_the_library_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("services.storage.s3_client", "services.storage.s3"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError) as caught:
        await open_storage(load(PLAIN, env_file=None), clock=HandClock())

    assert caught.value.problems == [NO_LIBRARY]
    assert shared is not None


async def test_open_storage_without_an_address_is_local(tmp_path: Path) -> None:
    settings = load({"PICTURES_PATH": str(tmp_path)}, env_file=None)

    assert isinstance(await open_storage(settings, clock=HandClock()), LocalStorage)


@pytest.mark.proof
def test_open_storage_without_an_address_loads_no_library() -> None:
    program = (
        "import asyncio, sys, bot\n"
        "from services.common.clock import SystemClock\n"
        "from services.settings.loading import load\n"
        "from services.storage import open_storage\n"
        "asyncio.run(open_storage(load({}, env_file=None), clock=SystemClock()))\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'obstore'"
        " or name.startswith('services.storage.') and name.rpartition('.')[2]"
        " in ('bucket', 'shared', 'copies', 'errands')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
