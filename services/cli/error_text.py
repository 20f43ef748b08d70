"""Texts about errors for the terminal: what an error means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.terminal import plain
from services.errors import (
    BotError,
    ConfigError,
    CountTooHigh,
    DownloadFailed,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    KlingError,
    KlingTaskFailed,
    OptionNotCarried,
    PromptMissing,
    PromptTooLong,
    UnknownModel,
    UnsupportedImage,
)
from services.kling import is_foreign, rule_for, tells_at_once

OPERATOR: Mapping[str, str] = {
    "bad_key": (
        "{host} does not accept the key. Check KLING_API_KEY, or KLING_ACCESS_KEY and"
        " KLING_SECRET_KEY: whole, without spaces, not revoked."
    ),
    "bad_key_or_region": (
        "{host} does not know this key. It is wrong, or it belongs to another region or site: a"
        " key of api-singapore.klingai.com is unknown at api-beijing.klingai.com, and each of"
        " DMXAPI's sites has its own. Check KLING_BASE_URL, then the key."
    ),
    "clock": (
        "{host} finds the signed token too old or too young. Set this computer's clock (NTP)."
    ),
    "account": "{host} reports trouble with the account. Look into its console.",
    "arrears": "The account is in arrears. Settle the bill at the provider.",
    "balance": (
        "The account is out of money, or its resource pack is used up or over. Top it up at the"
        " provider; credits of Kling's web page do not count here."
    ),
    "address_list": (
        "The key may not be used from this address. Add the address to the key's list at the"
        " provider, or remove the list."
    ),
    "forbidden": "{host} forbids the call. Look into the account and the rights of its key.",
    "model": (
        "The model is not open to this account, or does not exist there. Choose another with"
        " KLING_MODEL or --model."
    ),
    "rate_lasts": "{host} limits the rate of calls. The same again later.",
    "concurrency_lasts": (
        "All slots of the account are taken (pictures being painted count, also those of a bot)."
        " The same again later, or with a smaller --count."
    ),
    "provider_down": "{host} can't be reached, or reports an error of its own. Try again later.",
    "blocked": (
        "Blocked on the way to {host}: what answered is a proxy, a firewall or a login page and not"
        " the provider. Check this computer's network, its proxy, and KLING_BASE_URL; ask whoever"
        " runs the gateway to let the bot's User-Agent pass."
    ),
    "tls": "There is no secure connection to {host}.",
    "task_unknown": "{host} knows no task of this id on this path.",
    "too_large": (
        "The gateway {host} takes no body of this size: its limit is too low (nginx:"
        " client_max_body_size). A smaller picture may pass."
    ),
    "uncertain": "Nobody can tell whether the task was accepted.",
    "protocol": (
        "{host} answered something that is no answer of Kling's image API. Check KLING_BASE_URL:"
        " many gateways want a path such as /kling at its end."
    ),
    "our_bug": "{host} does not take the request in this form.",
}

MEMBER: Mapping[str, str] = {
    "refused_content": (
        "Refused because of the provider's content rules. Change the prompt or the picture."
    ),
    "refused_policy": "Refused by the provider's own policy.",
    "bad_picture": "The provider can't use this picture.",
    "bad_prompt": "The provider can't use this prompt.",
    "task_failed": "The task failed.",
}

OURS: Mapping[type[BotError], str] = {
    UnsupportedImage: "That is no picture that can be read ({found}).",
    ImageTooSmall: (
        "The picture is too small ({width}x{height}): each side needs {minimum} pixels or more."
    ),
    ImageTooNarrow: (
        "The picture is too long and thin ({width}x{height}): the longer side may be 2.5 times the"
        " shorter. Crop it."
    ),
    PromptMissing: "The prompt is empty.",
    PromptTooLong: "The prompt has {found} characters; {allowed} are the most.",
    CountTooHigh: "{found} pictures at once; {allowed} are the most.",
    UnknownModel: "There is no model {name} for this provider.",
}

FLAGS: Mapping[str, str] = {
    "image": "a picture",
    "text": "a prompt without a picture",
    "fidelity": "--fidelity",
    "human_fidelity": "--human-fidelity",
    "negative_prompt": "--negative-prompt",
}


def format_error(error: BotError | OSError, *, host: str) -> str:
    """Format an error, including the provider's own text and codes."""
    match error:
        case KlingError():
            return f"{_format_kling_error(error, host=host)}{_evidence(error)}"
        case OSError():
            name = f"{plain(str(error.filename))}: " if error.filename else ""
            return f"{name}{error.strerror or type(error).__name__}."
        case ConfigError():
            return "; ".join(error.problems)
        case _:
            return _format_own_error(error)


def _format_kling_error(error: KlingError, *, host: str) -> str:
    if error.code == "no_picture":
        return "The task is done, but shows no picture."
    if error.http_status is None and not isinstance(error, KlingTaskFailed) and error.code != "tls":
        return f"{host} gave no answer. Check the network, a proxy, and KLING_BASE_URL."
    rule = rule_for(error)
    key = str(error.code) if tells_at_once(error) else rule.operator
    if key is not None and key in OPERATOR:
        return OPERATOR[key].format(host=host)
    return MEMBER.get(rule.member, "The provider refused.")


def _evidence(error: KlingError) -> str:
    """Return the details that a support case needs."""
    lead = "" if error.code == "tls" else "It said: "
    quoted = error.message if is_foreign(error) else f"“{error.message}”"
    said = f" {lead}{plain(quoted)}." if error.message else ""
    facts = [
        f"code {plain(str(error.code))}" if error.code is not None else "",
        f"HTTP {error.http_status}" if error.http_status else "",
        f"request {plain(error.request_id)}" if error.request_id else "",
        f"wait {error.retry_after_s:.0f} s" if error.retry_after_s is not None else "",
    ]
    found = ", ".join(filter(None, facts))
    return f"{said} ({found})" if found else said


def _format_own_error(error: BotError) -> str:
    match error:
        case OptionNotCarried():
            takes = f" It takes: {', '.join(error.allowed)}." if error.allowed else ""
            return f"{error.model} can't carry {format_flag(error.option)}.{takes}"
        case ImageTooLarge():
            unit = "MB" if error.unit == "bytes" else "megapixels"
            found, most = error.found / 1e6, error.allowed / 1e6
            return f"The picture is too large: {found:.1f} {unit}, at most {most:.0f} are taken."
        case DownloadFailed():
            return f"A result could not be fetched: {plain(str(error))}."
        case _:
            fields = {name: plain(str(value)) for name, value in vars(error).items()}
            sentence = OURS.get(type(error), f"{type(error).__name__}: {plain(str(error))}")
            return sentence.format(**fields) if type(error) in OURS else sentence


def format_flag(option: str) -> str:
    """Return an option as it is typed."""
    return FLAGS.get(option, f"--{option}")
