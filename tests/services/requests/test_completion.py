"""Completion: the order of refusals before a request is held; each check runs once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    CountTooHigh,
    ImageTooLarge,
    LinkNotAllowed,
    MissingPermissions,
    PromptMissing,
    UnknownModel,
    UnknownStyle,
)
from services.models import Source
from tests.services.requests.harness import here
from tests.support.requests import a_request

MODEL = "kling-v3"


async def test_complete_channel_without_permissions_refuses_public_answers_only(
    tmp_path: Path,
) -> None:
    unpostable = MissingPermissions(("attach_files",))
    async with here(tmp_path) as now:
        with pytest.raises(MissingPermissions):
            await now.acceptance.complete(a_request(), unpostable=unpostable)
        private = await now.acceptance.complete(a_request(private=True), unpostable=unpostable)
        assert private.place.ephemeral
        await now.community.change(5, by=1, private_only=True)
        made_private = await now.acceptance.complete(a_request(), unpostable=unpostable)
        assert made_private.place.ephemeral


async def test_complete_several_faults_are_refused_in_a_fixed_order(tmp_path: Path) -> None:
    """Each fault that is put right lets the next one show."""
    good = a_request().source
    large = Source(url=good.url, name="large.png", size=1 << 40)
    inside = Source(url="https://127.0.0.1/a.png", origin="link")
    fields: dict[str, Any] = {
        "prompt": "",
        "count": 5,
        "model": "kling-blend",
        "style": "no such style",
        "source": large,
        "more": (inside,),
    }
    unpostable: MissingPermissions | None = MissingPermissions(("attach_files",))
    async with here(tmp_path, max_count=4) as now:
        for refusal, right in (
            (UnknownStyle, {"style": "oil"}),
            (LinkNotAllowed, {"more": ()}),
            (MissingPermissions, {}),
            (PromptMissing, {"prompt": "a fox"}),
            (CountTooHigh, {"count": 4}),
            (UnknownModel, {"model": MODEL}),
            (ImageTooLarge, {"source": good}),
        ):
            with pytest.raises(refusal):
                await now.acceptance.complete(a_request(**fields), unpostable=unpostable)
            fields |= right
            unpostable = None if refusal is MissingPermissions else unpostable
        assert await now.acceptance.complete(a_request(**fields))


async def test_complete_prompt_loses_control_characters(tmp_path: Path) -> None:
    async with here(tmp_path) as now:
        complete = await now.acceptance.complete(a_request(prompt="a\x00 fox\r\nruns"))
        assert complete.prompt == "a  fox\nruns"


async def test_accept_stores_the_request_as_it_was_completed(tmp_path: Path) -> None:
    """A setting changed meanwhile applies to the next request; this answer is already chosen."""
    async with here(tmp_path) as now:
        complete = await now.acceptance.complete(a_request(model=""))
        rules = {"default_model": "kling-v2-1", "default_style": "oil", "private_only": True}
        await now.community.change(5, by=1, **rules)
        job_id = now.acceptance.new_id()
        job = (await now.acceptance.accept(complete, job_id=job_id)).job
        assert job.request == complete
