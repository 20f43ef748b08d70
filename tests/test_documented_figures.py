"""Windows, waits and limits that documents name are those of the code.

Figures are written out here: a test that imports its figure would not notice a change.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cogs.posting import delivery as discord_delivery
from cogs.posting import fallback
from services.db import admission, jobs, pending_deletes, providers
from services.engine import (
    batching,
    blocked_submit,
    deliver,
    fetch_images,
    finish,
    message_throttle,
    poll,
    provider_health,
    queue_positions,
)
from services.engine import finish as costs
from services.engine import submit as sending
from services.history import privacy
from services.images import limits
from services.kling import (
    access_keys,
    blocked_responses,
    connections,
    download,
    error_codes,
    payloads,
    reconcile,
    streaming_body,
)
from services.kling import poll_schedule as polling_rhythm
from services.monitoring import alerts
from services.policy import blocked_words
from services.requests import acceptance
from services.storage import retention

DOCS = Path(__file__).resolve().parents[1] / "docs"
MIB = 1024 * 1024
DAY_S = 24 * 3600

FIGURES = [
    # A paid submission, and one whose answer is lost.
    ("reliability.md", "within the last 7 days", provider_health.PROOF_LIFE_S, 7 * DAY_S),
    ("reliability.md", "if it was claimed within 15 minutes", sending.SEND_FOR_S, 900),
    ("reliability.md", "after 2, 4, 8 .. 60 s for 5 minutes", sending.CHECK_FIRST_S, 2),
    ("reliability.md", "after 2, 4, 8 .. 60 s for 5 minutes", sending.CHECK_CAP_S, 60),
    ("reliability.md", "after 2, 4, 8 .. 60 s for 5 minutes", sending.CHECK_FOR_S, 300),
    ("reliability.md", "(asked for every 10 minutes)", deliver.LOST_EVERY_S, 600),
    ("reliability.md", "After 5 such polls in a row", poll.UNKNOWN_POLLS, 5),
    ("reliability.md", "over at least 10 minutes", poll.UNKNOWN_FOR_S, 600),
    ("reliability.md", "is polled every 30 minutes", poll.UNKNOWN_EVERY_S, 1800),
    # A proxy answers; generated images cannot be fetched.
    ("reliability.md", "JPEGs of 600 KB together at most", limits.SMALL_BYTES, 600_000),
    ("reliability.md", "ten times (half an hour)", blocked_submit.BLOCKED_TRIES, 10),
    ("reliability.md", "For an hour after a block", blocked_responses.CAREFUL_FOR_S, 3600),
    ("reliability.md", "last byte back for two seconds", blocked_responses.HOLD_S, 2),
    ("reliability.md", "tried again after 1, 2, 4 .. 60 minutes", pending_deletes.FIRST_WAIT_S, 60),
    (
        "reliability.md",
        "tried again after 1, 2, 4 .. 60 minutes",
        pending_deletes.LONGEST_WAIT_S,
        3600,
    ),
    ("reliability.md", "It rests for an hour at a time", jobs.UNREADABLE_S, 3600),
    ("fleet.md", "how often a path is probed (three)", provider_health.LESSONS, 3),
    ("architecture.md", "five times in a row", finish.SLOT_TRIES, 5),
    ("architecture.md", "a lease of 20 s", acceptance.ANSWER_HOLD_S, 20),
    # Pauses, and notices to operators.
    ("architecture.md", "after 5 min, doubling to 1 h", providers.PROBE_FIRST_S, 300),
    ("architecture.md", "after 5 min, doubling to 1 h", providers.PROBE_CAP_S, 3600),
    ("architecture.md", "when it has lasted ten minutes", alerts.LASTS_S, 600),
    ("architecture.md", "once in six hours", alerts.QUIET_S, 6 * 3600),
    # Polls.
    ("client.md", "5 % of the elapsed time, 1 to 5 s, 10 % jitter", polling_rhythm._PART, 0.05),
    ("client.md", "1 to 5 s, 10 % jitter", polling_rhythm._SHORTEST_S, 1),
    ("client.md", "1 to 5 s, 10 % jitter", polling_rhythm._LONGEST_S, 5),
    ("client.md", "1 to 5 s, 10 % jitter", polling_rhythm._JITTER, 0.1),
    ("client.md", "30 s once late", polling_rhythm.LATE_POLL_S, 30),
    ("fleet.md", "after three outdated entries", batching.STRIKES, 3),
    ("fleet.md", "regained after ten minutes", batching.DISTRUST_S, 600),
    # Messages to users.
    ("../README.md", "30 times as long after three refusals", admission.SLOWER, 30),
    ("../README.md", "three refusals for content within an hour", admission.REFUSALS, 3),
    ("../README.md", "refusals for content within an hour", admission.REFUSALS_WITHIN_S, 3600),
    ("reliability.md", "tried for 24 hours", deliver.KEEP_TRYING_S, 24 * 3600),
    ("architecture.md", "mention a user who waited over a minute", deliver.LONG_WAIT_S, 60),
    ("fleet.md", "five seconds apart", message_throttle.EVERY_S, 5),
    ("fleet.md", "leased for twenty seconds and renewed every ten", queue_positions.LEADER_S, 20),
    # Bytes and lengths.
    ("client.md", "in pieces of 192 KiB", streaming_body.PIECE_BYTES, 192 * 1024),
    ("client.md", "a response, decompressed | 16 MiB", connections.MAX_ANSWER_BYTES, 16 * MIB),
    ("client.md", "a result, decompressed | 64 MiB", download.MAX_BYTES, 64 * MIB),
    ("client.md", "prompt 2500 characters, n 1-9", payloads.MAX_PROMPT, 2500),
    ("client.md", "prompt 2500 characters, n 1-9", acceptance.PROMPT_LIMIT, 2500),
    ("client.md", "prompt 2500 characters, n 1-9", payloads.MAX_COUNT, 9),
    ("security.md", "ten times the list price", costs.FACTOR, 10),
    # Credentials.
    ("client.md", "1800 s", access_keys.TOKEN_LIFE_S, 1800),
    ("client.md", "valid from 5 s ago", access_keys._NOT_BEFORE_S, 5),
    ("client.md", "renewed a minute early", access_keys._RENEW_EARLY_S, 60),
    ("client.md", "to 10 minutes", error_codes.RETRY_AFTER_CAP_S, 600),
    # Retention.
    ("scaling.md", "once an hour it lists what is kept", retention.EVERY_S, 3600),
    ("privacy-policy.md", "within the hour", privacy.EVERY_S, 3600),
]


@pytest.mark.parametrize(
    ("document", "phrase", "figure", "stated"),
    FIGURES,
    ids=[f"{document}: {phrase}, {stated}" for document, phrase, _, stated in FIGURES],
)
def test_documented_figure_is_the_codes(
    document: str, phrase: str, figure: float, stated: float
) -> None:
    text = re.sub(r"\s+", " ", (DOCS / document).read_text("utf-8"))
    assert phrase in text
    assert figure == stated


@pytest.mark.parametrize(
    ("figure", "stated"),
    [
        # Discord: a token lives 15 minutes; 25 MiB a request; nonces of "the past few minutes".
        (discord_delivery.TOKEN_MARGIN_S, 60),
        (discord_delivery.TOGETHER, 24 * MIB),
        (discord_delivery.NONCE_LIFE_S, 120),
        # A first answer needs at most 3 s; an edit of progress must not hold up what follows.
        (discord_delivery.ANSWER_WAIT_S, 5),
        (discord_delivery.SHOW_S, 10),
        (discord_delivery.CALL_S, 60),
        (fallback.CALL_S, 30),
        # An absence is proven after 20 s at the earliest; clocks differ by two minutes.
        (reconcile.SETTLED_S, 20),
        (reconcile.SKEW_S, 120),
        (sending.SEND_TRIES, 8),
        # Capabilities valid for a week are detected again long before; not by every task.
        (provider_health.RENEW_S, DAY_S),
        # A channel allows few edits: a fetch of seconds is not worth one.
        (fetch_images.SHOWN_AFTER_S, 5),
        (blocked_words.LONGEST, 100),
        (privacy.FILE_BYTES, 9_000_000),  # below the 10 MiB that Discord accepts everywhere
        (retention.GIGABYTE, 10**9),
        (retention.DAY_S, 86_400),
    ],
)
def test_figure_that_follows_from_discord_or_a_promise_is_kept(
    figure: float, stated: float
) -> None:
    assert figure == stated
