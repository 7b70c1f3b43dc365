"""The events of a host, once: what is found is whole, and what is not there is not found."""

import random
import threading

import pytest

from pgstrike.api.events.hub import RING
from pgstrike.api.events.shared.ring import SIZE, SLOTS, Ring


def payload_of(id: int, size: int) -> bytes:
    """Its bytes say which event it is, to the last one."""
    return (b"%d;" % id * (size // 2 + 1))[:size]


@pytest.fixture
def memory() -> memoryview:
    return memoryview(bytearray(SIZE))


def test_newest_are_found_and_overwritten_ones_are_not(memory: memoryview) -> None:
    dice, ring, sizes = random.Random(1), Ring(memory), {}
    for id in range(1, 40_000):
        sizes[id] = dice.choice((40, 400, 8000))
        ring.add(id, payload_of(id, sizes[id]))
    found = [id for id, size in sizes.items() if ring.find(id) == payload_of(id, size)]
    assert found == [*range(found[0], 40_000)]
    kept = sum(sizes[id] for id in found)
    assert RING.bytes * 0.99 < kept <= RING.bytes or len(found) == SLOTS
    assert all(ring.find(id) is None for id in range(found[0]))
    assert ring.find(40_000) is None
    ring.clear()
    assert ring.find(39_999) is None


def test_reader_never_gets_half_an_event(memory: memoryview) -> None:
    ring, over = Ring(memory), threading.Event()
    newest, size = 0, 7000

    def write() -> None:
        nonlocal newest
        for id in range(1, 60_000):
            ring.add(id, payload_of(id, size))
            newest = id
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    last, found = RING.bytes // size, 0
    while not over.is_set():
        wanted = max(newest - last + random.randrange(-20, 20), 1)
        if (payload := ring.find(wanted)) is not None:
            assert payload == payload_of(wanted, size)
            found += 1
    writer.join()
    assert found
