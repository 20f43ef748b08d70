"""Planted faults that the simulation has to catch: each removes one guard of the bot."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from services.db.jobs import Jobs
from services.engine import deliver, fetch_images, poll, submit, worker
from services.kling import ProviderCapabilities, TaskMissing
from services.models import State
from tests.support.sqlite import thread_of

Plant = Callable[[], Any]

_ANOTHER = """
UPDATE job SET given_back = 1 WHERE id = (
    SELECT other.id FROM job AS other JOIN job AS ended ON other.user_id = ended.user_id
    WHERE ended.id = ? AND other.state = 'delivered' LIMIT 1
)
"""
"""Refunding is a state of a job, so refunding twice means to refund another job of the user."""


def _sends_again_unasked() -> Any:
    async def nobody_asks(*_: object) -> TaskMissing:
        return TaskMissing(knowledge=ProviderCapabilities())

    return patch.object(submit, "search", nobody_asks)


def _forgets_that_it_was_sent() -> Any:
    async def forget(*_: object, **__: object) -> bool:
        return True

    return patch.object(Jobs, "mark_sent", forget)


def _settles_before_posting() -> Any:
    right = deliver.deliver

    async def too_early(parts: Any, job: Any) -> None:
        if job.state is State.READY:
            await deliver._settle(parts, job, posted=True)
        await right(parts, job)

    return patch.object(worker, "deliver", too_early)


def _gives_back_what_was_delivered() -> Any:
    right = Jobs.mark_notified

    async def generous(self: Jobs, job_id: str, **fields: Any) -> None:
        await right(self, job_id, **fields)
        await thread_of(self).run(
            lambda: thread_of(self).db.execute(
                "UPDATE job SET given_back = 1 WHERE id = ?", [job_id]
            )
        )

    return patch.object(Jobs, "mark_notified", generous)


def _gives_back_twice() -> Any:
    right = Jobs.finish

    async def generous(self: Jobs, job_id: str, *args: Any, **fields: Any) -> bool:
        ended = await right(self, job_id, *args, **fields)
        if ended and fields["give_back"]:
            await thread_of(self).run(lambda: thread_of(self).db.execute(_ANOTHER, [job_id]))
        return ended

    return patch.object(Jobs, "finish", generous)


def _is_ready_before_the_pictures_are_there() -> Any:
    right = fetch_images._download

    async def later(parts: Any, job: Any, position: int, image: Any) -> Any:
        result = await right(parts, job, position, image)
        result.path.unlink()
        return result

    return patch.object(fetch_images, "_download", later)


def _gives_up_a_paid_task_when_looking_fails() -> Any:
    return patch.object(poll, "_after_trouble", poll.give_up)


FAULTS: Mapping[str, Plant] = {
    "sends-again-unasked": _sends_again_unasked,
    "forgets-that-it-was-sent": _forgets_that_it_was_sent,
    "settles-before-posting": _settles_before_posting,
    "gives-back-what-was-delivered": _gives_back_what_was_delivered,
    "gives-back-twice": _gives_back_twice,
    "is-ready-before-the-pictures-are-there": _is_ready_before_the_pictures_are_there,
    "gives-up-when-looking-fails": _gives_up_a_paid_task_when_looking_fails,
}


@contextmanager
def planted(name: str | None) -> Generator[None]:
    """Remove a guard while the block runs."""
    if name is None:
        yield
        return
    with FAULTS[name]():
        yield
