"""Every spelling of an address that a user may try, and what is none."""

from __future__ import annotations

import pytest

from deocc_blender.address import parse_address
from deocc_blender.replies import LinkFault


@pytest.mark.parametrize(
    ("spelled", "url"),
    [
        ("localhost", "http://localhost:8423"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        (" http://127.0.0.1:9000/ ", "http://127.0.0.1:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("render.lan", "https://render.lan:8423"),
        ("render.lan:9000", "https://render.lan:9000"),
        ("http://render.lan", "http://render.lan:8423"),
        ("https://render.lan:1/path?x", "https://render.lan:1"),
    ],
)
def test_any_spelling_of_an_address_is_understood(spelled: str, url: str):
    assert parse_address(spelled).url == url


@pytest.mark.parametrize(
    "spelled", ["", "  ", "http://", "a b", "ftp://host", "host:port", "host:99999", "u:p@host"]
)
def test_what_is_no_address_is_said_to_be_none(spelled: str):
    with pytest.raises(LinkFault) as caught:
        parse_address(spelled)
    assert (caught.value.code, caught.value.action) == ("bad_address", "edit_address")


@pytest.mark.parametrize(
    ("spelled", "loopback"),
    [
        ("localhost", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("localhost.evil.org", False),
    ],
)
def test_loopback_is_this_machine_only(spelled: str, loopback: bool):
    assert parse_address(spelled).is_loopback is loopback
