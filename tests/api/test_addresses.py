"""api.addresses: whom a request comes from, through proxies or not."""

import pytest

from pgstrike.api.addresses import TrustedProxies, origin, source
from pgstrike.api.http.hosts import names_loopback

OURS = TrustedProxies.from_text("10.0.0.0/8, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # from nobody we trust
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # the first made up
        ("10.0.0.1", ["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7"),  # two headers
        ("10.0.0.1", ["10.0.0.3,10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, , 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", ["198.51.100.7"], "198.51.100.7"),
        ("", ["198.51.100.7"], ""),  # a socket without addresses
    ],
)
def test_last_that_is_no_proxy_of_ours_counts(
    peer: str, forwarded: list[str], found: str
) -> None:
    assert origin(peer, forwarded, OURS) == found


def test_addresses_of_one_subscriber_are_one() -> None:
    assert source("2001:db8:0:1::1") == source("2001:db8:0:1:ffff::2")
    assert source("2001:db8:0:1::1") != source("2001:db8:0:2::1")
    assert source("::ffff:192.0.2.1") == source("192.0.2.1") != source("192.0.2.2")


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("LocalHost:8765", True),
        ("127.0.0.1:1", True),
        ("127.8.9.1", True),
        ("[::1]", True),
        ("[::1]:8765", True),
        ("", False),
        ("evil.example", False),
        ("evil.example:8765", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("localhost:1:2", False),
        ("localhost:", False),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("[::2]", False),
    ],
)
def test_host_is_this_machine_alone(host: str, is_loopback: bool) -> None:
    assert names_loopback(host) == is_loopback
