"""The judge itself: a run without faults, and the same run with one fault each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.discord.core.json_types import Json
from tests.system.kill.evidence import Evidence, unforeseen
from tests.system.kill.judge import judge

ADA = 11
PAINTED, REFUSED = "01m89ntcqt72p8vc4t0bj9", "01m89ntcqtabafcndxn6ej"


def row(job_id: str, state: str, *, number: int) -> Json:
    return {
        "id": job_id,
        "interaction_id": number,
        "prompt": f"wish{number:05} as a mosaic",
        "state": state,
        "units": 1,
        "given_back": int(state == "refused"),
        "user_id": ADA,
        "next_at": None,
        "leased_until": 0,
    }


def task(job_id: str, *, billed: int) -> Json:
    return {"external_id": job_id, "n": 1, "billed_units": billed}


def message(number: int, text: str, *pictures: str) -> Json:
    items = [{"media": {"url": url}} for url in pictures]
    parts = [{"content": f"> wish{number:05} as a mosaic\n{text}"}, {"items": items}]
    return {
        "id": f"m{number}",
        "author": {"bot": True},
        "ephemeral_to": None,
        "components": parts,
    }


def a_run() -> Evidence:
    messages = [
        message(1, "", f"http://x/{PAINTED}_1.png"),
        message(2, "Not counted against your limit."),
    ]
    asked = [{"id": str(n), "response_id": f"m{n}"} for n in (1, 2)]
    return Evidence(
        kling={"tasks": [task(PAINTED, billed=8), task(REFUSED, billed=0)], "peak_units": 2},
        discord={"messages": messages, "interactions": asked},
        rows=[row(PAINTED, "delivered", number=1), row(REFUSED, "refused", number=2)],
        integrity=["ok"],
        statuses=[0, 0],
        traces=[],
        units=2,
        limits={ADA: 1},
        kills=1,
        stillborn=0,
    )


def test_judge_of_a_run_without_faults_finds_none() -> None:
    assert judge(a_run()).faults == {}


def pay_twice(seen: Evidence) -> None:
    seen.kling["tasks"].append(task(f"{PAINTED}-1", billed=8))


def pay_for_nothing(seen: Evidence) -> None:
    seen.kling["tasks"][1]["billed_units"] = 8


def paint_for_nobody(seen: Evidence) -> None:
    seen.kling["tasks"].append(task("01m89ntcqtydkzg83qaqem", billed=8))


def post_twice(seen: Evidence) -> None:
    seen.discord["messages"].append(message(1, "", f"http://x/{PAINTED}_1.png"))


def lose_a_picture(seen: Evidence) -> None:
    seen.discord["messages"].pop(0)


def stay_silent(seen: Evidence) -> None:
    seen.discord["messages"].pop(1)


def stop_half_way(seen: Evidence) -> None:
    seen.rows[0]["state"] = "running"


def keep_the_units(seen: Evidence) -> None:
    seen.rows[1]["given_back"] = 0


def give_back_what_was_painted(seen: Evidence) -> None:
    seen.rows[0]["given_back"] = 1


def forget_an_acceptance(seen: Evidence) -> None:
    seen.rows.pop(0)


def corrupt_the_file(seen: Evidence) -> None:
    seen.integrity[:] = ["row 7 missing from index job_due"]


def send_too_much(seen: Evidence) -> None:
    seen.kling["peak_units"] = 3


def admit_too_much(seen: Evidence) -> None:
    more = row(f"{PAINTED[:-1]}x", "delivered", number=3)
    seen.rows.append(more)
    seen.kling["tasks"].append(task(more["id"], billed=8))
    seen.discord["messages"].append(message(3, "", f"http://x/{more['id']}_1.png"))


def paint_more_than_is_charged(seen: Evidence) -> None:
    seen.kling["tasks"][0]["n"] = 2


def hold_for_ever(seen: Evidence) -> None:
    seen.rows[0]["leased_until"] = 1_800_000_000.0


def leave_a_step(seen: Evidence) -> None:
    seen.rows[0]["next_at"] = 1_800_000_000.0


def end_badly(seen: Evidence) -> None:
    seen.statuses[1] = 1


def leave_a_trace(seen: Evidence) -> None:
    seen.traces.append("Traceback (most recent call last):")


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (pay_twice, "paid_twice"),
        (pay_for_nothing, "paid_for_nothing"),
        (paint_for_nobody, "paid_for_nothing"),
        (post_twice, "posted_twice"),
        (lose_a_picture, "lost"),
        (stay_silent, "told_wrong"),
        (stop_half_way, "lost"),
        (keep_the_units, "books_wrong"),
        (give_back_what_was_painted, "books_wrong"),
        (forget_an_acceptance, "lost"),
        (corrupt_the_file, "database"),
        (leave_a_trace, "process"),
        (send_too_much, "over_limit"),
        (admit_too_much, "over_limit"),
        (paint_more_than_is_charged, "books_wrong"),
        (hold_for_ever, "stuck"),
        (leave_a_step, "stuck"),
        (end_badly, "process"),
    ],
)
def test_judge_finds_each_single_fault(wrong: Callable[[Evidence], None], fault: str) -> None:
    seen = a_run()
    wrong(seen)

    assert fault in judge(seen).faults


def test_judge_ignores_a_message_that_stays_deferred() -> None:
    seen = a_run()
    seen.discord["messages"].append(message(3, "") | {"components": []})
    seen.discord["interactions"].append({"id": "3", "response_id": "m3"})

    assert judge(seen).faults == {}


def test_unforeseen_ignores_tracebacks_below_warning() -> None:
    trace = "    Traceback (most recent call last):"
    said = ["10:00 WARNING discord: odd answer", trace, "10:01 INFO bot: on it goes"]

    chained = ["    During handling of it:", "", trace]
    assert unforeseen([*said, "10:02 WARNING a: b", "    one more line", trace, *chained]) == []
    assert unforeseen([*said, "10:02 ERROR engine: a step failed", trace, "10:03 INFO on"]) == [
        f"10:02 ERROR engine: a step failed\n{trace}"
    ]
    assert unforeseen(["Traceback (most recent call last):", "  File bot.py"]) == [
        "Traceback (most recent call last):\n  File bot.py"
    ]
