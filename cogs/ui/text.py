"""Builds every sentence that a user, moderator or operator reads.

A sentence has a key: an error's type, an outcome's key, or a name of its own. Its text is in
data/locales, and its fields are filled in by name. Private answers use the reader's language,
public ones the server's. Instants are Discord time stamps, so each reader sees their own zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cogs.ui.escaping import is_for_people, plain
from cogs.ui.locales import SOURCE, known, nearest, own_phrase, phrase
from services.engine import Progress, make_error_key
from services.errors import (
    BadValue,
    BotError,
    ImageTooLarge,
    MemberBlocked,
    OptionNotCarried,
    QuotaExceeded,
    UnsupportedImage,
)
from services.images import FOREIGN, VARIANTS
from services.models import Accepted, Job, Outcome, Request, State

QUOTING = frozenset({"outcome_bad_picture", "outcome_bad_prompt", "outcome_task_failed"})
"""Keys of outcomes whose reason only the provider knows, so that its text is quoted."""

TYPED_SHOWN = 100
NAME_SHOWN, NAMES_SHOWN = 60, 5
"""Limits of typed text in an answer.

TYPED_SHOWN: characters of a typed name, of which Discord accepts 6,000. NAME_SHOWN: characters of a
file name. NAMES_SHOWN: number of file names.
"""


def sentence(key: str, /, locale: str = SOURCE, **fields: object) -> str:
    """Return the sentence of a key in a reader's language. Pass ids as text, not as numbers."""
    return phrase(key, locale, fields)


def stamp(instant: float, style: str = "R") -> str:
    """Format an instant (Unix seconds) as a Discord time stamp.

    Discord's styles: R is relative to now, t the time of day.
    """
    return f"<t:{int(instant)}:{style}>"


SOURCE_UNUSABLE = frozenset({
    "unsupported_image", "image_too_large", "image_too_heavy", "image_too_small",
    "image_too_narrow",
})  # fmt: skip
"""Outcomes that concern the requester's own file: only the requester reads the reason."""

GENERAL = "unsupported_image"
_UNREADABLE = {"damaged": "image_damaged", "HEIC": "heic_not_read"}


def format_error(error: BotError, locale: str) -> str:
    """Format an error for the user who caused or met it."""
    match error:
        case QuotaExceeded():
            return _format_quota(error, locale)
        case MemberBlocked():
            until, reason = format_end(error.until, locale), format_reason(error.reason, locale)
            return sentence("member_blocked", locale, until=until, reason=reason)
        case BadValue():
            expected = sentence(f"expected_{error.expected}", locale, **error.facts)
            return sentence("bad_value", locale, expected=expected)
        case ImageTooLarge():
            numbers = {
                name: _size(vars(error)[name], error.unit, locale) for name in ("found", "allowed")
            }
            return sentence(f"image_too_large_{error.unit}", locale, **numbers)
        case OptionNotCarried(allowed=(_, *_)):
            fields = _fields(error, locale)
            fields["allowed"] = listed(
                (_format_choice(one, locale) for one in error.allowed), locale
            )
            return sentence("option_not_carried_but", locale, **fields)
        case _:
            is_unread = isinstance(error, UnsupportedImage)
            key = unreadable_key(error.found) if is_unread else make_error_key(error)
            return sentence(key, locale, **_fields(error, locale))


def unreadable_key(found: str) -> str:
    """Return the key of the text that says why a file cannot be read.

    `found` is what the file is: a format's name, or "damaged". A damaged file and a HEIC need texts
    of their own: the general text lists the supported formats, and the file's format is one of
    them.
    """
    if found in VARIANTS:
        return "image_variant_not_read"
    return "image_format_not_read" if found in FOREIGN else _UNREADABLE.get(found, GENERAL)


def format_option_name(name: str, locale: str) -> str:
    """Return the name of a command option in the reader's language."""
    return own_phrase(f"option_{name}_name", nearest(locale)) or name


