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
        " KLING_SECRET_KEY: complete, without spaces, not revoked."
    ),
    "bad_key_or_region": (
        "{host} does not know this key. It is wrong, or it belongs to another region or site: a"
        " key of api-singapore.klingai.com is unknown at api-beijing.klingai.com, and each of"
        " DMXAPI's sites has its own keys. Check KLING_BASE_URL, then the key."
    ),
    "clock": (
        "{host} reports that the signed token is expired or not valid yet. Set this computer's"
        " clock (NTP)."
    ),
    "account": "{host} reports a problem with the account. Check the provider's console.",
    "arrears": "The account is in arrears. Settle the bill at the provider.",
    "balance": (
        "The account has no money left, or its resource pack is used up or expired. Add"
        " credit at the provider; credits bought on Kling's web page are not valid here."
    ),
    "address_list": (
        "The key may not be used from this address. Add the address to the key's list at the"
        " provider, or remove the list."
    ),
    "forbidden": "{host} forbids the call. Check the account and the permissions of its key.",
    "model": (
        "The account may not use this model, or the model does not exist there. Choose another with"
        " KLING_MODEL or --model."
    ),
    "rate_lasts": "{host} limits the rate of calls. Try again later.",
    "concurrency_lasts": (
        "All slots of the account are in use, for example by a bot."
        " Try again later, or with a smaller --count."
    ),
    "provider_down": "{host} cannot be reached, or reports an internal error. Try again later.",
    "blocked": (
        "Blocked on the way to {host}: a proxy, a firewall or a login page answered instead of"
        " the provider. Check this computer's network, its proxy, and KLING_BASE_URL; ask the"
        " operators of the gateway to allow the bot's User-Agent."
    ),
    "tls": "No secure connection to {host}.",
    "task_unknown": "{host} knows no task of this id on this path.",
    "too_large": (
        "The gateway {host} accepts no body of this size: its limit is too low (nginx:"
        " client_max_body_size). A smaller image may be accepted."
    ),
    "uncertain": "It is unknown whether the task was accepted.",
    "protocol": (
        "The response of {host} is not one of Kling's image API. Check KLING_BASE_URL:"
        " many gateways need a path such as /kling at its end."
    ),
    "our_bug": "{host} rejects the format of the request.",
}

MEMBER: Mapping[str, str] = {
    "refused_content": (
        "Refused because of the provider's content rules. Change the prompt or the image."
    ),
    "refused_policy": "Refused by the provider's own policy.",
    "bad_picture": "The provider cannot use this image.",
    "bad_prompt": "The provider cannot use this prompt.",
    "task_failed": "The task failed.",
}

OURS: Mapping[type[BotError], str] = {
    UnsupportedImage: "The file is not an image that the bot can read ({found}).",
    ImageTooSmall: (
        "The image is too small ({width}x{height}): each side needs {minimum} pixels or more."
    ),
    ImageTooNarrow: (
        "The image is too long and thin ({width}x{height}): the longer side may be at most 2.5"
        " times the"
        " shorter. Crop it."
    ),
    PromptMissing: "The prompt is empty.",
    PromptTooLong: "The prompt has {found} characters; at most {allowed} are allowed.",
    CountTooHigh: "{found} images are requested; at most {allowed} are allowed.",
    UnknownModel: "There is no model {name} for this provider.",
}

FLAGS: Mapping[str, str] = {
    "image": "an image",
    "text": "a prompt without an image",
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
        return "The task is done, but has no image."
    if error.http_status is None and not isinstance(error, KlingTaskFailed) and error.code != "tls":
        return f"{host} did not answer. Check the network, the proxy, and KLING_BASE_URL."
    rule = rule_for(error)
    key = str(error.code) if tells_at_once(error) else rule.operator
    if key is not None and key in OPERATOR:
        return OPERATOR[key].format(host=host)
    return MEMBER.get(rule.member, "The provider refused.")


def _evidence(error: KlingError) -> str:
    """Return the provider's message, its codes and ids, as its support needs them."""
    lead = "" if error.code == "tls" else "Its message: "
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
            takes = f" Allowed values: {', '.join(error.allowed)}." if error.allowed else ""
            return f"{error.model} does not support {format_flag(error.option)}.{takes}"
        case ImageTooLarge():
            unit = "MB" if error.unit == "bytes" else "megapixels"
            found, most = error.found / 1e6, error.allowed / 1e6
            return f"The image is too large: {found:.1f} {unit}, at most {most:.0f} are accepted."
        case DownloadFailed():
            return f"A result could not be fetched: {plain(str(error))}."
        case _:
            fields = {name: plain(str(value)) for name, value in vars(error).items()}
            sentence = OURS.get(type(error), f"{type(error).__name__}: {plain(str(error))}")
            return sentence.format(**fields) if type(error) in OURS else sentence


def format_flag(option: str) -> str:
    """Return an option as the user types it, such as --negative-prompt."""
    return FLAGS.get(option, f"--{option.replace('_', '-')}")
