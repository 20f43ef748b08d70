"""A TLS connection that fails: the message names the host, the cause and the fix."""

from __future__ import annotations

import ssl

import pytest

from services.common.net import tls_trouble
from services.errors import KlingUnreachable
from services.kling import BearerKey, ImageGeneration, KlingClient, Provider, Retry, rule_for
from tests.services.kling.conftest import InstantClock
from tests.services.kling.scripted_provider import Script, accepts, serve

HOST = "kling.example"


def refused(verify_code: int, words: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, words)
    error.verify_code, error.verify_message = verify_code, words
    return error


@pytest.mark.parametrize(
    ("verify_code", "words"),
    [
        (10, "has expired: the host's operator must renew it, unless this computer's clock"),
        (9, "is not valid yet: set this computer's clock"),
        (62, "is for another name: check the host's name"),
        (64, "is for another name: use the host's name"),
        (18, "is self-signed: if a proxy of this network"),
        (19, "comes from an authority that this computer does not know"),
        (20, "comes from an authority that this computer does not know"),
        (21, "comes from an authority that this computer does not know"),
    ],
)
def test_certificate_that_fails_names_host_and_remedy(verify_code: int, words: str) -> None:
    wrapped = OSError("could not connect")
    wrapped.__cause__ = refused(verify_code, "no")

    for error in (refused(verify_code, "no"), wrapped):
        assert tls_trouble(error, HOST).startswith(f"the certificate of {HOST} {words}")


def test_other_tls_trouble_names_host_and_reason() -> None:
    words = tls_trouble(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), HOST)

    assert words.startswith(f"{HOST} and this computer could not agree on a secure connection")


@pytest.mark.parametrize("submit", [True, False])
async def test_address_without_tls_was_surely_not_sent_to(submit: bool) -> None:
    async with serve(Script()) as script:
        script.say(accepts())
        provider = Provider(
            base_url=script.url.replace("http:", "https:"), credential=BearerKey("sk-x")
        )
        async with KlingClient(provider, clock=InstantClock()) as kling:
            call = (
                kling.submit(ImageGeneration(model="m", prompt="x"))
                if submit
                else kling.fetch("T1")
            )
            with pytest.raises(KlingUnreachable) as caught:
                await call

    assert caught.value.code == "tls"
    assert "127.0.0.1 and this computer" in caught.value.message
    rule = rule_for(caught.value)
    assert (rule.retry, rule.operator, rule.pauses) == (Retry.YES, "tls", None)
