"""The meaning of 0 for every numeric setting is what its line in .env.example says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.common.ids import new_job_id
from services.db import Store
from services.errors import ConfigError, NothingMayWait, QuotaExceeded
from services.models import Limits
from services.policy.quotas import allowance_from_settings, find_day
from services.settings.loading import Settings, load, rows
from tests.support.requests import NOON, a_request

ZERO: Mapping[str, str] = {
    "KLING_CONCURRENCY": "refused",
    "KLING_TIMEOUT": "refused",
    "KLING_GIVE_UP": "refused",
    "MAX_COUNT": "refused",
    "SHARD_COUNT": "refused",
    "KEEP_PICTURES_DAYS": "0 = never",
    "KEEP_PICTURES_GB": "0 = no limit",
    "KEEP_PROMPTS_DAYS": "0 = never",
    "PICTURES_CACHE_GB": "0 = no limit",
    "USER_DAILY_IMAGES": "none",
    "GUILD_DAILY_IMAGES": "none",
    "BOT_DAILY_IMAGES": "none",
    "GUILD_DAILY_COST": "none",
    "BOT_DAILY_COST": "none",
    "USER_RUNNING_JOBS": "0 = no limit (USER_QUEUED_JOBS applies)",
    "USER_QUEUED_JOBS": "0 = none: a request that cannot start",
    "USER_COOLDOWN": "none",
    "HTTP_PORT": "0 = off",
}
"""`none`: the heading of its group, "Limits (0 = none)", says it."""

DAILY = ("USER_DAILY_IMAGES", "GUILD_DAILY_IMAGES", "BOT_DAILY_IMAGES")
COSTS = ("GUILD_DAILY_COST", "BOT_DAILY_COST")
UNLIMITED = dict.fromkeys((*DAILY, *COSTS, "USER_COOLDOWN", "USER_RUNNING_JOBS"), "0")


def kept(name: str) -> object:
    attribute = next(attribute for attribute, row in rows() if row.name == name)
    return getattr(load({name: "0"}, env_file=None), attribute)


def is_number(default: object) -> bool:
    return isinstance(default, int | float) and not isinstance(default, bool)


def test_zero_table_lists_every_numeric_setting() -> None:
    numbers = {row.name for field, row in rows() if is_number(getattr(Settings(), field))}
    assert numbers | {"SHARD_COUNT"} == set(ZERO)


@pytest.mark.parametrize("name", [name for name, says in ZERO.items() if says == "refused"])
def test_zero_is_refused_where_nothing_could_go_on(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: expected"):
        load({name: "0"}, env_file=None)


@pytest.mark.parametrize("name", [name for name, says in ZERO.items() if says != "refused"])
def test_zero_is_accepted_and_documented(name: str) -> None:
    [row] = [row for _, row in rows() if row.name == name]
    assert kept(name) == 0
    assert ZERO[name] in (row.group if ZERO[name] == "none" else row.help)


CHINESE = {
    "0 = never": "0 = 永久",
    "0 = no limit": "0 = 不限",
    "0 = no limit (USER_QUEUED_JOBS applies)": "0 = 不限，但排队的仍然计数",
    "0 = none: a request that cannot start": "0 = 不排队",
    "0 = off": "0 = 关闭",
}
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", [name for name, says in ZERO.items() if says in CHINESE])
def test_zero_means_the_same_in_both_readmes_and_the_example(name: str) -> None:
    for page, says in (("README.md", ZERO[name]), ("README.zh-CN.md", CHINESE[ZERO[name]])):
        [row] = re.findall(rf"^\| `{name}` \|.*", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert says in row
    before, _, _ = (ROOT / ".env.example").read_text("utf-8").partition(f"#{name}=")
    assert ZERO[name] in before.rpartition("\n\n")[2].replace("\n# ", " ")


def limits_with(**given: str) -> Limits:
    environ = UNLIMITED | {"USER_QUEUED_JOBS": "1000", "KLING_CONCURRENCY": "9"} | given
    return allowance_from_settings(load(environ, env_file=None)).limits


async def accept(store: Store, limits: Limits, number: int) -> None:
    await store.admission.accept(
        a_request(user_id=1, count=4),
        job_id=new_job_id(NOON + number),
        limits=limits,
        window=find_day(NOON, Settings().quota_timezone),
        now=NOON + number / 1000,
        cost_micro=10_000_000,
    )


async def test_zero_of_every_limit_lets_any_number_of_requests_in(tmp_path: Path) -> None:
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        for number in range(40):
            await accept(store, limits_with(), number)


@pytest.mark.parametrize("name", [*DAILY, *COSTS])
async def test_daily_limit_of_one_refuses_the_first_request(tmp_path: Path, name: str) -> None:
    """The counterpart of the test above: it is the 0 that lets requests in."""
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        with pytest.raises(QuotaExceeded):
            await accept(store, limits_with(**{name: "1"}), 0)


async def test_zero_queued_jobs_refuses_what_can_not_start_now(tmp_path: Path) -> None:
    refused = 0
    async with Store(tmp_path / "repaint.db", provider="p") as store:
        for number in range(40):
            try:
                await accept(store, limits_with(USER_QUEUED_JOBS="0"), number)
            except NothingMayWait:
                refused += 1

    assert refused == 38, "two of four units each fit into the provider's nine"
