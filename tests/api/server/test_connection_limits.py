"""api.server.connection_limits: who goes for one more, and who is kept out."""

import pytest

from pgstrike.api.addresses import TrustedProxies, source
from pgstrike.api.server.connection_limits import GRACE_SECONDS, Connections, Limits

ADDRESS, OTHER = "1.2.3.4", "5.6.7.8"


class FakePeer:
    """A connection that has waited for so long."""

    def __init__(self, all: Connections, address: str, age: float = 100) -> None:
        self.source = source(address)
        self.since = -age
        self.is_busy = self.is_dropped = False
        self.all = all
        all.add(self)

    def is_droppable(self) -> bool:
        return not self.is_busy

    def drop(self) -> None:
        self.is_dropped = True

    def ask(self, *, with_key: bool) -> None:
        self.is_busy = True
        self.all.take_up(self)
        if with_key:
            self.all.know(self)


@pytest.fixture(autouse=True)
async def at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop:
        def time(self) -> float:
            return 0.0

    monkeypatch.setattr(
        "pgstrike.api.server.connection_limits.asyncio.get_running_loop", Loop
    )


def make(connections: int = 10, per_address: int = 3, proxies: str = "") -> Connections:
    trusted = TrustedProxies.from_text(proxies)
    return Connections(Limits(connections, per_address, 10, 75, trusted))


def dropped(peers: list[FakePeer]) -> list[int]:
    return [number for number, peer in enumerate(peers) if peer.is_dropped]


def test_of_an_address_the_one_that_waits_longest_goes() -> None:
    all = make()
    peers = [FakePeer(all, ADDRESS) for _ in range(3)]
    peers[0].ask(with_key=True)
    assert all.make_room(ADDRESS) and dropped(peers) == []
    FakePeer(all, ADDRESS)
    assert all.make_room(ADDRESS) and dropped(peers) == [1]
    FakePeer(all, ADDRESS)
    assert all.make_room(OTHER) and dropped(peers) == [1]
    assert all.make_room(ADDRESS) and dropped(peers) == [1, 2]


def test_one_that_has_just_come_stays_while_there_is_room() -> None:
    all = make(connections=5)
    peers = [FakePeer(all, ADDRESS, GRACE_SECONDS / 2) for _ in range(5)]
    assert all.make_room(ADDRESS) and dropped(peers) == [0]
    FakePeer(all, ADDRESS)


def test_at_the_end_the_longest_of_all_goes_but_not_for_an_address_with_too_many() -> (
    None
):
    all = make(connections=5)
    first = FakePeer(all, OTHER, 1000)
    peers = [FakePeer(all, ADDRESS, 0) for _ in range(4)]
    assert all.make_room(ADDRESS) and dropped([first, *peers]) == [1]
    all.remove(peers[0])
    FakePeer(all, ADDRESS, 0)
    assert all.make_room(OTHER) and dropped([first, *peers]) == [0, 1]


def test_nobody_goes_for_one_that_has_a_request() -> None:
    all = make(connections=2)
    peers = [FakePeer(all, ADDRESS) for _ in range(2)]
    for peer in peers:
        peer.ask(with_key=True)
    assert not all.make_room(OTHER) and dropped(peers) == []


def test_requests_without_a_key_are_bounded_per_address() -> None:
    all = make(connections=100)
    peers = [FakePeer(all, ADDRESS) for _ in range(5)]
    for peer in peers[:3]:
        peer.ask(with_key=False)
    assert not all.is_crowded(peers[2])
    peers[3].ask(with_key=False)
    assert all.is_crowded(peers[3])
    all.know(peers[0])
    assert not all.is_crowded(peers[3])


def test_a_connection_must_come_with_a_key_each_time() -> None:
    all = make()
    peer = FakePeer(all, ADDRESS)
    peer.ask(with_key=True)
    assert not all.unknown
    peer.ask(with_key=False)
    assert [*all.unknown] == [ADDRESS]
    all.remove(peer)
    assert not all.unknown and not all.open and not all.waiting


def test_proxies_may_have_any_number() -> None:
    all = make(connections=100, proxies="1.2.0.0/16")
    peers = [FakePeer(all, ADDRESS) for _ in range(50)]
    assert all.make_room(ADDRESS) and dropped(peers) == []
    for peer in peers:
        peer.ask(with_key=False)
    assert not all.is_crowded(peers[0])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2:3", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_source_of_an_address(address: str, expected: str) -> None:
    assert source(address) == expected


def test_one_that_was_answered_has_waited_least() -> None:
    all = make()
    peers = [FakePeer(all, ADDRESS) for _ in range(3)]
    peers[0].ask(with_key=False)
    peers[0].is_busy = False
    all.wait(peers[0])
    for expected in ([1], [1, 2], [0, 1, 2]):
        assert all.make_room(ADDRESS) and dropped(peers[:3]) == expected
        peers.append(FakePeer(all, ADDRESS))


def test_one_with_a_request_stays_though_it_has_no_key() -> None:
    all = make()
    peers = [FakePeer(all, ADDRESS) for _ in range(3)]
    peers[0].ask(with_key=False)
    assert all.make_room(ADDRESS) and dropped(peers) == [1]


def test_bound_of_zero_is_none() -> None:
    all = make(connections=100, per_address=0)
    peers = [FakePeer(all, ADDRESS) for _ in range(50)]
    assert all.make_room(ADDRESS) and dropped(peers) == []
    for peer in peers:
        peer.ask(with_key=False)
    assert not all.is_crowded(peers[0])
