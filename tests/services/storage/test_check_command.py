"""`check` on an image store: its permissions, its refusals, and settings without a store."""

from __future__ import annotations

from services.cli.check.findings import Verdict
from tests.services.cli.check import conftest as doctor
from tests.services.cli.check.conftest import Examine
from tests.support.s3_server import store_settings

examine = doctor.examine

NOBODY = {"KLING_API_KEY": None, "DISCORD_TOKEN": None}


async def test_check_without_a_bucket_mentions_none(examine: Examine) -> None:
    assert "PICTURES_URL" not in (await examine(**NOBODY)).text


async def test_check_tries_the_bucket(examine: Examine, bucket: str, s3: str) -> None:
    found = await examine(**NOBODY, **store_settings(bucket=bucket, endpoint=s3))

    assert found.verdict("PICTURES_URL") is Verdict.OK
    assert found["PICTURES_URL"].found == (
        f"s3://{bucket}/pictures: can be listed, read, written and deleted"
    )


async def test_check_of_a_missing_bucket_is_bad(examine: Examine, s3: str) -> None:
    found = await examine(**NOBODY, **store_settings(bucket="none-such", endpoint=s3))

    assert found.verdict("PICTURES_URL") is Verdict.BAD
    assert found["PICTURES_URL"].found == "there is no such bucket"
    assert found["PICTURES_URL"].fix == "check PICTURES_URL"


async def test_check_of_an_unreachable_store_is_bad(examine: Examine) -> None:
    given = store_settings(bucket="paintings", endpoint="http://127.0.0.1:1")
    found = await examine(**NOBODY, **given)

    assert found.verdict("PICTURES_URL") is Verdict.BAD
    assert found["PICTURES_URL"].found == "cannot be used: no answer"
