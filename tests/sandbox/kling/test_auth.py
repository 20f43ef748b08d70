"""Authentication: section 3 of the contract."""

from __future__ import annotations

import base64
import json

import pytest

from sandbox.kling.auth import admit, sign
from sandbox.kling.contract import Refused
from sandbox.kling.options import Options
from tests.sandbox.kling.conftest import Kling

NOW = 1_800_000_000.0
OPTIONS = Options()


def token(*, secret: str = OPTIONS.secret_key, alg: str = "HS256", **claims: object) -> str:
    """Make a JWT as the official samples do; `claims` replace the usual ones."""
    usual = {"iss": OPTIONS.access_key, "exp": NOW + 1800, "nbf": NOW - 5}
    parts = [{"alg": alg, "typ": "JWT"}, usual | claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    signed = b".".join(encoded)
    return f"{signed.decode()}.{sign(signed, secret=secret)}"


def admitted(header: str | None, *, now: float = NOW, bare_key: bool = False) -> int:
    """Return the code of the refusal; 0 if the caller is admitted."""
    try:
        admit(header, options=OPTIONS, now=now, bare_key=bare_key)
    except Refused as refusal:
        return refusal.code
    return 0


def test_the_key_opens() -> None:
    assert admitted("Bearer sk-sandbox") == 0


@pytest.mark.parametrize(
    ("header", "code"),
    [(None, 1001), ("", 1001), ("sk-sandbox", 1000), ("Basic abc", 1000), ("Bearer sk-x", 1002)],
)
def test_anything_else_is_refused_by_its_own_code(header: str | None, code: int) -> None:
    assert admitted(header) == code


def test_a_signed_token_opens_too() -> None:
    assert admitted(f"Bearer {token()}") == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"nbf": NOW + 60}, 1003),
        ({"exp": NOW - 1}, 1004),
        ({"iss": "somebody else"}, 1002),
        ({"secret": "guessed"}, 1000),
        ({"alg": "none"}, 1000),
    ],
)
def test_a_token_early_late_foreign_or_forged_is_refused(
    changed: dict[str, str], code: int
) -> None:
    assert admitted(f"Bearer {token(**changed)}") == code


def test_a_token_that_is_no_token_is_refused() -> None:
    assert admitted("Bearer a.b.c") == 1000


def test_a_token_expires_with_the_clock() -> None:
    header = f"Bearer {token()}"
    assert (admitted(header, now=NOW + 1799), admitted(header, now=NOW + 1800)) == (0, 1004)


def test_one_gateway_takes_the_key_without_bearer() -> None:
    assert admitted("sk-sandbox", bare_key=True) == 0
    assert admitted("Bearer sk-sandbox", bare_key=True) == 1002


async def test_the_server_asks_for_the_key_on_every_call(kling: Kling) -> None:
    for path in ("/v1/images/generations", "/v1/images/omni-image/7", "/account/costs"):
        async with kling.session.get(
            kling.served.url + path, headers={"Authorization": "Bearer wrong"}
        ) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 1002)
