"""Replies out of bytes, and requests as bytes."""

import pytest

from pgstrike.api.relay.address import Address
from pgstrike.api.relay.resp import IncompleteError, RedisError, encode, parse
from pgstrike.db.errors import SettingError

REPLIES = [
    (b"+OK\r\n", b"OK"),
    (b":42\r\n", 42),
    (b"$3\r\na\r\n\r\n", b"a\r\n"),
    (b"$0\r\n\r\n", b""),
    (b"$-1\r\n", None),
    (b"*-1\r\n", None),
    (b"*2\r\n*1\r\n$1\r\nx\r\n:1\r\n", [[b"x"], 1]),
]


@pytest.mark.parametrize(("data", "reply"), REPLIES)
def test_reply_is_whole_or_incomplete(data: bytes, reply: object) -> None:
    assert parse(data + b"+next", 0) == (reply, len(data))
    for end in range(len(data)):
        with pytest.raises(IncompleteError):
            parse(data[:end])


def test_refusal_is_an_error_of_ours() -> None:
    reply, _ = parse(b"-WRONGPASS no\r\n")
    assert isinstance(reply, RedisError) and str(reply) == "WRONGPASS no"


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400\r\n", b"\r\n", b":x\r\n", b"*1\r\n" * 99]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data)


def test_request_is_an_array_of_texts() -> None:
    assert encode("GET", 7, b"\r\n") == b"*3\r\n$3\r\nGET\r\n$1\r\n7\r\n$2\r\n\r\n\r\n"


@pytest.mark.parametrize(
    "url", ["", "host:6379", "http://host", "redis://", "redis://h:x", "redis://h/x"]
)
def test_wrong_address_says_what_to_set(url: str) -> None:
    with pytest.raises(SettingError, match="set it to one such as redis://"):
        Address.parse(url)


def test_address_hides_its_password() -> None:
    address = Address.parse("rediss://me:p%40ss@host:7000/2")
    assert (address.user, address.password, address.database) == ("me", "p@ss", 2)
    assert address.is_tls and repr(address) == "<Redis at host:7000>"