def format_option_label(key: str, option: str, locale: str) -> str:
    """Return an option's label: the sentence with this key or, without one, the option's name."""
    name = format_option_name(option, locale).replace("_", " ").capitalize()
    return sentence(key, locale) if known(key) else name


def format_option_value(value: object, locale: str) -> str:
    """Format the value of an option."""
    if isinstance(value, bool):
        return sentence("yes" if value else "no", locale)
    return f"{value:g}" if isinstance(value, float) else plain(str(value))


def format_option(option: str, value: object, locale: str) -> str:
    """Format an option with its value, in a sentence of its own if it has one."""
    words = sentence("details_own", locale) if value is None else format_option_value(value, locale)
    key = f"details_{option}"
    if known(key):
        return sentence(key, locale, **{option: words})
    return sentence(
        "details_option", locale, name=format_option_label(key, option, locale), value=words
    )


def format_reason(words: str, locale: str) -> str:
    """Format a typed reason, or that there is none."""
    return plain(words) if words.strip() else sentence("no_reason", locale)


def format_end(until: float | None, locale: str) -> str:
    """Format the time at which something ends; None means never."""
    return sentence("for_ever", locale) if until is None else stamp(until, "f")


def listed(parts: Iterable[str], locale: str) -> str:
    """Join the parts of a list into a phrase; no parts give an empty text."""
    each = iter(parts)
    text = next(each, "")
    for another in each:
        text = sentence("listed", locale, one=text, another=another)
    return text


def format_amount(amount: float, unit: str) -> str:
    """Format a number of images or US dollars."""
    return f"${amount:,.2f}" if unit == "usd" else f"{amount:.0f}"


def format_outcome(outcome: Outcome, locale: str, *, given_back: bool) -> str:
    """Format how a job ended without images, and what that means for the user's limit."""
    key = next(
        key for key in (f"outcome_{outcome.key}", outcome.key, "outcome_generic") if known(key)
    )
    found = outcome.words or ""
    if key == GENERAL:
        key = unreadable_key(found)
    parts = [sentence(key, locale, code=outcome.code or "-", found=found)]
    if key in QUOTING and is_for_people(outcome.words or ""):
        parts.append(sentence("provider_says", locale, words=plain(outcome.words or "")))
    parts.append(sentence("units_given_back" if given_back else "units_kept", locale))
    return " ".join(parts)


def format_unusable_source(locale: str, *, given_back: bool) -> str:
    """Say publicly that a source could not be used; only the requester reads the reason."""
    units = sentence("units_given_back" if given_back else "units_kept", locale)
    return f"{sentence('outcome_source_unusable', locale)} {units}"


def name_state(job: Job) -> str:
    """Return the name of a job's state, which also says whether its images are generated."""
    if job.state is State.RUNNING and job.generated_at is not None:
        return "generated"
    if job.state is State.EXPIRED and job.outcome is not None and job.outcome.key == "not_fetched":
        return "not_fetched"
    return job.state


def format_progress(progress: Progress, locale: str) -> str:
    """Format the progress of an unfinished job."""
    match progress.phase:
        case "queued":
            return _format_queue_position(progress, locale)
        case "unknown":
            return sentence("not_known_any_more", locale, until=stamp(progress.until or 0))
        case "generated":
            return _format_fetching(progress, locale)
        case "painting" | "longer":
            return _format_generating(progress, locale)
        case "checking" | "blocked" | "late" | "withheld":
            since, again = stamp(progress.since or 0), stamp(progress.starts_at or 0)
            return sentence(progress.phase, locale, since=since, until=again)


def _format_generating(progress: Progress, locale: str) -> str:
    since, seconds = stamp(progress.since or 0), max(round(progress.expected_s or 0), 1)
    if progress.phase == "longer":
        return sentence("painting_longer", locale, since=since, seconds=seconds)
    if progress.expected_s is None:
        return sentence("painting", locale, since=since)
    until = stamp((progress.since or 0) + seconds)
    return sentence("painting_usual", locale, since=since, seconds=seconds, until=until)


