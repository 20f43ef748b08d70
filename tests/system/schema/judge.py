"""Checks recorded requests by Discord's schema, then by the limits that the schema lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.system.schema.limits import command_problems, message_problems, modal_problems
from tests.system.schema.spec import Schema

API = "/api/v10"
CALLBACK = f"POST {API}/interactions/{{interaction}}/{{token}}/callback"
COMMANDS = f"PUT {API}/applications/{{application}}/commands"
BODIES = {
    f"POST {API}/webhooks/{{application}}/{{token}}": "IncomingWebhookRequestPartial",
    f"PATCH {API}/webhooks/{{application}}/{{token}}/messages/{{message}}": (
        "IncomingWebhookUpdateRequestPartial"
    ),
    f"POST {API}/channels/{{channel}}/messages": "MessageCreateRequest",
    f"PATCH {API}/channels/{{channel}}/messages/{{message}}": "MessageEditRequestPartial",
    f"POST {API}/users/@me/channels": "CreatePrivateChannelRequest",
}
"""The schema of each route's body; the package has no such table."""

CALLBACKS = {
    4: "CreateMessageInteractionCallbackRequest",
    5: "CreateMessageInteractionCallbackRequest",
    6: "UpdateMessageInteractionCallbackRequest",
    7: "UpdateMessageInteractionCallbackRequest",
    8: "ApplicationCommandAutocompleteCallbackRequest",
    9: "ModalInteractionCallbackRequest",
}
DEFER, CHOICES, MODAL = (5, 6), 8, 9
SAID = 160


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One recorded request."""

    route: str
    body: Any
    files: dict[str, tuple[str, int]] | None = field(default_factory=dict)
    """Name and bytes by number; None if they were not recorded."""

    @property
    def kind(self) -> str:
        """Return the key for counting: the route, and the type of a callback."""
        name = self.route.replace(f"{API}/", "")
        return f"{name} {self.body.get('type')}" if self.route == CALLBACK else name


class Judge:
    """Holds the schema and checks requests by it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._validator = cache(self._made)

    def problems(self, sent: RecordedRequest) -> Iterator[str]:
        """Yield a text for each body that Discord would refuse or should refuse."""
        for name, part in parts_of(sent):
            errors = self._validator(name).iter_errors(part)
            yield from (words_of(error) for error in errors)
        yield from limits_of(sent)

    def _made(self, name: str) -> Draft202012Validator:
        return Draft202012Validator({**self._schema, "$ref": f"#/$defs/{name}"})


def parts_of(sent: RecordedRequest) -> Iterator[tuple[str, Any]]:
    """Yield the parts that have a schema of their own, with that schema's name."""
    if sent.route == COMMANDS:
        yield from (("ApplicationCommandUpdateRequest", command) for command in sent.body)
    elif sent.route == CALLBACK:
        # The branch is selected here: the union itself would only report that none matches.
        yield CALLBACKS[sent.body["type"]], sent.body
    elif sent.route in BODIES:
        yield BODIES[sent.route], sent.body


def limits_of(sent: RecordedRequest) -> Iterator[str]:
    """Yield the problems that no schema covers."""
    if sent.route not in (COMMANDS, CALLBACK, *BODIES):
        yield "no schema is known for this route"
    if sent.route == COMMANDS:
        yield from command_problems(sent.body)
        return
    if sent.route == CALLBACK:
        kind, data = sent.body["type"], sent.body.get("data") or {}
        if kind in DEFER:
            if set(data) - {"flags"}:
                yield "a deferred answer carries nothing but flags"
        elif kind == MODAL:
            yield from modal_problems(data)
        elif kind != CHOICES:
            yield from message_problems(data, sent.files, is_new=kind == 4)
    elif "/messages" in sent.route or "/webhooks/" in sent.route:
        yield from message_problems(sent.body, sent.files, is_new=sent.route.startswith("POST"))


def words_of(error: ValidationError) -> str:
    """Return the place and text of an error, inside the branch of a union that was meant."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [one for one in branches.values() if not any(map(_is_another_type, one))]
        error = (meant or list(branches.values()))[0][0]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    # The library quotes the whole value before it says what is wrong with it.
    said = error.message if len(error.message) <= SAID else f"… {error.message[-SAID:]}"
    return f"{''.join(steps) or '.'}: {said} ({error.validator})"


def _is_another_type(error: ValidationError) -> bool:
    """Return whether a union's branch was not the one meant: its `type` differs, or it is null."""
    return list(error.relative_path) == ["type"] or (
        error.validator == "type" and not error.relative_path
    )
