"""Typed addresses: only those of the public internet are passed on, and none is opened."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services.errors import LinkNotAllowed
from services.policy.links import ADDRESS_LIMIT, validated_link

GOOD = [
    "https://example.com/cat.png",
    "https://cdn.pictures.co.uk:8443/a/b.jpg?sig=a%2Bb&x=1",
    "https://xn--bcher-kva.de/katze.png",
    "https://8.8.8.8/cat.png",
    "https://[2606:4700::1111]/cat.png",
]
BAD = [
    "",
    "cat.png",
    "http://example.com/cat.png",
    "ftp://example.com/cat.png",
    "file:///etc/passwd",
    "https://",
    "https:///cat.png",
    "https://user@example.com/cat.png",
    "https://user:secret@example.com/cat.png",
    "https://:secret@example.com/cat.png",
    "https://localhost/cat.png",
    "https://LOCALHOST/cat.png",
    "https://localhost./cat.png",
    "https://app.localhost/cat.png",
    "https://router/cat.png",
    "https://nas.local/cat.png",
    "https://wiki.corp/cat.png",
    "https://host.internal/cat.png",
    "https://metadata.google.internal/x",
    "https://127.0.0.1/cat.png",
    "https://127.1/cat.png",
    "https://2130706433/cat.png",
    "https://0x7f000001/cat.png",
    "https://10.0.0.8/cat.png",
    "https://192.168.1.1/cat.png",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/cat.png",
    "https://0.0.0.0/cat.png",
    "https://[::1]/cat.png",
    "https://[::ffff:127.0.0.1]/cat.png",
    "https://[64:ff9b::7f00:1]/cat.png",
    "https://[fd00::1]/cat.png",
    "https://[::127.0.0.1]/cat.png",
    "https://[::ffff:0:127.0.0.1]/cat.png",
    "https://[fec0::1]/cat.png",
    "https://[2606:4700::1111%25eth0]/cat.png",
    "https://[fe80::1]/cat.png",
    "https://1.2.3/cat.png",
    "https://exa mple.com/cat.png",
    "https://example.com/cat.png other",
    "https://example.com\\@localhost/cat.png",
    "https://example.com:99999/cat.png",
    "https://example.com/\ncat.png",
    "javascript:alert(1)",
    "https://[]@",
    "//[]@",
    "https://example.com/" + "x" * ADDRESS_LIMIT,
]


@pytest.mark.parametrize("typed", GOOD)
def test_a_public_https_address_is_handed_on_as_it_is(typed: str) -> None:
    assert validated_link(typed) == typed
    assert validated_link(f" <{typed}> ") == typed  # as users suppress Discord's embeds


@pytest.mark.parametrize("typed", BAD)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(LinkNotAllowed):
        validated_link(typed)


def test_a_name_in_another_script_goes_out_in_its_plain_form() -> None:
    assert validated_link("https://bücher.de/katze.png") == "https://xn--bcher-kva.de/katze.png"


def test_only_a_provider_on_this_computer_gets_addresses_on_it() -> None:
    here = "http://127.0.0.1:8123/attachments/1/2/cat.png?ex=1&is=2&hm=3"
    assert validated_link(here, loopback=True) == here
    for other in ("http://example.com/cat.png", "https://10.0.0.8/cat.png", "file:///cat.png"):
        with pytest.raises(LinkNotAllowed):
            validated_link(other, loopback=True)


scraps = st.sampled_from(
    ("https://", "http:", "//", "@", ":", "[", "]", "%", "..", "127.1", "::1", "0x7f", "a.de", "ß.")
)
addresses = st.text(max_size=40) | st.lists(scraps | st.text(max_size=3), max_size=9).map("".join)


@given(typed=addresses | addresses.map("https://{}".format))
def test_whatever_is_typed_is_refused_in_words_or_leads_into_the_open(typed: str) -> None:
    try:
        address = validated_link(typed)
    except LinkNotAllowed:
        return

    url = URL(address)
    assert (url.scheme, url.user, url.password) == ("https", None, None)
    assert validated_link(address) == address
    try:
        assert ip_address(url.host or "").is_global
    except ValueError:
        assert "." in (url.host or "")
