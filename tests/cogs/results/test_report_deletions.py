"""Delete pictures, under a report, while the disk refuses deletes: no answer claims otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cogs.results.test_reports import act, newest, posted, report, result_in, text_of
from tests.support.result_buttons import block_deletion


@pytest.mark.parametrize("reached", [True, False])
async def test_deletion_that_the_disk_refuses_is_not_said_to_be_done(
    tmp_path: Path, *, reached: bool
) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))
        [job] = await server.world.jobs()
        block_deletion(server.world, job)
        for method in () if reached else ("PATCH", "DELETE"):
            path = f"/channels/{server.world.channel.id}/messages/*"
            server.world.env.inject_error(method, path, status=403, code=50013)

        await act(server.mod, newest(server), "Delete pictures")

        shown = text_of(newest(server))
        assert "The disk has not let them go yet" in shown
        assert "from the disk" not in shown
        assert ("delete it by hand" in shown) is not reached


async def test_deletion_that_the_disk_takes_is_said_to_be_done(tmp_path: Path) -> None:
    async with posted(tmp_path) as (server, bob):
        await report(server, bob, result_in(server))

        await act(server.mod, newest(server), "Delete pictures")

        assert "gone from the channel and from the disk" in text_of(newest(server))
