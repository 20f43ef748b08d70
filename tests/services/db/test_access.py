"""Blocked users and servers, and users who opted out of being a source, in both databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.errors import BotError, GuildBlocked, GuildNotAllowed, OptedOut, UserBlocked
from services.models import AuditEntry, Origins, Request, Source
from tests.services.db.conftest import StoreHarness
from tests.support.requests import NOON, a_request

ANN, BOB, SERVER = 1, 2, 5
AVATAR = f"https://cdn.discordapp.com/avatars/{BOB}/0123.png?size=1024"
GUILD_AVATAR = f"https://cdn.discordapp.com/guilds/5/users/{BOB}/avatars/0123.webp"


async def decide(
    harness: StoreHarness,
    action: str,
    target: int | None = None,
    details: Mapping[str, str] | None = None,
) -> bool:
    details = details or ({"reason": "spam"} if action.startswith("block") else {})
    entry = AuditEntry(guild_id=None, at=NOON, by=9, action=action, target=target, details=details)
    return await harness.store.community.apply(entry)


@pytest.mark.parametrize(
    ("action", "target", "undo", "error"),
    [
        ("block_user", ANN, "unblock_user", UserBlocked),
        ("block_guild", SERVER, "unblock_guild", GuildBlocked),
        ("allow_guild", SERVER + 1, "disallow_guild", GuildNotAllowed),
        ("allow_guild", SERVER + 1, "allow_every_guild", GuildNotAllowed),
    ],
)
async def test_accept_from_a_blocked_user_or_guild_reserves_nothing(
    harness: StoreHarness, action: str, target: int, undo: str, error: type[BotError]
) -> None:
    assert await decide(harness, action, target)
    assert await decide(harness, action, target), "twice is as good as once"
    with pytest.raises(error):
        await harness.accept()
    with pytest.raises(error):
        await harness.store.access.check(user_id=ANN, guild_id=SERVER)
    assert await harness.used() == 0

    assert await decide(harness, undo, target)
    assert not await decide(harness, undo, target), "there is nothing to take back"
    assert (await harness.accept()).job


async def test_access_check_of_a_direct_message_ignores_guild_rules(
    harness: StoreHarness,
) -> None:
    await decide(harness, "allow_guild", SERVER + 1)
    await decide(harness, "block_guild", SERVER)
    await harness.store.access.check(user_id=ANN, guild_id=None)
    await decide(harness, "block_user", ANN)
    with pytest.raises(UserBlocked):
        await harness.store.access.check(user_id=ANN, guild_id=None)


async def test_accept_in_a_blocked_guild_on_the_allow_list_is_refused(
    harness: StoreHarness,
) -> None:
    await decide(harness, "allow_guild", SERVER)
    await decide(harness, "block_guild", SERVER)
    with pytest.raises(GuildBlocked):
        await harness.accept()
    access = await harness.store.access.access()
    assert access.is_blocked(SERVER)
    assert access.is_allowed(SERVER)


def asking(user_id: int = ANN, **fields: Any) -> Request:
    """Make a request of its own interaction that starts from something."""
    return replace(a_request(user_id=user_id), **fields)


async def bobs_job(harness: StoreHarness) -> str:
    return (await harness.accept(a_request(user_id=BOB))).job.id


@pytest.mark.parametrize("way", ["owner", "avatar", "guild avatar", "job", "source", "file"])
async def test_accept_of_an_opted_out_users_image_is_refused_to_others_only(
    harness: StoreHarness, way: str
) -> None:
    job_id = await bobs_job(harness)
    file = f"https://cdn.discordapp.com/attachments/1/2/SPOILER_{job_id}_1.png?ex=1"
    fields: dict[str, Any] = {
        "owner": {"origins": Origins(owner_ids=(BOB,))},
        "avatar": {"source": Source(url=AVATAR, origin="link")},
        "guild avatar": {"source": Source(url=GUILD_AVATAR)},
        "job": {"origins": Origins(job_ids=(job_id,))},
        "source": {"more": (Source(origin="job", job_id=job_id, position=0),)},
        "file": {"source": Source(url=file, name="x.png")},
    }[way]
    await harness.accept(asking(**fields))
    await harness.store.access.opt_out(BOB, now=NOON)

    with pytest.raises(OptedOut):
        await harness.accept(asking(**fields))
    request, check = asking(**fields), harness.store.access.check
    facts: dict[str, Any] = {"origins": request.origins, "sources": request.sources}
    with pytest.raises(OptedOut):
        await check(user_id=ANN, guild_id=SERVER, **facts)
    await check(user_id=BOB, guild_id=SERVER, **facts)
    await harness.store.access.opt_in(BOB)
    assert (await harness.accept(request)).job


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/cat.png",
        "https://example.com/avatars/x/0.png",
        "https://example.com/users/2/cat.png",
        "https://example.com/0123456789012345678901_1.png.txt/cat.png",
    ],
)
async def test_accept_of_an_address_without_an_owner_is_not_refused(
    harness: StoreHarness, url: str
) -> None:
    await harness.store.access.opt_out(BOB, now=NOON)
    assert (await harness.accept(asking(source=Source(url=url)))).job


async def test_opt_out_covers_images_derived_over_several_jobs(harness: StoreHarness) -> None:
    first = await bobs_job(harness)
    second = (await harness.accept(asking(origins=Origins(job_ids=(first,))))).job.id
    third = Origins(job_ids=(second,))
    await harness.accept(asking(3, origins=third))
    await harness.store.access.opt_out(BOB, now=NOON)

    with pytest.raises(OptedOut):
        await harness.accept(asking(3, origins=third))


async def test_erase_after_an_opt_out_stores_the_opt_out_without_owner_rows(
    harness: StoreHarness,
) -> None:
    first = await bobs_job(harness)
    again = asking(origins=Origins(job_ids=(first,)))
    second = (await harness.accept(again)).job.id
    await harness.store.access.opt_out(BOB, now=NOON)
    await decide(harness, "block_user", BOB)
    await harness.store.personal.erase(BOB, now=NOON)

    kept = await harness.store.personal.read_rows(BOB)
    assert {table for table, rows in kept.items() if rows} >= {"opt_out", "blocked_user"}
    assert kept["source_owner"] == []
    for job_id in (first, second):
        with pytest.raises(OptedOut):
            await harness.accept(asking(3, origins=Origins(job_ids=(job_id,))))


async def test_erase_without_an_opt_out_deletes_owner_rows(harness: StoreHarness) -> None:
    first = await bobs_job(harness)
    again = asking(origins=Origins(job_ids=(first,)))
    second = (await harness.accept(again)).job.id
    await harness.store.personal.erase(BOB, now=NOON)

    assert (await harness.store.personal.read_rows(BOB))["source_owner"] == []
    assert (await harness.accept(asking(3, origins=Origins(job_ids=(second,))))).job