def _format_fetching(progress: Progress, locale: str) -> str:
    if progress.until is None:
        return sentence("generated", locale)
    return sentence("generated_waiting", locale, until=stamp(progress.until, "f"))


def _format_queue_position(progress: Progress, locale: str) -> str:
    place = sentence("place", locale, ahead=progress.ahead)
    if progress.starts_at is None:
        return sentence("queued", locale, place=place)
    return sentence("queued_until", locale, place=place, start=stamp(progress.starts_at))


def format_kind(request: Request, locale: str) -> str:
    """Format the kind of operation on the sources."""
    options = request.options
    if request.kind == "blend":
        return sentence("kind_blend", locale, count=len(request.sources))
    if request.kind == "repaint":
        return sentence("kind_repaint", locale)
    if options.sides is None:
        return sentence("kind_expand_to", locale, ratio=options.ratio or "")
    parts = [
        sentence(f"side_{name}", locale, percent=round(getattr(options.sides, name) * 100))
        for name in ("left", "right", "up", "down")
        if getattr(options.sides, name)
    ]
    return sentence("kind_expand_by", locale, sides=listed(parts, locale))


def left_today(accepted: Accepted, locale: str) -> str | None:
    """Format the units left for the user after a job was accepted; None without a limit."""
    if not accepted.limit:
        return None
    left = max(accepted.limit - accepted.used, 0)
    return sentence("left", locale, left=left, limit=accepted.limit)


def _format_quota(error: QuotaExceeded, locale: str) -> str:
    """Format the exceeded limit: which one it is, what is left of it, and when it resets."""
    numbers = {"left": error.left, "limit": error.limit, "used": error.used, "asked": error.asked}
    amounts = {name: format_amount(figure, error.unit) for name, figure in numbers.items()}
    key = f"quota_{error.side}" if error.unit == "images" else f"quota_{error.side}_cost"
    text = sentence(key, locale, **amounts, resets=stamp(error.resets_at))
    if error.side != "member":
        return text
    return f"{text} {sentence(f'limit_source_{error.source}', locale)}"


def _fields(error: BotError, locale: str) -> dict[str, object]:
    """Return an error's fields formatted for a sentence: time stamps, mentions, names."""
    fields: dict[str, object] = dict(vars(error))
    if "others" in fields:
        fields["others"] = file_names(vars(error)["others"])
    if "option" in fields:
        fields["option"] = format_option_name(vars(error)["option"], locale)
    if "until" in fields:
        fields["until"] = stamp(vars(error)["until"])
    if "name" in fields:
        fields["name"] = plain(vars(error)["name"][:TYPED_SHOWN])
    if "permissions" in fields:
        names = (sentence(f"permission_{name}", locale) for name in vars(error)["permissions"])
        fields["permissions"] = listed(names, locale)
    if "fixers" in fields:
        fields["fixers"] = " ".join(vars(error)["fixers"]) or sentence("fixers_unknown", locale)
    if "reason" in fields:
        fields["reason"] = format_reason(vars(error)["reason"], locale)
    if "role_ids" in fields:
        fields["role_ids"] = " ".join(f"<@&{one}>" for one in vars(error)["role_ids"])
    if "channel_ids" in fields:
        fields["channel_ids"] = " ".join(f"<#{one}>" for one in vars(error)["channel_ids"])
    return fields


def file_names(names: Sequence[str]) -> str:
    """List file names as escaped text; only the first few are shown."""
    shown = [plain(name[:NAME_SHOWN]) for name in names[:NAMES_SHOWN]]
    return ", ".join([*shown, "…"] if len(names) > NAMES_SHOWN else shown)


def _format_choice(value: str, locale: str) -> str:
    return own_phrase(f"choice_{value}", nearest(locale)) or value


def _size(figure: int, unit: str, locale: str) -> str:
    key = "megabytes" if unit == "bytes" else "megapixels"
    return sentence(key, locale, figure=f"{figure / 1e6:.1f}")
